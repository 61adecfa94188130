import type { Clock, Random } from '../../common/clock.ts';
import { assertNever } from '../../common/errors.ts';
import type { TaskId } from '../../common/ids.ts';
import type { ResolveUri } from '../manifest.ts';
import { DriverMeeting } from './driver-meeting.ts';
import type { Endpoint } from './endpoint.ts';
import type { LinkEdge, LinkRole, LinkSelf } from './link-pair.ts';
import type { SocketSet } from './socket-set.ts';
import { StoreMeeting } from './store-meeting.ts';

/** All that links reach outside of their sockets. */
export interface LinkHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly resolve: ResolveUri;
}

/** What a consumer makes known of a pair that did not connect. `dead`: it waits for an object. `stopped`: it wants no rows. */
export type Verdict = 'dead' | 'stopped';

/** The part of one pair in the object of a producer: frames, the last of them the end. */
export interface FallbackPart {
  readonly uri: string;
  readonly etag: string;
  readonly offset: number;
  /** Bytes; 0 for a pair without rows, which has no object. */
  readonly length: number;
  readonly rows: number;
}

export interface OwnEndpoint {
  readonly endpoint: Endpoint;
  /** The port that is dialled from; 0 when there is none that the world sees. */
  readonly port: number;
}

/**
 * How one end of an edge learns where its peers are, and how the two ends of a pair agree that it goes through the store. The
 * consumer decides for both: it accepts one connection of a pair, or declares the pair dead, never both, and a connection
 * that comes later is refused. The producer sends rows over an accepted connection, or, when it has heard the verdict, into its
 * object, of which it tells the consumer; that is the answer to the verdict.
 */
export interface Meeting {
  /** Makes known a port to dial from: one for all peers, another one for each round of tries. */
  publish(round: number): Promise<OwnEndpoint>;
  /** Where a peer is, once it is known. */
  peer(task: TaskId, round: number, signal: AbortSignal): Promise<Endpoint>;
  /** Waiting for a peer costs nothing, so that the next round of a peer can be waited for while one tries. */
  readonly watches: boolean;
  /** A consumer's verdict on a pair that did not connect. */
  declare(producer: TaskId, verdict: Verdict): Promise<void>;
  /** No verdict follows: all pairs are connected or declared. */
  seal(): Promise<void>;
  /**
   * The verdict of a consumer; settles only for pairs that did not connect. `patienceMs`: how long the pair has to connect, so that a
   * meeting where looking costs looks no earlier.
   */
  verdict(consumer: TaskId, patienceMs: number, signal: AbortSignal): Promise<Verdict>;
  /** Tells consumers where their rows lie; called once. */
  tellFallback(parts: ReadonlyMap<TaskId, FallbackPart>): Promise<void>;
  /** Where the rows of a dead pair lie. */
  fallback(producer: TaskId, signal: AbortSignal): Promise<FallbackPart>;
  /** `complete`: all that others need of this end is told. Idempotent. */
  close(complete: boolean): Promise<void>;
}

export interface MeetingOptions {
  readonly edge: LinkEdge;
  readonly role: LinkRole;
  readonly self: LinkSelf;
  readonly peers: readonly TaskId[];
  readonly host: LinkHost;
  readonly sockets: SocketSet;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** Takes connections at an address of this machine; null: this end takes none. */
  listen(address: string): Promise<number | null>;
  /** The driver has ended the gang. */
  onDismissed(error: Error): void;
}

/** Registers one end of an edge. Throws InvokeError SQ6011 when the rendezvous cannot be reached, or refuses it. */
export function openMeeting(options: MeetingOptions): Promise<Meeting> {
  const { rendezvous } = options.edge.gang;
  switch (rendezvous.kind) {
    case 'driver':
      return DriverMeeting.open(rendezvous, options);
    case 'store':
      return StoreMeeting.open(rendezvous, options);
    default:
      return assertNever(rendezvous);
  }
}

export const memberName = ({ stage, task }: LinkSelf) => `stage ${stage} task ${task}`;
