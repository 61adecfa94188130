import type { TLSSocket } from 'node:tls';
import { ExecutionError } from '../../common/errors.ts';
import type { TaskId } from '../../common/ids.ts';
import type { Address } from './dial.ts';
import { asEndpoint, type Endpoint } from './endpoint.ts';
import { LineChannel } from './line-channel.ts';
import { type LinkRole, otherRole } from './link-pair.ts';
import type { Letter, MemberMessage, RendezvousMessage } from './rendezvous-messages.ts';

type Hello = Extract<MemberMessage, { kind: 'hello' }>;

/** One end of an edge, as the rendezvous knows it. */
interface Member {
  readonly hello: Hello;
  readonly channel: LineChannel;
  /** By round. */
  readonly endpoints: Map<number, Endpoint>;
  state: 'here' | 'complete' | 'gone';
}

/** The tasks of one gang that have registered. */
export class RendezvousGang {
  readonly key: Uint8Array;
  readonly #members = new Map<string, Member>();
  readonly #channels = new Set<LineChannel>();
  /** Letters to members that are not there yet. */
  readonly #waiting = new Map<string, RendezvousMessage[]>();

  constructor(key: Uint8Array) {
    this.key = key;
  }

  /** Takes a connection of a task that has proven the key. */
  join(socket: TLSSocket, seen: Address): void {
    let member: Member | undefined;
    let first = true;
    const channel = new LineChannel(socket, {
      onMessage: (message) => {
        if (first) {
          first = false;
          member = this.#hello(asHello(message), channel, seen);
        } else if (member) {
          this.#receive(member, message as MemberMessage);
        } else {
          throw unreadable();
        }
      },
      onClose: () => {
        this.#channels.delete(channel);
        if (member?.state === 'here') this.#gone(member);
      },
    });
    this.#channels.add(channel);
  }

  dismiss(why: string): void {
    for (const channel of this.#channels) void post(channel, { kind: 'dismissed', why }).then(() => channel.destroy());
    this.#members.clear();
  }

  /** The member whose channel this is; undefined for a connection that only shows another port. */
  #hello(hello: Hello, channel: LineChannel, seen: Address): Member | undefined {
    const { attempt, own, listens, round } = hello;
    const endpoint: Endpoint = { attempt, seen, own, listens };
    const name = nameOf(hello, hello.role, hello.task);
    const known = this.#members.get(name);
    if (round === 0 ? known !== undefined : known?.hello.attempt !== attempt || known.endpoints.has(round)) {
      const why = `another one has registered as ${hello.role} ${hello.task} of stages ${hello.from} and ${hello.to}`;
      void post(channel, { kind: 'refused', why }).then(() => channel.destroy());
      return undefined;
    }
    void post(channel, { kind: 'welcome', seen });
    if (known) {
      known.endpoints.set(round, endpoint);
      for (const peer of this.#peersOf(known)) introduce(known, round, peer);
      return undefined;
    }
    const member: Member = { hello, channel, endpoints: new Map([[0, endpoint]]), state: 'here' };
    this.#members.set(name, member);
    for (const peer of this.#peersOf(member)) {
      for (const each of peer.endpoints.keys()) introduce(peer, each, member);
      introduce(member, 0, peer);
      if (peer.state === 'gone') void post(channel, { kind: 'gone', task: peer.hello.task });
    }
    for (const message of this.#waiting.get(name) ?? []) void post(channel, message);
    this.#waiting.delete(name);
    return member;
  }

  #receive(member: Member, message: MemberMessage): void {
    switch (message.kind) {
      case 'tell':
        this.#tell(member, message.task, message.letter);
        return;
      case 'bye':
        member.state = 'complete';
        return;
      default:
        throw unreadable();
    }
  }

  #tell({ hello }: Member, task: TaskId, letter: Letter): void {
    const name = nameOf(hello, otherRole(hello.role), task);
    const message: RendezvousMessage = { kind: 'told', task: hello.task, letter };
    const peer = this.#members.get(name);
    if (peer) void post(peer.channel, message);
    else this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), message]);
  }

  #gone(member: Member): void {
    member.state = 'gone';
    for (const peer of this.#peersOf(member)) void post(peer.channel, { kind: 'gone', task: member.hello.task });
  }

  /** The members that this one and that one both name as peers. */
  *#peersOf({ hello }: Member): Generator<Member> {
    for (const task of hello.peers) {
      const peer = this.#members.get(nameOf(hello, otherRole(hello.role), task));
      if (peer?.hello.peers.includes(hello.task)) yield peer;
    }
  }
}

function introduce(member: Member, round: number, to: Member): void {
  const endpoint = member.endpoints.get(round) as Endpoint;
  void post(to.channel, { kind: 'peer', task: member.hello.task, round, endpoint });
}

const post = (channel: LineChannel, message: RendezvousMessage) => channel.send(message);

const nameOf = ({ from, to }: Pick<Hello, 'from' | 'to'>, role: LinkRole, task: TaskId) =>
  `${from}-${to}/${role}-${task}`;

function asHello(message: unknown): Hello {
  const hello = message as Hello | null;
  const numbers = [hello?.from, hello?.to, hello?.task, hello?.round];
  const fits =
    hello?.kind === 'hello' &&
    (hello.role === 'producer' || hello.role === 'consumer') &&
    numbers.every((number) => Number.isSafeInteger(number)) &&
    Array.isArray(hello.peers) &&
    asEndpoint({ attempt: hello.attempt, seen: null, own: hello.own, listens: hello.listens }) !== null;
  if (!fits) throw unreadable();
  return hello;
}

const unreadable = () => new ExecutionError('SQ3001', 'a message to the rendezvous is not one of its messages');
