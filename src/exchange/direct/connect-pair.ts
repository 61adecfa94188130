import type { Socket } from 'node:net';
import type { Clock } from '../../common/clock.ts';
import type { TaskId } from '../../common/ids.ts';
import { type Address, dial } from './dial.ts';
import { type Endpoint, type Way, waysOf } from './endpoint.ts';
import { notMet } from './link-errors.ts';
import { type LinkRole, otherRole } from './link-pair.ts';
import type { Meeting } from './meeting.ts';
import type { SocketSet } from './socket-set.ts';
import { ended, scopeWithin, timeLimit } from './time-limit.ts';

/** How long one try may take, ms: the system sends a second SYN after one second and a third one after three. */
const TRY_MS = 3_500;
/** Head start of the way that is likelier to work, ms. */
const STAGGER_MS = 500;
/** A port that was answered with a reset is spoilt, as its NAT remembers it; every round takes another one. */
const ROUNDS = 6;
/** A task of a gang that has not come after so long, ms, will not: all of a gang are started together. */
const ARRIVAL_MS = 60_000;

export interface PairTry {
  readonly meeting: Meeting;
  readonly role: LinkRole;
  /** The task at the other end. */
  readonly task: TaskId;
  /** As errors name the pair. */
  readonly name: string;
  readonly clock: Clock;
  readonly sockets: SocketSet;
  /** Fires when the pair needs no connection any more. */
  readonly signal: AbortSignal;
  /** Called once, when both ends are known. */
  onBoth(own: Endpoint, peer: Endpoint): void;
  /** Proves a connection; settles when it is the pair's, or closed. */
  offer(socket: Socket): Promise<void>;
}

/**
 * Tries to connect a pair, in rounds that both ends go through together; which connection is taken is decided in `offer`. Ends when
 * the signal has fired, or no way is left. Rejects only when the meeting does.
 */
export async function connectPair(pair: PairTry): Promise<void> {
  const { meeting, role, signal } = pair;
  for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
    const [{ endpoint, port }, peer] = await Promise.all([meeting.publish(round), arrival(pair, round)]);
    if (round === 0) pair.onBoth(endpoint, peer);
    if (signal.aborted || waysOf(...inOrder(role, endpoint, peer)).length === 0) return;
    await tryRound(pair, { round, own: endpoint, port, peer });
  }
}

async function arrival({ meeting, role, task, name, clock, signal }: PairTry, round: number): Promise<Endpoint> {
  const limit = timeLimit(clock, ARRIVAL_MS, signal);
  try {
    return await meeting.peer(task, round, limit.signal);
  } catch (error) {
    if (!limit.signal.aborted || signal.aborted) throw error;
    throw notMet(`one end of ${name}`, `its ${otherRole(role)} has not come within ${ARRIVAL_MS / 1000} s`);
  } finally {
    limit.end();
  }
}

const inOrder = (role: LinkRole, own: Endpoint, peer: Endpoint): [producer: Endpoint, consumer: Endpoint] =>
  role === 'producer' ? [own, peer] : [peer, own];

interface Round {
  readonly round: number;
  readonly own: Endpoint;
  readonly port: number;
  readonly peer: Endpoint;
}

async function tryRound(pair: PairTry, { round, own, port, peer }: Round): Promise<void> {
  const { meeting, role, task, clock, sockets, signal, offer } = pair;
  const scope = scopeWithin(signal);
  let lost: unknown;
  // A peer that has gone on to the next round does not answer in this one, and one that is gone in none.
  const onLost = (error: unknown) => {
    if (scope.signal.aborted) return;
    lost = error;
    scope.end();
  };
  if (meeting.watches) void meeting.peer(task, round + 1, scope.signal).then(() => scope.end(), onLost);
  let connected = false;
  const reach = async (to: Address, localPort: number) => {
    const limit = timeLimit(clock, TRY_MS, scope.signal);
    try {
      const socket = await dial({ host: to.address, port: to.port }, { sockets, signal: limit.signal, localPort });
      connected = true;
      await offer(socket);
    } finally {
      limit.end();
    }
  };
  const go: Readonly<Record<Way, () => Promise<void>>> = {
    direct: () => {
      if (role === 'producer') return reach({ address: peer.own as string, port: peer.listens as number }, 0);
      return meeting.watches ? ended(scope.signal) : clock.sleep(TRY_MS, scope.signal);
    },
    punch: () => reach(peer.seen as Address, port),
  };
  const ways = waysOf(...inOrder(role, own, peer)).map(async (way, i) => {
    if (i > 0) await clock.sleep(STAGGER_MS, scope.signal);
    if (!connected) await go[way]();
  });
  await Promise.allSettled(ways);
  scope.end();
  if (lost !== undefined) throw lost;
}
