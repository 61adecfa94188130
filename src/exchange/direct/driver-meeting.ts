import { type TaskId, taskId } from '../../common/ids.ts';
import type { Rendezvous } from '../../operators/task.ts';
import { dial } from './dial.ts';
import type { Endpoint } from './endpoint.ts';
import { LineChannel } from './line-channel.ts';
import { linkLost, notMet } from './link-errors.ts';
import { pairName, rendezvousIdentity } from './link-pair.ts';
import { Mailbox } from './mailbox.ts';
import {
  type FallbackPart,
  type Meeting,
  type MeetingOptions,
  memberName,
  type OwnEndpoint,
  type Verdict,
} from './meeting.ts';
import { secureClient } from './psk.ts';
import type { Letter, MemberMessage, RendezvousMessage } from './rendezvous-messages.ts';
import { orAborted, timeLimit } from './time-limit.ts';

type DriverRendezvous = Extract<Rendezvous, { kind: 'driver' }>;

/** How long a connection to the rendezvous may take, ms. */
const REACH_MS = 30_000;

interface Connection {
  readonly channel: LineChannel;
  readonly own: string;
  readonly port: number;
}

/** Peers by the driver's rendezvous server. */
export class DriverMeeting implements Meeting {
  readonly watches = true;
  readonly #at: DriverRendezvous;
  readonly #options: MeetingOptions;
  readonly #mail = new Mailbox();
  readonly #rounds = new Map<number, Promise<OwnEndpoint>>();
  #main: LineChannel | undefined;
  #listens: number | null = null;
  #closing = false;

  private constructor(at: DriverRendezvous, options: MeetingOptions) {
    this.#at = at;
    this.#options = options;
  }

  static async open(at: DriverRendezvous, options: MeetingOptions): Promise<DriverMeeting> {
    const meeting = new DriverMeeting(at, options);
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
    return (await this.#read(`${task}/peer-${round}`, signal)) as Endpoint;
  }

  async declare(producer: TaskId, verdict: Verdict): Promise<void> {
    await this.#tell([[producer, { about: 'verdict', verdict }]]);
  }

  /** Every verdict is told at once. */
  seal(): Promise<void> {
    return Promise.resolve();
  }

  async verdict(consumer: TaskId, _patienceMs: number, signal: AbortSignal): Promise<Verdict> {
    return (await this.#read(`${consumer}/verdict`, signal)) as Verdict;
  }

  async tellFallback(parts: ReadonlyMap<TaskId, FallbackPart>): Promise<void> {
    await this.#tell([...parts].map(([task, part]) => [task, { about: 'fallback', part }]));
  }

  async fallback(producer: TaskId, signal: AbortSignal): Promise<FallbackPart> {
    return (await this.#read(`${producer}/fallback`, signal)) as FallbackPart;
  }

  async close(complete: boolean): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    if (complete) await this.#main?.send({ kind: 'bye' } satisfies MemberMessage);
  }

  async #publish(round: number): Promise<OwnEndpoint> {
    const { edge, role, self, peers, listen } = this.#options;
    const mail = round === 0 ? this.#mail : new Mailbox();
    const { channel, own, port } = await this.#connect(mail);
    if (round === 0) {
      this.#main = channel;
      this.#listens = await listen(own);
    }
    const hello: MemberMessage = {
      kind: 'hello',
      from: edge.from,
      to: edge.to,
      role,
      task: self.task,
      attempt: self.attempt,
      round,
      own,
      listens: this.#listens,
      peers,
    };
    void channel.send(hello);
    const address = (await orAborted(mail.read('/welcome'), this.#options.signal)) as Endpoint['seen'];
    return { port, endpoint: { attempt: self.attempt, seen: address, own, listens: this.#listens } };
  }

  async #connect(mail: Mailbox): Promise<Connection> {
    const { edge, host, self, sockets, signal } = this.#options;
    const where = `the rendezvous ${this.#at.host}:${this.#at.port}`;
    const failed = (why: string) => (error: Error) => {
      throw signal.aborted ? signal.reason : notMet(memberName(self), why, error);
    };
    const limit = timeLimit(host.clock, REACH_MS, signal);
    try {
      const dialled = dial(this.#at, { sockets, signal: limit.signal, localPort: 0 });
      const socket = await dialled.catch(failed(`${where} cannot be reached`));
      const { localAddress: own, localPort: port } = socket as { localAddress: string; localPort: number };
      const proof = { gangKey: edge.gang.key, identity: rendezvousIdentity(edge.gang) };
      const proven = secureClient(socket, proof, limit.signal);
      const secure = await proven.catch(failed(`${where} does not know the gang, or not by its key`));
      const channel = new LineChannel(secure, {
        onMessage: (message) => this.#receive(message as RendezvousMessage, mail),
        onClose: (cause) => mail.fail(notMet(memberName(self), 'the rendezvous has closed the connection', cause)),
      });
      return { channel, own, port };
    } finally {
      limit.end();
    }
  }

  #receive(message: RendezvousMessage, mail: Mailbox): void {
    const { self, edge, role, onDismissed } = this.#options;
    switch (message.kind) {
      case 'welcome':
        mail.deliver('/welcome', message.seen);
        return;
      case 'refused':
        mail.fail(notMet(memberName(self), message.why));
        return;
      case 'peer':
        mail.deliver(`${message.task}/peer-${message.round}`, message.endpoint);
        return;
      case 'told':
        this.#told(message.task, message.letter);
        return;
      case 'gone': {
        const [producer, consumer] = role === 'producer' ? [self.task, message.task] : [message.task, self.task];
        const name = pairName(edge, taskId(producer), taskId(consumer));
        mail.fail(linkLost(name, `the ${role === 'producer' ? 'consumer' : 'producer'} is gone`), `${message.task}`);
        return;
      }
      case 'dismissed':
        onDismissed(notMet(memberName(self), message.why));
        return;
      default:
        throw new RangeError(`a message of the unknown kind ${JSON.stringify((message as { kind: unknown }).kind)}`);
    }
  }

  #told(task: TaskId, letter: Letter): void {
    switch (letter.about) {
      case 'verdict':
        this.#mail.deliver(`${task}/verdict`, letter.verdict);
        return;
      case 'fallback':
        this.#mail.deliver(`${task}/fallback`, letter.part);
        return;
      default:
        throw new RangeError(`a letter about ${JSON.stringify((letter as { about: unknown }).about)}`);
    }
  }

  #read(subject: string, signal: AbortSignal): Promise<unknown> {
    return orAborted(this.#mail.read(subject), signal);
  }

  async #tell(letters: readonly (readonly [TaskId, Letter])[]): Promise<void> {
    await Promise.all(
      letters.map(([task, letter]) => this.#main?.send({ kind: 'tell', task, letter } satisfies MemberMessage)),
    );
  }
}
