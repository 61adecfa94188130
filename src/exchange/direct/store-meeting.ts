import { StorageError } from '../../common/errors.ts';
import type { TaskId } from '../../common/ids.ts';
import { decodeWire, encodeWire } from '../../common/wire.ts';
import type { Rendezvous } from '../../operators/task.ts';
import { askEcho, type Echoed } from './echo.ts';
import { asEndpoint, type Endpoint } from './endpoint.ts';
import { notMet } from './link-errors.ts';
import { gangId, otherRole } from './link-pair.ts';
import { Mailbox } from './mailbox.ts';
import {
  type FallbackPart,
  type Meeting,
  type MeetingOptions,
  memberName,
  type OwnEndpoint,
  type Verdict,
} from './meeting.ts';
import { seal, unseal } from './seal.ts';
import { orAborted, timeLimit } from './time-limit.ts';

type StoreRendezvous = Extract<Rendezvous, { kind: 'store' }>;

type Verdicts = Readonly<Record<string, Verdict>>;

/** What lies where a round would, of a consumer that does not go on. */
interface InsteadOfRound {
  readonly verdicts: Verdicts;
}

/** How long the echo may take, all tries together, ms. */
const ECHO_MS = 5_000;
const ECHO_TRIES = 3;
/** The first wait between two looks at a key, and the longest, ms. */
const POLL = { first: 20, longest: 500, factor: 1.6 } as const;

/**
 * Peers by objects under known keys: each end puts one that says where it is, and reads those of its peers until they are there.
 * Every look is one GET. Each object is sealed with the gang's key, as whoever can write to the store is not yet one of the gang. What
 * pairs have to tell when they did not connect goes the same way; pairs that connect need none of it.
 *
 *     PREFIX GANG/FROM-TO/producer-3.round-0.json     where it is
 *     PREFIX GANG/FROM-TO/consumer-0.verdicts.json    its pairs that did not connect
 *     PREFIX GANG/FROM-TO/producer-3.fallback.json    where the rows of such pairs lie
 *
 * A consumer that wants no more rows says so in place of its next round too, where producers that could not connect look for it.
 */
export class StoreMeeting implements Meeting {
  readonly watches = false;
  readonly #at: StoreRendezvous;
  readonly #options: MeetingOptions;
  readonly #rounds = new Map<number, Promise<OwnEndpoint>>();
  readonly #verdicts = new Map<TaskId, Verdict>();
  /** Verdicts found where a consumer's next round was looked for. */
  readonly #found = new Mailbox();
  #listens: number | null = null;

  private constructor(at: StoreRendezvous, options: MeetingOptions) {
    this.#at = at;
    this.#options = options;
  }

  static async open(at: StoreRendezvous, options: MeetingOptions): Promise<StoreMeeting> {
    const meeting = new StoreMeeting(at, options);
    await meeting.publish(0);
    return meeting;
  }

  publish(round: number): Promise<OwnEndpoint> {
    const known = this.#rounds.get(round);
    if (known) return known;
    const published = this.#publish(round);
    this.#rounds.set(round, published);
    return published;
  }

