import { expect, it } from 'vitest';
import { attemptId, stageId, taskId } from '../../common/ids.ts';
import type { LinkGang } from '../../operators/task.ts';
import {
  gangOfIdentity,
  type LinkEdge,
  linkIdentity,
  pairName,
  parseLinkIdentity,
  rendezvousIdentity,
} from './link-pair.ts';

const edgeOf = (id: string): LinkEdge => ({ gang: { id } as LinkGang, from: stageId(1), to: stageId(2) });
const producer = { task: taskId(3), attempt: attemptId(4) };
const consumer = { task: taskId(5), attempt: attemptId(6) };

it('an identity names both ends, and is read back by the same edge alone', () => {
  const identity = linkIdentity(edgeOf('G.1'), producer, consumer);
  expect(identity).toBe('squall-link/G.1/1.3.4/2.5.6');
  expect(parseLinkIdentity(edgeOf('G.1'), identity)).toEqual({ producer, consumer });
  expect(parseLinkIdentity(edgeOf('G-1'), identity)).toBeNull();
  expect(parseLinkIdentity({ ...edgeOf('G.1'), from: stageId(2) }, identity)).toBeNull();
  expect(parseLinkIdentity({ ...edgeOf('G.1'), to: stageId(3) }, identity)).toBeNull();
  expect(parseLinkIdentity(edgeOf('G.1'), `${identity}.`)).toBeNull();
  expect(parseLinkIdentity(edgeOf('G.1'), '')).toBeNull();
});

it('an identity of the rendezvous is none of a link', () => {
  const identity = rendezvousIdentity({ id: 'G1' });
  expect(gangOfIdentity(identity)).toBe('G1');
  expect(parseLinkIdentity(edgeOf('G1'), identity)).toBeNull();
  expect(gangOfIdentity(linkIdentity(edgeOf('G1'), producer, consumer))).toBeUndefined();
});

it('ids that TLS has no room for, or that are paths, are refused', () => {
  const refused = (id: string) => () => rendezvousIdentity({ id });
  expect(refused('a/b')).toThrow('"a/b" cannot be the id of a gang');
  expect(refused('')).toThrow('"" cannot be the id of a gang');
  expect(refused('x'.repeat(65))).toThrow(`"${'x'.repeat(65)}" cannot be the id of a gang`);
});

it('a pair is named as reports name it', () => {
  expect(pairName(edgeOf('G'), taskId(3), taskId(0))).toBe('stage 1 task 3 -> stage 2 task 0');
});
