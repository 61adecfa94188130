import { InternalError } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import type { SortKey } from '../../operators/plan.ts';
import { compareKeys } from '../../operators/sort/sorted-order.ts';
import type { ExchangeRange, Manifest, RangeBound } from '../../operators/task.ts';
import { MAX_TASKS } from './assign-tasks.ts';
import type { Reading } from './routes.ts';
import type { RangeRoute } from './stage-graph.ts';

/** What one task reads of sorted outputs. */
export interface RangeReading {
  /** Which of the rows that it reads are its own. */
  readonly range: ExchangeRange;
  readonly readings: readonly Reading[];
}

/** Pieces that bounds are chosen from; of more, neighbours are taken together. */
const MAX_CANDIDATES = 16_384;

/**
 * Divides sorted outputs among `tasks` tasks: ranges of about equal rows, in order. All rows have one order: by their keys, then by the
 * task that sorted them, then by their place in its output; so rows with equal keys can be divided too, and come as one stable sort of
 * the outputs, one behind the other, would deliver them. A bound is the place of the first row of a piece. (Bounds out of samples of the
 * sorted runs, no pass of their own: Shi and Schaeffer, Parallel Sorting by Regular Sampling, 1992.)
 *
 * @param outputs of all tasks of the stage that is read, in their order
 */
export function rangeReadings(
  { keys, first }: Pick<RangeRoute, 'keys' | 'first'>,
  outputs: readonly Manifest[],
  tasks: number,
): readonly RangeReading[] {
  const compare = placeOrder(keys);
  const all = outputs.map(piecesOf);
  const producers = first === null ? all : firstOnly(all, first, compare);
  const bounds = chooseBounds(producers, tasks, compare);
  const readings = Array.from({ length: tasks }, (): Reading[] => []);
  for (const [producer, pieces] of producers.entries()) cut(producer, pieces, { bounds, compare, readings });
  return readings.map((own, task): RangeReading => {
    const [from, to] = [bounds[task - 1], bounds[task]];
    return { range: { keys, from: from ? boundAt(from) : null, to: to ? boundAt(to) : null }, readings: own };
  });
}

interface Cut {
  readonly bounds: readonly Place[];
  readonly compare: ComparePlaces;
  /** By task; what it reads of the producer is added. */
  readonly readings: readonly Reading[][];
}

/** Goes through the pieces of a producer and the bounds side by side: both are in order. */
function cut(producer: number, pieces: readonly Piece[], { bounds, compare, readings }: Cut): void {
  let start = 0;
  for (const [task, own] of readings.entries()) {
    const to = bounds[task];
    const end = to ? firstWhere(pieces, ({ first }) => compare(first, to) >= 0, start) : pieces.length;
    if (start < end) {
      own.push({ producer, from: (pieces[start] as Piece).first.piece, to: (pieces[end - 1] as Piece).last.piece + 1 });
    }
    // A piece that has the bound within is read by both tasks.
    const within = to && end > start && compare((pieces[end - 1] as Piece).last, to) >= 0;
    start = within ? end - 1 : end;
  }
}

/** Tasks that divide sorted outputs among them, when each is to have so many bytes as they were written. */
export function rangeTasks(outputs: readonly Manifest[], taskBytes: number): number {
  const bytes = outputs.reduce(
    (sum, { partitions = [] }) => sum + (partitions.at(-1)?.offset ?? 0) + (partitions.at(-1)?.length ?? 0),
    0,
  );
  return Math.max(1, Math.min(MAX_TASKS, Math.ceil(bytes / taskBytes)));
}

/** Where a row stands among all: the keys, the task that sorted it, its piece of the output. */
interface Place {
  readonly values: readonly Value[];
  readonly task: Manifest['task'];
  readonly piece: number;
}

/** Rows that follow each other in an output. */
interface Piece {
  readonly first: Place;
  readonly last: Place;
  readonly rows: number;
}

type ComparePlaces = (a: Place, b: Place) => number;

function placeOrder(keys: readonly SortKey[]): ComparePlaces {
  const compare = compareKeys(
    keys.map(({ expr, descending, nullsFirst }) => ({ type: expr.type, descending, nullsFirst })),
  );
  return (a, b) => compare(a.values, b.values) || a.task - b.task || a.piece - b.piece;
}

