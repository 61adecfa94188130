import { InternalError } from '../../common/errors.ts';
import { type AttemptId, attemptId, type StageId, type TaskId, taskId } from '../../common/ids.ts';
import type { LinkGang } from '../../operators/task.ts';

/** One edge of a gang: the tasks of one stage send to those of another. */
export interface LinkEdge {
  readonly gang: LinkGang;
  readonly from: StageId;
  readonly to: StageId;
}

export type LinkRole = 'producer' | 'consumer';

export const otherRole = (role: LinkRole): LinkRole => (role === 'producer' ? 'consumer' : 'producer');

/** One attempt of a task. */
export interface LinkTask {
  readonly task: TaskId;
  readonly attempt: AttemptId;
}

/** One attempt of a task, with its stage. */
export interface LinkSelf extends LinkTask {
  readonly stage: StageId;
}

/** A pair as reports and errors name it. */
export const pairName = (edge: Pick<LinkEdge, 'from' | 'to'>, producer: TaskId, consumer: TaskId) =>
  `stage ${edge.from} task ${producer} -> stage ${edge.to} task ${consumer}`;

/** What the two ends of a pair prove to each other, besides the key. */
export function linkIdentity(edge: LinkEdge, producer: LinkTask, consumer: LinkTask): string {
  const end = (stage: StageId, { task, attempt }: LinkTask) => `${stage}.${task}.${attempt}`;
  return `squall-link/${gangId(edge.gang)}/${end(edge.from, producer)}/${end(edge.to, consumer)}`;
}

/** The attempts that an identity of this edge names; null for every other text. */
export function parseLinkIdentity(
  edge: LinkEdge,
  identity: string,
): { readonly producer: LinkTask; readonly consumer: LinkTask } | null {
  const match = /^squall-link\/([\w.-]+)\/(\d+)\.(\d+)\.(\d+)\/(\d+)\.(\d+)\.(\d+)$/.exec(identity);
  if (!match || match[1] !== edge.gang.id) return null;
  const [from, producer, producerAttempt, to, consumer, consumerAttempt] = match.slice(2).map(Number) as Six;
  if (from !== edge.from || to !== edge.to) return null;
  return {
    producer: { task: taskId(producer), attempt: attemptId(producerAttempt) },
    consumer: { task: taskId(consumer), attempt: attemptId(consumerAttempt) },
  };
}

type Six = [number, number, number, number, number, number];

/** What a task proves to the rendezvous in the driver. */
export const rendezvousIdentity = (gang: Pick<LinkGang, 'id'>) => `squall-rendezvous/${gangId(gang)}`;

/** The gang that such an identity names. */
export const gangOfIdentity = (identity: string) => /^squall-rendezvous\/([\w.-]+)$/.exec(identity)?.[1];

/** TLS allows identities of 128 bytes. */
export function gangId({ id }: Pick<LinkGang, 'id'>): string {
  if (/^[\w.-]{1,64}$/.test(id)) return id;
  throw new InternalError(`${JSON.stringify(id)} cannot be the id of a gang`);
}