  async peer(task: TaskId, round: number, signal: AbortSignal): Promise<Endpoint> {
    const name = `${otherRole(this.#options.role)}-${task}.round-${round}`;
    const said = await this.#poll(name, signal);
    const endpoint = asEndpoint(said);
    if (endpoint) return endpoint;
    const verdicts = (said as Partial<InsteadOfRound> | null)?.verdicts;
    if (verdicts) {
      this.#found.deliver(`${task}/verdict`, await this.#own(verdicts, signal));
      return never(signal);
    }
    throw notMet(memberName(this.#options.self), `${this.#uri(name)} is not an endpoint`);
  }

  declare(producer: TaskId, verdict: Verdict): Promise<void> {
    this.#verdicts.set(producer, verdict);
    return Promise.resolve();
  }

  async seal(): Promise<void> {
    if (this.#verdicts.size === 0) return;
    const verdicts: Verdicts = Object.fromEntries(this.#verdicts);
    const puts = [this.#put('verdicts', verdicts)];
    if ([...this.#verdicts.values()].includes('stopped')) {
      puts.push(this.#put(`round-${Math.max(...this.#rounds.keys()) + 1}`, { verdicts } satisfies InsteadOfRound));
    }
    await Promise.all(puts);
  }

  async verdict(consumer: TaskId, patienceMs: number, signal: AbortSignal): Promise<Verdict> {
    const found = orAborted(this.#found.read(`${consumer}/verdict`), signal) as Promise<Verdict>;
    return Promise.race([found, this.#laterVerdict(consumer, patienceMs, signal)]);
  }

  async #laterVerdict(consumer: TaskId, patienceMs: number, signal: AbortSignal): Promise<Verdict> {
    await this.#options.host.clock.sleep(patienceMs, signal);
    const verdicts = (await this.#poll(`consumer-${consumer}.verdicts`, signal)) as Verdicts;
    return this.#own(verdicts, signal);
  }

  async tellFallback(parts: ReadonlyMap<TaskId, FallbackPart>): Promise<void> {
    await this.#put('fallback', Object.fromEntries(parts));
  }

  async fallback(producer: TaskId, signal: AbortSignal): Promise<FallbackPart> {
    const parts = (await this.#poll(`producer-${producer}.fallback`, signal)) as Record<string, FallbackPart>;
    return this.#own(parts, signal);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What an object says of this end. When it says nothing, nobody will: the other way is the pair's. */
  #own<T>(entries: Record<string, T>, signal: AbortSignal): T | Promise<T> {
    return entries[this.#options.self.task] ?? never(signal);
  }

  async #publish(round: number): Promise<OwnEndpoint> {
    const { self, listen } = this.#options;
    const echoed = await this.#echo();
    if (round === 0 && echoed) this.#listens = await listen(echoed.own);
    const endpoint: Endpoint = {
      attempt: self.attempt,
      seen: echoed && { address: echoed.address, port: echoed.port },
      own: echoed?.own ?? null,
      listens: this.#listens,
    };
    await this.#put(`round-${round}`, endpoint);
    return { endpoint, port: echoed?.port ?? 0 };
  }

  /** The address that the world sees; null when the echo does not tell, and all pairs of this end go through the store. */
  async #echo(): Promise<Echoed | null> {
    const { host, sockets, signal } = this.#options;
    const limit = timeLimit(host.clock, ECHO_MS, signal);
    try {
      for (let tries = 0; tries < ECHO_TRIES; tries++) {
        const echoed = await askEcho(this.#at.echo, sockets, limit.signal).catch(() => null);
        if (signal.aborted) throw signal.reason;
        if (echoed) return echoed;
      }
      return null;
    } finally {
      limit.end();
    }
  }

  #uri(name: string): string {
    const { gang, from, to } = this.#options.edge;
    return `${this.#at.prefix}${gangId(gang)}/${from}-${to}/${name}.json`;
  }

  /** Exactly one task puts an object; a second one is a copy of the task, and must not go on. */
  async #put(what: string, value: unknown): Promise<void> {
    const { host, role, self, signal } = this.#options;
    const name = `${role}-${self.task}.${what}`;
    const { store, location } = host.resolve(this.#uri(name));
    const body = seal(this.#options.edge.gang.key, this.#uri(name), encodeWire(value));
    const { created } = await store.putIfAbsent(location, body, { signal, contentType: 'application/json' });
    if (!created)
      throw notMet(memberName(self), `another one has registered in its place: ${this.#uri(name)} is there`);
  }

  async #poll(name: string, signal: AbortSignal): Promise<unknown> {
    const { edge, host, self } = this.#options;
    const { store, location } = host.resolve(this.#uri(name));
    for (let wait: number = POLL.first; ; wait = Math.min(wait * POLL.factor, POLL.longest)) {
      try {
        const { body } = await store.getRange(location, { kind: 'all' }, { signal });
        const message = unseal(edge.gang.key, this.#uri(name), body);
        if (message !== null) return decodeWire(message);
        throw notMet(memberName(self), `${this.#uri(name)} was not put by a task of the gang`);
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== 'SQ5001') throw error;
      }
      await host.clock.sleep(wait * (0.5 + host.random.next()), signal);
    }
  }
}

/** Settles when the signal fires, with its reason. */
const never = (signal: AbortSignal) => orAborted(new Promise<never>(() => undefined), signal);
