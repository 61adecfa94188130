import { CancelledError } from '../common/errors.ts';
import type { PlannedQuery } from '../planner/plan-query.ts';
import type { Cloud } from './cloud.ts';
import type { Placement } from './session.ts';

/** Compressed bytes up to which the target `auto` runs a query in the driver's own process. */
export const AUTO_INLINE_BYTES = 32_000_000;

export type StartedTarget = 'inline' | 'local' | 'aws';

export interface CloudsOptions {
  readonly target: StartedTarget | 'auto';
  readonly start: (target: StartedTarget) => Promise<Cloud>;
}

/** The clouds of a session, each started when the first query needs it. */
export class Clouds {
  readonly #options: CloudsOptions;
  readonly #started = new Map<StartedTarget, Promise<Cloud>>();
  #closed = false;

  constructor(options: CloudsOptions) {
    this.#options = options;
  }

  /** Where a query runs. Throws what starting throws; the next query tries again. */
  async place(planned: Pick<PlannedQuery, 'predicted'>): Promise<Placement> {
    const { target } = this.#options;
    if (target !== 'auto') return { cloud: await this.#cloud(target) };
    if (planned.predicted.bytes <= AUTO_INLINE_BYTES) {
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
