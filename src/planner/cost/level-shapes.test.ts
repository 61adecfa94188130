import { describe, expect, it } from 'vitest';
import { storageDollars, storePrices, US_EAST_1 } from '../../common/prices.ts';
import { tasksOf } from '../stages/routes.ts';
import { getsOf, type Levels, levelShapes, mostLevels, putsOf } from './level-shapes.ts';

const dollars = (producers: number, partitions: number, levels: Levels): number => {
  const shapes = levelShapes(producers, partitions, levels);
  const traffic = { put: putsOf(shapes), get: getsOf(shapes), written: 0, read: 0 };
  return storageDollars(storePrices(US_EAST_1, 'standard'), traffic);
};

describe('an exchange of P producers and P consumers, one object a task and level', () => {
  it.each([
    [64, ['0.0020', '0.0010', '0.0013']],
    [256, ['0.0275', '0.0058', '0.0058']],
    [1_024, ['0.425', '0.0365', '0.0279']],
    [4_096, ['6.731', '0.251', '0.140']],
  ])('costs, for P = %i, by 1, 2 and 3 levels, $ %j', (partitions, expected) => {
    const actual = ([1, 2, 3] as const).map((levels, i) =>
      dollars(partitions, partitions, levels).toFixed((expected[i] as string).length - 2),
    );
    expect(actual).toEqual(expected);
  });

  it.each([16, 64, 256, 1_024, 4_096])('asks with 2 levels for 2P√P GET and 2P PUT: P = %i', (partitions) => {
    const shapes = levelShapes(partitions, partitions, 2);
    expect([getsOf(shapes), putsOf(shapes)]).toEqual([2 * partitions * Math.sqrt(partitions), 2 * partitions]);
  });

  it.each([64, 512, 4_096])('asks with 3 levels for 3P∛P GET and 3P PUT: P = %i', (partitions) => {
    const shapes = levelShapes(partitions, partitions, 3);
    expect([getsOf(shapes), putsOf(shapes)]).toEqual([3 * partitions * Math.cbrt(partitions), 3 * partitions]);
  });
});

describe('an exchange of other numbers of producers', () => {
  it("has Starling's combiners: 5,120 producers, 1,280 consumers, 64 groups of 20", () => {
    const shapes = levelShapes(5_120, 1_280, 2);
    expect(shapes.slice(1, -1)).toEqual([{ groups: 64, prefix: 20 }]);
    expect(getsOf(shapes)).toBe(184_320);
    expect((getsOf(shapes) * US_EAST_1.request.GET).toFixed(3)).toBe('0.074');
  });

  it('has no more groups between than producers, and at least one', () => {
    for (const producers of [1, 2, 7, 40, 1_000]) {
      for (const partitions of [2, 3, 5, 17, 97, 256]) {
        for (const levels of [1, 2, 3] as const) {
          const shapes = levelShapes(producers, partitions, levels);
          expect(shapes).toHaveLength(Math.min(levels, mostLevels(partitions)) + 1);
          expect(shapes.map(tasksOf)).toEqual(shapes.map(({ groups, prefix }) => groups * prefix));
          expect([shapes[0], shapes.at(-1)]).toEqual([
            { groups: producers, prefix: 1 },
            { groups: 1, prefix: partitions },
          ]);
          for (const [i, shape] of shapes.slice(1).entries()) {
            expect(shape.groups).toBeGreaterThan(0);
            expect(shape.groups).toBeLessThanOrEqual(shapes[i]!.groups);
            expect(shape.prefix).toBeGreaterThan(shapes[i]!.prefix);
          }
        }
      }
    }
  });
});