const boundAt = ({ values, task }: Place): RangeBound => ({ values, task });

/** The pieces that have rows. */
function piecesOf({ stage, task, partitions }: Manifest): readonly Piece[] {
  if (!partitions) throw new InternalError(`stage ${stage}, task ${task} delivered no pieces`);
  return partitions.flatMap(({ rows, range }, piece): Piece | readonly Piece[] => {
    if (rows === 0) return [];
    if (!range) throw new InternalError(`stage ${stage}, task ${task} did not say what piece ${piece} begins with`);
    return { first: { values: range.first, task, piece }, last: { values: range.last, task, piece }, rows };
  });
}

/** The pieces that can have some of the first `count` rows. */
function firstOnly(
  producers: readonly (readonly Piece[])[],
  count: number,
  compare: ComparePlaces,
): readonly (readonly Piece[])[] {
  let rows = 0;
  const ends = producers.flat().sort((a, b) => compare(a.last, b.last));
  const enough = ends.find((piece) => {
    rows += piece.rows;
    return rows >= count;
  });
  if (!enough) return producers;
  return producers.map((pieces) =>
    pieces.slice(
      0,
      firstWhere(pieces, ({ first }) => compare(first, enough.last) > 0),
    ),
  );
}

/** The `tasks` - 1 places that cut all rows into parts of about equal size. */
function chooseBounds(
  producers: readonly (readonly Piece[])[],
  tasks: number,
  compare: ComparePlaces,
): readonly Place[] {
  const pieces = producers.reduce((sum, { length }) => sum + length, 0);
  const together = Math.ceil(pieces / MAX_CANDIDATES);
  // Outputs of the same rows have the same bounds of pieces: of each, others are taken.
  const candidates = producers.flatMap((own, producer) => joined(own, together, producer % together));
  if (tasks === 1 || candidates.length === 0) return [];
  // Half of a piece's rows are thought of as being where it begins, half where it ends.
  const steps = candidates.flatMap(({ first, last, rows }) => [
    { place: first, half: rows / 2, begins: true },
    { place: last, half: rows / 2, begins: false },
  ]);
  steps.sort((a, b) => compare(a.place, b.place) || Number(b.begins) - Number(a.begins));
  const total = candidates.reduce((sum, { rows }) => sum + rows, 0);
  const bounds: Place[] = [];
  let before = 0;
  let nearest = { place: (steps[0] as { place: Place }).place, before: 0 };
  for (const { place, half, begins } of steps) {
    if (begins) {
      for (let target = targetOf(bounds.length); bounds.length < tasks - 1 && before >= target; ) {
        bounds.push(target - nearest.before < before - target ? nearest.place : place);
        target = targetOf(bounds.length);
      }
      nearest = { place, before };
    }
    before += half;
  }
  while (bounds.length < tasks - 1) bounds.push(nearest.place);
  return bounds;

  function targetOf(bound: number): number {
    return ((bound + 1) * total) / tasks;
  }
}

/** So many neighbours each taken for one piece, at the beginning only `ahead` of them. */
function joined(pieces: readonly Piece[], together: number, ahead: number): readonly Piece[] {
  if (together === 1) return pieces;
  const groups = Array.from({ length: Math.ceil((pieces.length + together - ahead) / together) }, (_, i) =>
    pieces.slice(Math.max(0, (i - 1) * together + ahead), i * together + ahead),
  );
  return groups
    .filter(({ length }) => length > 0)
    .map((group): Piece => {
      return {
        first: (group[0] as Piece).first,
        last: (group.at(-1) as Piece).last,
        rows: group.reduce((sum, { rows }) => sum + rows, 0),
      };
    });
}

/** The number of the first piece from `from` on that fulfils it, looked for nearby first; all behind that one do too. */
function firstWhere(pieces: readonly Piece[], holds: (piece: Piece) => boolean, from = 0): number {
  let low = from;
  let high = from;
  for (let step = 1; high < pieces.length && !holds(pieces[high] as Piece); step *= 2) {
    low = high + 1;
    high = Math.min(pieces.length, high + step);
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(pieces[middle] as Piece)) high = middle;
    else low = middle + 1;
  }
  return low;
}
