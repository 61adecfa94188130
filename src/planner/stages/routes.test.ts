import { describe, expect, it } from 'vitest';
import { oneLevel, type Reading, readings, tasksOf } from './routes.ts';
import type { PartitionRoute } from './stage-graph.ts';

const one = (task: number) => ({ from: task, to: task + 1 });

/** The levels of an exchange between `producers` tasks and the product of the factors. */
function levels(producers: number, factors: readonly number[]): readonly PartitionRoute[] {
  const partitions = factors.reduce((product, factor) => product * factor, 1);
  let from = { groups: producers, prefix: 1 };
  return factors.map((factor, level): PartitionRoute => {
    const prefix = from.prefix * factor;
    const to = { groups: level === factors.length - 1 ? 1 : partitions / prefix, prefix };
    const route = { kind: 'partitions', from, to } as const;
    from = to;
    return route;
  });
}

describe('readings', () => {
  it('of one level are the same partition of every producer', () => {
    expect(readings(oneLevel(3, 4), one(2))).toEqual([0, 1, 2].map((producer) => ({ producer, from: 2, to: 3 })));
  });

  it('of adjacent partitions are one slice of each producer', () => {
    expect(readings(oneLevel(2, 8), { from: 2, to: 5 })).toEqual(
      [0, 1].map((producer) => ({ producer, from: 2, to: 5 })),
    );
  });

  it('of partitions that lie in several coarse ones are a slice of each', () => {
    const [, last] = levels(4, [2, 2]) as [PartitionRoute, PartitionRoute];
    expect(readings(last, { from: 1, to: 3 })).toEqual([
      { producer: 0, from: 1, to: 2 },
      { producer: 2, from: 1, to: 2 },
      { producer: 1, from: 0, to: 1 },
      { producer: 3, from: 0, to: 1 },
    ]);
  });

  it('never cross groups', () => {
    const [first] = levels(4, [2, 2]) as [PartitionRoute];
    expect(() => readings(first, { from: 1, to: 3 })).toThrow('partitions of several groups in one task');
  });
});

/** Follows every row of every producer to where it ends: [partition, readings of all levels together]. */
function follow(
  producers: number,
  factors: readonly number[],
): { readonly delivered: readonly string[]; readonly gets: number } {
  const partitions = factors.reduce((product, factor) => product * factor, 1);
  let rows = Array.from({ length: producers }, (_, producer) =>
    Array.from({ length: partitions }, (_, p) => ({ producer, p })),
  );
  let divisor = partitions;
  let gets = 0;
  for (const route of levels(producers, factors)) {
    const factor = route.to.prefix / route.from.prefix;
    divisor /= factor;
    const written = rows.map((own) =>
      Array.from({ length: factor }, (_, digit) => own.filter(({ p }) => Math.floor(p / divisor) % factor === digit)),
    );
    rows = Array.from({ length: tasksOf(route.to) }, (_, task) => {
      const read: readonly Reading[] = readings(route, one(task));
      gets += read.length;
      return read.flatMap(({ producer, from }) => written[producer]?.[from] ?? []);
    });
  }
  return { delivered: rows.flatMap((own, task) => own.map(({ producer, p }) => `${producer} ${p} ${task}`)), gets };
}

describe('an exchange of P producers and P partitions', () => {
  it.each([
    [[16], 256],
    [[4, 4], 128],
    [[8, 8], 1_024],
    [[16, 16], 8_192],
    [[4, 4, 4], 768],
    [[2, 3, 4], 216],
    [[8, 8, 8], 12_288],
  ])('by factors %j brings every row to its partition once, with %i readings', (factors, gets) => {
    const count = factors.reduce((product, factor) => product * factor, 1);
    const followed = follow(count, factors);
    expect(followed.gets).toBe(gets);
    expect(followed.gets).toBe(factors.length === 1 ? count * count : count * factors.reduce((sum, f) => sum + f, 0));
    expect(new Set(followed.delivered).size).toBe(count * count);
    expect(followed.delivered).toHaveLength(count * count);
    for (const line of followed.delivered) expect(line.split(' ')[1]).toBe(line.split(' ')[2]);
  });

  it.each([
    [5, [4, 4]],
    [100, [4, 2]],
    [3, [2, 2, 2]],
  ])('works for %i producers too, by factors %j', (producers, factors) => {
    const partitions = factors.reduce((product, factor) => product * factor, 1);
    expect(new Set(follow(producers, factors).delivered).size).toBe(producers * partitions);
  });
});
