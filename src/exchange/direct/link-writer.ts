import type { Socket } from 'node:net';
import { InternalError } from '../../common/errors.ts';
import type { TaskId } from '../../common/ids.ts';
import type { LinkOutput } from '../../operators/task.ts';
import { Background } from './background.ts';
import { beats, SILENT_BEATS } from './beats.ts';
import { connectPair } from './connect-pair.ts';
import type { Endpoint } from './endpoint.ts';
import { FallbackObject } from './fallback-object.ts';
import { type LinkEdge, type LinkSelf, linkIdentity, pairName } from './link-pair.ts';
import { LinkSender } from './link-sender.ts';
import type { LinkSummary } from './link-summary.ts';
import { type LinkHost, type Meeting, openMeeting } from './meeting.ts';
import { PROOF_MS, secureClient } from './psk.ts';
import { SocketSet } from './socket-set.ts';
import { type Scope, scopeWithin, timeLimit } from './time-limit.ts';

export interface LinkWriterOptions {
  readonly output: LinkOutput;
  readonly self: LinkSelf;
  readonly host: LinkHost;
  readonly signal?: AbortSignal;
}

/** Sends a task's partitions to the tasks they belong to, which run at the same time. */
export interface LinkWriter {
  /**
   * Sends one self-contained Arrow IPC stream. Waits until the partition's consumer is connected, or known not to be, and has room.
   * The bytes may be used again when it resolves. Throws InvokeError SQ6010 when a consumer is lost, and what a consumer failed with.
   */
  send(partition: number, bytes: Uint8Array, rows: number): Promise<void>;
  /** Called once, after every `send` has resolved; resolves when every consumer has verified that it has all, or its object is there. */
  finish(): Promise<LinkSummary>;
  /** Ends every socket and timer. Before `finish`, consumers fail: with the error given, else with SQ6010. Idempotent. */
  close(error?: unknown): Promise<void>;
}

/** Registers a producer with the rendezvous of its gang; links come about in the background. Throws InvokeError SQ6011. */
export async function openLinkWriter(options: LinkWriterOptions): Promise<LinkWriter> {
  const writer = new Writer(options);
  try {
    await writer.open();
    return writer;
  } catch (error) {
    await writer.close();
    throw error;
  }
}

interface Pair {
  readonly task: TaskId;
  readonly name: string;
  /** Ends when it is decided how the pair's rows go. */
  readonly scope: Scope;
  readonly decided: Promise<void>;
  way: Way;
}

type Way =
  | { readonly kind: 'undecided' }
  | { readonly kind: 'link'; readonly sender: LinkSender }
  | { readonly kind: 'object' }
  | { readonly kind: 'stopped' };

class Writer implements LinkWriter {
  readonly #options: LinkWriterOptions;
  readonly #edge: LinkEdge;
  readonly #background: Background;
  readonly #scope: Scope;
  readonly #sockets = new SocketSet();
  readonly #senders = new Set<LinkSender>();
  readonly #pairs: ReadonlyMap<TaskId, Pair>;
  readonly #fallback: FallbackObject;
  #meeting: Meeting | undefined;
  #rows = 0;
  #bytes = 0;
  #closed: Promise<void> | undefined;

  constructor(options: LinkWriterOptions) {
    const { output, self, host, signal } = options;
    this.#options = options;
    this.#edge = { gang: output.gang, from: self.stage, to: output.to };
    this.#background = new Background(signal);
    this.#scope = this.#background.scope;
    this.#fallback = new FallbackObject(this.#edge, self, host.resolve);
    this.#pairs = new Map([...new Set(output.peers)].map((task) => [task, this.#newPair(task)]));
  }

  async open(): Promise<void> {
    const { self, host } = this.#options;
    this.#meeting = await openMeeting({
      edge: this.#edge,
      role: 'producer',
      self,
      peers: [...this.#pairs.keys()],
      host,
      sockets: this.#sockets,
      signal: this.#scope.signal,
      listen: () => Promise.resolve(null),
      onDismissed: (error) => this.#background.fail(error),
    });
    for (const pair of this.#pairs.values()) this.#background.run(this.#connect(pair), pair.scope);
    this.#background.run(beats(host.clock, this.#scope.signal, () => this.#beat()));
  }

  async send(partition: number, bytes: Uint8Array, rows: number): Promise<void> {
    const pair = this.#pairs.get(this.#options.output.peers[partition] as TaskId);
    if (!pair) throw new InternalError(`there is no partition ${partition}`);
    await pair.decided;
    this.#background.check();
    this.#rows += rows;
    this.#bytes += bytes.length;
    if (pair.way.kind === 'link') await pair.way.sender.send(bytes, rows);
    if (pair.way.kind === 'object') this.#fallback.add(pair.task, bytes, rows);
    this.#background.check();
  }

