import type { Value } from '../../../common/types.ts';
import { BOOLEAN, DATE, TIME, TIMESTAMP, TIMESTAMPTZ } from '../../../common/types.ts';
import { canImplicitlyCast } from '../coerce.ts';
import { firstFitting, type ScalarFunction } from '../scalar-function.ts';
import { overload } from './define.ts';

type Moment = number | bigint;

/** The bounds of a span of time in order; of one that is half known the known one, and NULL; null when neither is known. */
function inOrder(a: Value, b: Value): readonly [Moment, Moment | null] | null {
  const [from, to] = [a, b] as [Moment | null, Moment | null];
  if (from === null) return to === null ? null : [to, null];
  return to !== null && to < from ? [to, from] : [from, to];
}

/** Spans are half open, but one of no length is its moment. Unknown where an unknown bound would decide. */
function overlaps(a: Value, b: Value, c: Value, d: Value): boolean | null {
  const [one, other] = [inOrder(a, b), inOrder(c, d)];
  if (!one || !other) return null;
  const [first, second] = one[0] <= other[0] ? [one, other] : [other, one];
  if (first[0] === second[0]) return first[1] === null || second[1] === null ? null : true;
  if (first[1] === null) return null;
  if (second[0] < first[1]) return true;
  return second[1] === null ? null : false;
}

const KINDS = [DATE, TIME, TIMESTAMP, TIMESTAMPTZ];

export const OVERLAPS: ScalarFunction = {
  name: 'overlaps',
  doc: 'overlaps(start, end, start, end): (start, end) OVERLAPS (start, end): whether two spans of time have a moment in common; an end may be an interval',
  nulls: 'own',
  resolve: firstFitting(
    KINDS.map((kind) => overload([kind, kind, kind, kind], BOOLEAN, overlaps)),
    canImplicitlyCast,
  ),
};
