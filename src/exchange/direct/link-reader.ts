import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { InternalError } from '../../common/errors.ts';
import type { AttemptId, StageId, TaskId } from '../../common/ids.ts';
import type { LinkInput } from '../../operators/task.ts';
import { Semaphore } from '../../storage/semaphore.ts';
import { Background } from './background.ts';
import { beats, SILENT_BEATS } from './beats.ts';
import { connectPair } from './connect-pair.ts';
import { readFallback } from './fallback-object.ts';
import { type LinkEdge, type LinkSelf, pairName, parseLinkIdentity } from './link-pair.ts';
import { LinkReceiver } from './link-receiver.ts';
import type { LinkSummary } from './link-summary.ts';
import { type LinkHost, type Meeting, openMeeting, type Verdict } from './meeting.ts';
import { PieceQueue } from './piece-queue.ts';
import { PROOF_MS, secureServer } from './psk.ts';
import { SocketSet } from './socket-set.ts';
import { ended, type Scope, scopeWithin, sleepAndLook, timeLimit } from './time-limit.ts';

/** How long a producer may take to close a connection that has told all, ms. */
const LINGER_MS = 1_000;
/** How long a verdict may take to be told, ms. */
const DECLARE_MS = 10_000;
/** What may be on its way to one consumer, bytes, and the least and most of it for one link. */
const WINDOW = { all: 32 << 20, least: 128 << 10, most: 4 << 20 } as const;
/** Parts of objects that are in memory at once. */
const PARTS_AT_ONCE = 2;

export interface LinkReaderOptions {
  readonly input: LinkInput;
  /** The stage of the producers. */
  readonly from: StageId;
  readonly self: LinkSelf;
  readonly host: LinkHost;
  readonly signal?: AbortSignal;
}

/** One self-contained Arrow IPC stream of a producer. */
export interface LinkPiece {
  readonly peer: TaskId;
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/**
 * What the producers of an edge send to a task, in no order; iterated over once. It ends only when the end of every producer is
 * verified. Throws InvokeError SQ6010 when a producer is lost, SQ6012 when less or more came than was sent, and what a producer
 * failed with. A piece counts as used up when the next one is asked for.
 */
export interface LinkReader extends AsyncIterable<LinkPiece> {
  summary(): LinkSummary;
  /**
   * Ends every socket and timer. Before the end: with an error, producers fail with it; without, no more rows are wanted, and
   * producers drop what is left. Idempotent.
   */
  close(error?: unknown): Promise<void>;
}

/** Registers a consumer with the rendezvous of its gang; links come about in the background. Throws InvokeError SQ6011. */
export async function openLinkReader(options: LinkReaderOptions): Promise<LinkReader> {
  const reader = new Reader(options);
  try {
    await reader.open();
    return reader;
  } catch (error) {
    await reader.close(error);
    throw error;
  }
}

interface Pair {
  readonly task: TaskId;
  readonly name: string;
  /** Ends when it is decided how the pair's rows come. */
  readonly scope: Scope;
  /** The producer's attempt, once it is there. */
  readonly attempt: Promise<AttemptId>;
  arrived(attempt: AttemptId): void;
  way: Way;
  ended: boolean;
}

type Way =
  | { readonly kind: 'undecided' | 'object' | 'stopped' }
  | { readonly kind: 'link'; readonly receiver: LinkReceiver };

interface QueuedPiece extends LinkPiece {
  release(): void;
}

class Reader implements LinkReader {
  readonly #options: LinkReaderOptions;
  readonly #edge: LinkEdge;
  readonly #background: Background;
  readonly #scope: Scope;
  readonly #sockets = new SocketSet();
  readonly #pairs: ReadonlyMap<TaskId, Pair>;
  readonly #queue = new PieceQueue<QueuedPiece>();
  readonly #parts = new Semaphore(PARTS_AT_ONCE);
  readonly #declared: Promise<void>[] = [];
  readonly #window: number;
  #meeting: Meeting | undefined;
  #undecided: number;
  #unended: number;
  #rows = 0;
  #bytes = 0;
  #iterated = false;
  #closed: Promise<void> | undefined;

