import type { Clock, Random } from './clock.ts';

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** 26 characters, sorted by creation time (ULID). */
export type QueryId = Branded<string, 'QueryId'>;
/** Position of a stage in its graph, from 0; producers come before consumers. */
export type StageId = Branded<number, 'StageId'>;
/** Position of a task in its stage, from 0. */
export type TaskId = Branded<number, 'TaskId'>;
/** How often a task has been started, from 0. */
export type AttemptId = Branded<number, 'AttemptId'>;

export const stageId = (n: number) => n as StageId;
export const taskId = (n: number) => n as TaskId;
export const attemptId = (n: number) => n as AttemptId;

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new ULID: 48 bits of time, 80 bits of randomness. */
export function newQueryId(clock: Clock, random: Random): QueryId {
  let time = clock.now();
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = CROCKFORD[time % 32] + head;
    time = Math.floor(time / 32);
  }
  const tail = Array.from(random.bytes(16), (byte) => CROCKFORD[byte & 31]).join('');
  return (head + tail) as QueryId;
}
