import type { AttemptId } from '../../common/ids.ts';
import type { Address } from './dial.ts';

/** Where a task can be reached, as it is told to its peers. */
export interface Endpoint {
  readonly attempt: AttemptId;
  /** As the world sees the port that the task dials from; null: it could not be learned, and the task cannot be linked. */
  readonly seen: Address | null;
  /** The address of the task's own network interface. */
  readonly own: string | null;
  /** Port of that interface on which a consumer takes connections. */
  readonly listens: number | null;
}

/**
 * How a producer and a consumer can come together. `direct`: nothing translates addresses between them, and the producer dials the
 * port that the consumer listens on. `punch`: both dial at once, each from the port that the world sees, so that each NAT takes what
 * comes for an answer. A connection that a firewall without NAT drops is opened by punching too, so that it always comes last.
 */
export type Way = 'direct' | 'punch';

export function waysOf(producer: Endpoint, consumer: Endpoint): Way[] {
  if (!producer.seen || !consumer.seen) return [];
  const open = consumer.seen.address === consumer.own;
  const neighbours = consumer.seen.address === producer.seen.address;
  return consumer.listens !== null && (open || neighbours) ? ['direct', 'punch'] : ['punch'];
}

/** Untrusted JSON as an endpoint; null when it is none. */
export function asEndpoint(value: unknown): Endpoint | null {
  if (typeof value !== 'object' || value === null) return null;
  const { attempt, seen, own, listens } = value as Record<string, unknown>;
  const fits =
    isCount(attempt) &&
    (seen === null || isAddress(seen)) &&
    (own === null || typeof own === 'string') &&
    (listens === null || isPort(listens));
  return fits ? ({ attempt, seen, own, listens } as Endpoint) : null;
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

const isPort = (value: unknown) => isCount(value) && (value as number) > 0 && (value as number) < 65_536;

function isAddress(value: unknown): value is Address {
  if (typeof value !== 'object' || value === null) return false;
  const { address, port } = value as Record<string, unknown>;
  return typeof address === 'string' && isPort(port);
}
