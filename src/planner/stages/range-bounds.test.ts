import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { attemptId, stageId, taskId } from '../../common/ids.ts';
import { INTEGER, type Value } from '../../common/types.ts';
import type { ColumnId } from '../../operators/expr/expr.ts';
import type { SortKey } from '../../operators/plan.ts';
import { compareKeys } from '../../operators/sort/sorted-order.ts';
import type { Manifest, ManifestPartition, RangeBound } from '../../operators/task.ts';
import { type RangeReading, rangeReadings, rangeTasks } from './range-bounds.ts';

const key = (descending = false, nullsFirst = false): SortKey => ({
  expr: { kind: 'column', id: 1 as ColumnId, name: 'k', type: INTEGER },
  descending,
  nullsFirst,
});
const ASCENDING = { keys: [key()], first: null };

/** Sorted rows of one key, in pieces. */
type Output = readonly (readonly Value[])[];

function manifest(pieces: Output, task: number): Manifest {
  const partitions = pieces.map((rows): ManifestPartition => {
    const range = { first: [rows[0] as Value], last: [rows.at(-1) as Value] };
    return { rows: rows.length, offset: 0, length: rows.length, ...(rows.length > 0 && { range }) };
  });
  const rows = pieces.flat().length;
  const body = { kind: 'inline', bytes: new Uint8Array() } as const;
  return { stage: stageId(1), task: taskId(task), attempt: attemptId(0), rows, body, partitions };
}

/** Pieces of so many rows. */
const cut = (rows: readonly Value[], size: number): Output =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size));

/** The rows that a task keeps of what it reads, as [key, producer]; equal keys stay in the order of the producers. */
function rowsOf({ range, readings }: RangeReading, outputs: readonly Output[]): (readonly [Value, number])[] {
  const order = compareKeys(range.keys.map(({ expr, ...rest }) => ({ type: expr.type, ...rest })));
  const behind = (value: Value, task: number, bound: RangeBound) => order([value], bound.values) || task - bound.task;
  const rows = readings.flatMap(({ producer, from, to }) =>
    (outputs[producer] as Output)
      .slice(from, to)
      .flat()
      .filter((value) => range.from === null || behind(value, producer, range.from) >= 0)
      .filter((value) => range.to === null || behind(value, producer, range.to) <= 0)
      .map((value) => [value, producer] as const),
  );
  return rows.sort((a, b) => order([a[0]], [b[0]]) || a[1] - b[1]);
}

const divided = (outputs: readonly Output[], tasks: number, route = ASCENDING) =>
  rangeReadings(route, outputs.map(manifest), tasks).map((reading) => rowsOf(reading, outputs));

const numbers = (count: number, of: (i: number) => number = (i) => i) => Array.from({ length: count }, (_, i) => of(i));

describe('ranges of sorted outputs', () => {
  it('are about equal, each row in one of them, in order', () => {
    const outputs = [0, 1, 2, 3].map((task) =>
      cut(
        numbers(100, (i) => 4 * i + task),
        10,
      ),
    );
    const parts = divided(outputs, 4);
    expect(parts.flat().map(([value]) => value)).toEqual(numbers(400));
    for (const { length } of parts) expect(Math.abs(length - 100)).toBeLessThanOrEqual(20);
  });

  it('divide rows with equal keys, in the order of their producers', () => {
    const outputs = [0, 1, 2].map(() =>
      cut(
        numbers(40, () => 7),
        5,
      ),
    );
    const parts = divided(outputs, 4);
    expect(parts.flat()).toEqual([0, 1, 2].flatMap((task) => numbers(40).map(() => [7, task])));
    for (const { length } of parts) expect(length).toBe(30);
  });

  it('hold every row once, whatever the keys, the pieces and the tasks', () => {
    const random = seededRandom(11);
    const upTo = (most: number) => Math.floor(random.next() * (most + 1));
    for (let round = 0; round < 300; round++) {
      const [descending, nullsFirst] = [upTo(1) === 1, upTo(1) === 1];
      const order = compareKeys([{ type: INTEGER, descending, nullsFirst }]);
      const distinct = upTo(30);
      const outputs = numbers(1 + upTo(6)).map((): Output => {
        const rows = numbers(upTo(40)).map((): Value => (upTo(9) === 0 ? null : upTo(distinct)));
        const pieces = cut(
          rows.sort((a, b) => order([a], [b])),
          1 + upTo(7),
        );
        return upTo(2) === 0 ? [[], ...pieces, []] : pieces;
      });
      const all = outputs.flatMap((pieces, task) => pieces.flat().map((value) => [value, task] as const));
      const sorted = all.toSorted((a, b) => order([a[0]], [b[0]]) || a[1] - b[1]);
      const route = { keys: [key(descending, nullsFirst)], first: null };
      expect(divided(outputs, 1 + upTo(9), route).flat()).toEqual(sorted);
    }
  });

  it('read of the first rows only the pieces that can have them', () => {
    const outputs = [0, 1].map((task) =>
      cut(
        numbers(100, (i) => 2 * i + task),
        10,
      ),
    );
    const readings = rangeReadings({ keys: [key()], first: 30 }, outputs.map(manifest), 2);
    expect(new Set(readings.flatMap((one) => one.readings.flatMap(({ from, to }) => [from, to - 1])))).toEqual(
      new Set([0, 1]),
    );
    const rows = readings.flatMap((one) => rowsOf(one, outputs)).map(([value]) => value);
    expect(rows.slice(0, 30)).toEqual(numbers(30));
  });

  it('are chosen from neighbours together when there are very many pieces', () => {
    const outputs = numbers(40).map((task) =>
      cut(
        numbers(512, (i) => 40 * i + task),
        1,
      ),
    );
    const parts = divided(outputs, 16);
    expect(parts.flat().map(([value]) => value)).toEqual(numbers(40 * 512));
    for (const { length } of parts) expect(Math.abs(length - 1_280)).toBeLessThan(100);
  });

  it('may be more than there are rows, and of none are empty', () => {
    expect(divided([cut([1, 2], 1)], 5).flat()).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect(rangeReadings(ASCENDING, [manifest([], 0), manifest([[]], 1)], 2)).toEqual([
      { range: { keys: [key()], from: null, to: null }, readings: [] },
      { range: { keys: [key()], from: null, to: null }, readings: [] },
    ]);
  });

  it('need to be told of every piece with rows what it begins and ends with', () => {
    const { partitions: _, ...whole } = manifest([[1]], 3);
    expect(() => rangeReadings(ASCENDING, [whole], 2)).toThrow('stage 1, task 3 delivered no pieces');
    const untold = { ...whole, partitions: [{ rows: 1, offset: 0, length: 1 }] };
    expect(() => rangeReadings(ASCENDING, [untold], 2)).toThrow('stage 1, task 3 did not say what piece 0 begins with');
  });
});

it('as many tasks divide sorted outputs as have so many bytes each, and one at least', () => {
  const outputs = [manifest(cut(numbers(100), 10), 0), { ...manifest([], 1), partitions: [] }];
  const ends = outputs.map((output) => ({
    ...output,
    partitions: output.partitions?.map((piece, i) => ({ ...piece, offset: i * 10 })) ?? [],
  }));
  expect([rangeTasks(ends, 10), rangeTasks(ends, 30), rangeTasks(ends, 1e9), rangeTasks([], 10)]).toEqual([
    10, 4, 1, 1,
  ]);
});
