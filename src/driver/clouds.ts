import type { ExchangeOptions } from '../common/config.ts';
import { CancelledError } from '../common/errors.ts';
import type { PlannedQuery } from '../planner/plan-query.ts';
import type { StageGraph } from '../planner/stages/stage-graph.ts';
import type { Cloud } from './cloud.ts';
import type { Placement } from './session.ts';

/** Compressed bytes up to which the target `auto` runs a query in the driver's own process. */
export const AUTO_INLINE_BYTES = 32_000_000;

export type StartedTarget = 'inline' | 'local' | 'aws';

export interface CloudsOptions {
  readonly target: StartedTarget | 'auto';
  readonly start: (target: StartedTarget) => Promise<Cloud>;
}

/** Where a query that scans so many bytes runs. In this process nothing could be linked: one task runs at a time. */
export function targetOf(
  target: StartedTarget | 'auto',
  scannedBytes: number,
  { exchange }: Pick<ExchangeOptions, 'exchange'>,
): StartedTarget {
  if (target !== 'auto') return target;
  return scannedBytes <= AUTO_INLINE_BYTES && exchange !== 'direct' ? 'inline' : 'local';
}

const hasLinks = ({ stages }: StageGraph): boolean => stages.some(({ exchange }) => exchange.medium === 'direct');

/** The clouds of a session, each started when the first query needs it. */
export class Clouds {
  readonly #options: CloudsOptions;
  readonly #started = new Map<StartedTarget, Promise<Cloud>>();
  #closed = false;

  constructor(options: CloudsOptions) {
    this.#options = options;
  }

  /** Where a query runs. Throws what starting throws; the next query tries again. */
  async place({ predicted, stages }: Pick<PlannedQuery, 'predicted' | 'stages'>): Promise<Placement> {
    const { target } = this.#options;
    if (target !== 'auto') return { cloud: await this.#cloud(target) };
    if (targetOf(target, predicted.bytes, { exchange: hasLinks(stages) ? 'direct' : 'auto' }) === 'inline') {
      return { cloud: await this.#cloud('inline'), note: 'small: ran in this process' };
    }
    return { cloud: await this.#cloud('local'), note: 'ran on embedded functions' };
  }

  /**
   * Stops every cloud, also those that are still starting. All are stopped even when one cannot be; then the first reason is
   * thrown. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed = true;
    const started = await Promise.allSettled(this.#started.values());
    const clouds = started.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const stopped = await Promise.allSettled(clouds.map((cloud) => cloud.close()));
    for (const stop of stopped) if (stop.status === 'rejected') throw stop.reason;
  }

  #cloud(target: StartedTarget): Promise<Cloud> {
    if (this.#closed) throw new CancelledError('SQ7001', 'the session was closed');
    const known = this.#started.get(target);
    if (known) return known;
    const starting = this.#options.start(target);
    this.#started.set(target, starting);
    starting.catch(() => this.#started.delete(target));
    return starting;
  }
}