  async finish(): Promise<LinkSummary> {
    await Promise.all([...this.#pairs.values()].map(({ decided }) => decided));
    this.#background.check();
    const ends = [...this.#pairs.values()].map(({ way }) => (way.kind === 'link' ? way.sender.end() : undefined));
    await Promise.all([...ends, this.#fallBack()]);
    this.#background.check();
    await this.#meeting?.close(true);
    const fellBack = [...this.#pairs.values()].filter(({ way }) => way.kind === 'object');
    return {
      rows: this.#rows,
      bytes: this.#bytes,
      connected: ends.filter((end) => end !== undefined).length,
      fellBack: fellBack.map(({ name }) => name),
      descriptorsPeak: this.#sockets.peak,
    };
  }

  close(error?: unknown): Promise<void> {
    this.#closed ??= this.#close(error);
    return this.#closed;
  }

  async #close(error: unknown): Promise<void> {
    if (error !== undefined && !this.#scope.signal.aborted) {
      const { clock } = this.#options.host;
      const told = Promise.all([...this.#senders].map((sender) => sender.fail(error)));
      await Promise.race([told, clock.sleep(TELL_MS, this.#scope.signal).catch(() => undefined)]);
    }
    this.#background.end();
    await this.#meeting?.close(false);
    await this.#sockets.close();
    await this.#background.settled();
  }

  #newPair(task: TaskId): Pair {
    const { self } = this.#options;
    const scope = scopeWithin(this.#scope.signal);
    const decided = new Promise<void>((resolve) => {
      scope.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return { task, name: pairName(this.#edge, self.task, task), scope, decided, way: { kind: 'undecided' } };
  }

  async #connect(pair: Pair): Promise<void> {
    const { host } = this.#options;
    let peer: Endpoint | undefined;
    await connectPair({
      meeting: this.#meeting as Meeting,
      role: 'producer',
      task: pair.task,
      name: pair.name,
      clock: host.clock,
      sockets: this.#sockets,
      signal: pair.scope.signal,
      onBoth: (own, at) => {
        peer = at;
        this.#background.run(this.#awaitVerdict(pair, own.seen !== null && at.seen !== null), pair.scope);
      },
      offer: (socket) => this.#offer(pair, peer as Endpoint, socket),
    });
  }

  /** Proves a connection to the consumer, and waits whether it takes it. */
  async #offer(pair: Pair, peer: Endpoint, socket: Socket): Promise<void> {
    const { self, host } = this.#options;
    const identity = linkIdentity(this.#edge, self, { task: pair.task, attempt: peer.attempt });
    const limit = timeLimit(host.clock, PROOF_MS, pair.scope.signal);
    try {
      const secure = await secureClient(socket, { gangKey: this.#edge.gang.key, identity }, limit.signal);
      await new Promise<void>((resolve) => {
        const sender = new LinkSender(secure, {
          name: pair.name,
          onAccepted: () => {
            this.#decide(pair, { kind: 'link', sender });
            resolve();
          },
          onClosed: () => {
            this.#senders.delete(sender);
            resolve();
          },
          onLost: (error) => this.#background.fail(error),
        });
        this.#senders.add(sender);
        pair.scope.signal.addEventListener('abort', () => closeUnless(pair, sender), { once: true });
      });
    } finally {
      limit.end();
    }
  }

  async #awaitVerdict(pair: Pair, linkable: boolean): Promise<void> {
    const patienceMs = linkable ? this.#edge.gang.connectMs : 0;
    const verdict = await (this.#meeting as Meeting).verdict(pair.task, patienceMs, pair.scope.signal);
    this.#decide(pair, { kind: verdict === 'stopped' ? 'stopped' : 'object' });
  }

  #decide(pair: Pair, way: Way): void {
    if (pair.way.kind !== 'undecided') throw new InternalError(`${pair.name} is decided twice`);
    pair.way = way;
    pair.scope.end();
  }

  async #fallBack(): Promise<void> {
    const dead = [...this.#pairs.values()].filter(({ way }) => way.kind === 'object').map(({ task }) => task);
    if (dead.length === 0) return;
    await this.#meeting?.tellFallback(await this.#fallback.put(dead, this.#scope.signal));
  }

  #beat(): void {
    for (const sender of this.#senders) sender.tick(SILENT_BEATS);
  }
}

/** How long consumers are given to take the reason of a failure, ms. */
const TELL_MS = 1_000;

function closeUnless({ way }: Pair, sender: LinkSender): void {
  if (way.kind !== 'link' || way.sender !== sender) sender.destroy('another connection was taken');
}