  constructor(options: LinkReaderOptions) {
    const { input, self, from, signal } = options;
    this.#options = options;
    this.#edge = { gang: input.gang, from, to: self.stage };
    this.#background = new Background(signal, (error) => this.#queue.fail(error));
    this.#scope = this.#background.scope;
    this.#pairs = new Map([...new Set(input.peers)].map((task) => [task, this.#newPair(task)]));
    this.#undecided = this.#pairs.size;
    this.#unended = this.#pairs.size;
    this.#window = Math.floor(
      Math.min(WINDOW.most, Math.max(WINDOW.least, WINDOW.all / Math.max(1, this.#pairs.size))),
    );
    if (this.#unended === 0) this.#queue.end();
  }

  async open(): Promise<void> {
    const { self, host } = this.#options;
    this.#meeting = await openMeeting({
      edge: this.#edge,
      role: 'consumer',
      self,
      peers: [...this.#pairs.keys()],
      host,
      sockets: this.#sockets,
      signal: this.#scope.signal,
      listen: (address) => this.#listen(address),
      onDismissed: (error) => this.#background.fail(error),
    });
    for (const pair of this.#pairs.values()) this.#background.run(this.#connect(pair), pair.scope);
    this.#background.run(beats(host.clock, this.#scope.signal, () => this.#beat()));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LinkPiece> {
    if (this.#iterated) throw new InternalError('links are read once');
    this.#iterated = true;
    try {
      for (let piece = await this.#queue.next(); piece; piece = await this.#queue.next()) {
        this.#rows += piece.rows;
        this.#bytes += piece.bytes.length;
        yield { peer: piece.peer, bytes: piece.bytes, rows: piece.rows };
        piece.release();
      }
    } finally {
      await this.close();
    }
  }

  summary(): LinkSummary {
    const pairs = [...this.#pairs.values()];
    return {
      rows: this.#rows,
      bytes: this.#bytes,
      connected: pairs.filter(({ way }) => way.kind === 'link').length,
      fellBack: pairs.filter(({ way }) => way.kind === 'object').map(({ name }) => name),
      descriptorsPeak: this.#sockets.peak,
    };
  }

  close(error?: unknown): Promise<void> {
    this.#closed ??= this.#close(error);
    return this.#closed;
  }

  async #close(error: unknown): Promise<void> {
    if (!this.#background.failed && this.#meeting) {
      const { clock } = this.#options.host;
      const told = error === undefined ? this.#stop(this.#meeting) : this.#tell(error);
      // Whoever is not to be reached finds the connection closed.
      await Promise.race([told, clock.sleep(LINGER_MS, this.#scope.signal)]).catch(() => undefined);
      // Whoever is not connected hears of it by the meeting alone.
      const declared = Promise.all(this.#declared);
      await Promise.race([declared, clock.sleep(DECLARE_MS, this.#scope.signal)]).catch(() => undefined);
    }
    this.#background.end();
    await this.#meeting?.close(false);
    await this.#sockets.close();
    await this.#background.settled();
  }

  /** Resolves when every producer has heard that no more rows are wanted, or that all have come. */
  async #stop(meeting: Meeting): Promise<void> {
    const closed: Promise<void>[] = [];
    for (const pair of this.#pairs.values()) {
      if (pair.way.kind === 'undecided') this.#declare(pair, 'stopped');
      if (pair.way.kind !== 'link') continue;
      pair.way.receiver.stop();
      closed.push(pair.way.receiver.closed);
    }
    await Promise.all([...closed, ...this.#declared]);
    await meeting.close(true);
  }

  async #tell(error: unknown): Promise<void> {
    const pairs = [...this.#pairs.values()];
    await Promise.all(pairs.map(({ way }) => (way.kind === 'link' ? way.receiver.fail(error) : undefined)));
  }

  #newPair(task: TaskId): Pair {
    let arrived: (attempt: AttemptId) => void = () => undefined;
    const attempt = new Promise<AttemptId>((resolve) => {
      arrived = resolve;
    });
    const name = pairName(this.#edge, task, this.#options.self.task);
    return {
      task,
      name,
      scope: scopeWithin(this.#scope.signal),
      attempt,
      arrived,
      way: { kind: 'undecided' },
      ended: false,
    };
  }

  /** Takes connections of producers that nothing separates from this machine. */
  async #listen(address: string): Promise<number> {
    const server = createServer({ noDelay: true });
    server.maxConnections = 2 * this.#pairs.size + 16;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, address, resolve);
    });
    this.#sockets.addServer(server);
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      this.#background.run(this.#prove(socket, this.#pairs, this.#scope).catch(() => void socket.destroy()));
    });
    return (server.address() as AddressInfo).port;
  }

  async #connect(pair: Pair): Promise<void> {
    const { host } = this.#options;
    const only = new Map([[pair.task, pair]]);
    await connectPair({
      meeting: this.#meeting as Meeting,
      role: 'consumer',
      task: pair.task,
      name: pair.name,
      clock: host.clock,
      sockets: this.#sockets,
      signal: pair.scope.signal,
      onBoth: (own, peer) => {
        pair.arrived(peer.attempt);
        this.#background.run(this.#expire(pair, own.seen && peer.seen ? this.#edge.gang.connectMs : 0), pair.scope);
      },
      offer: (socket) => this.#prove(socket, only, pair.scope),
    });
  }

  /** A pair that is not connected in time goes through the store. */
  async #expire(pair: Pair, ms: number): Promise<void> {
    await sleepAndLook(this.#options.host.clock, ms, pair.scope.signal);
    this.#declare(pair, 'dead');
    this.#background.run(this.#readPart(pair));
  }

  /** Takes a connection that a producer of these pairs proves, if it is the first one of its pair. */
  async #prove(socket: Socket, pairs: ReadonlyMap<TaskId, Pair>, { signal }: Scope): Promise<void> {
    const { self, host } = this.#options;
    const limit = timeLimit(host.clock, PROOF_MS, signal);
    const keyFor = (identity: string) => {
      const named = parseLinkIdentity(this.#edge, identity);
      const forUs = named?.consumer.task === self.task && named.consumer.attempt === self.attempt;
      return forUs && pairs.has(named.producer.task) ? this.#edge.gang.key : null;
    };
    try {
      const proven = await secureServer(socket, keyFor, limit.signal);
      const named = parseLinkIdentity(this.#edge, proven.identity);
      const pair = pairs.get(named?.producer.task as TaskId);
      const known = await Promise.race([pair?.attempt, host.clock.sleep(PROOF_MS, limit.signal)]);
      if (pair?.way.kind === 'undecided' && known === named?.producer.attempt) this.#accept(pair, proven.socket);
      else proven.socket.destroy();
    } finally {
      limit.end();
    }
  }

  #accept(pair: Pair, socket: TLSSocket): void {
    const receiver = new LinkReceiver(socket, {
      name: pair.name,
      window: this.#window,
      onPiece: (piece) => this.#queue.push({ peer: pair.task, ...piece }),
      onEnd: () => this.#ended(pair),
      onLost: (error) => this.#background.fail(error),
    });
    this.#decide(pair, { kind: 'link', receiver });
  }

  #declare(pair: Pair, verdict: Verdict): void {
    this.#track((this.#meeting as Meeting).declare(pair.task, verdict));
    this.#decide(pair, { kind: verdict === 'dead' ? 'object' : 'stopped' });
  }

  #decide(pair: Pair, way: Way): void {
    if (pair.way.kind !== 'undecided') throw new InternalError(`${pair.name} is decided twice`);
    pair.way = way;
    pair.scope.end();
    this.#undecided--;
    if (this.#undecided === 0) this.#track((this.#meeting as Meeting).seal());
  }

  #track(work: Promise<void>): void {
    this.#declared.push(work);
    this.#background.run(work);
  }

  /** The part of a dead pair is in memory until its last piece is used up. */
  async #readPart(pair: Pair): Promise<void> {
    const { signal } = this.#scope;
    const part = await (this.#meeting as Meeting).fallback(pair.task, signal);
    await this.#parts.run(signal, async () => {
      const pieces = await readFallback(pair.name, part, this.#options.host.resolve, signal);
      const used = pieces.map(
        ({ bytes, rows }) =>
          new Promise<void>((release) => this.#queue.push({ peer: pair.task, bytes, rows, release })),
      );
      this.#ended(pair);
      await Promise.race([Promise.all(used), ended(signal)]);
    });
  }

  #ended(pair: Pair): void {
    if (pair.ended) throw new InternalError(`${pair.name} has ended twice`);
    pair.ended = true;
    this.#unended--;
    if (this.#unended === 0) this.#queue.end();
  }

  #beat(): void {
    for (const { way, ended } of this.#pairs.values()) {
      if (way.kind === 'link' && !ended) way.receiver.tick(SILENT_BEATS);
    }
  }
}
