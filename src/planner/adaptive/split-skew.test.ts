import { describe, expect, it } from 'vitest';
import { stageId } from '../../common/ids.ts';
import type { JoinType, PhysicalPlan } from '../../operators/plan.ts';
import { merged } from './size-tasks.ts';
import { isDivisible, splitSkew } from './split-skew.ts';

const source = (stage: number): PhysicalPlan => ({ kind: 'exchangeSource', stage: stageId(stage), columns: [] });
const join = (type: JoinType): PhysicalPlan => ({
  kind: 'join',
  type,
  left: source(0),
  right: source(1),
  keys: [],
  residual: null,
  mark: null,
  columns: [],
});
const aggregate = (phase: 'partial' | 'single', input: PhysicalPlan): PhysicalPlan => ({
  kind: 'aggregate',
  phase,
  input,
  groups: [],
  groupingSets: null,
  aggregates: [],
  columns: [],
});

describe('merged', () => {
  it('takes adjacent partitions together until a task has its bytes', () => {
    expect(merged([10, 10, 10, 10], 20)).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 4 },
    ]);
    expect(merged([1, 1, 1, 1], 100)).toEqual([{ from: 0, to: 4 }]);
    expect(merged([0, 0], 100)).toEqual([{ from: 0, to: 2 }]);
    expect(merged([50, 50], 50)).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 2 },
    ]);
  });

  it('leaves no partition out and takes none twice', () => {
    const bytes = [3, 900, 1, 1, 40, 0, 7, 300, 300, 2];
    const slices = merged(bytes, 200);
    expect(slices[0]?.from).toBe(0);
    expect(slices.at(-1)?.to).toBe(bytes.length);
    for (const [i, { from }] of slices.entries()) if (i > 0) expect(from).toBe(slices[i - 1]?.to);
  });
});

describe('isDivisible', () => {
  it.each([
    ['inner', true, true],
    ['left', true, false],
    ['right', false, true],
    ['full', false, false],
    ['semi', true, false],
    ['anti', true, false],
    ['rightSemi', false, true],
    ['rightAnti', false, true],
    ['nullAwareAnti', true, false],
    ['mark', true, false],
  ] as const)('a %s join by its left side: %s, by its right side: %s', (type, left, right) => {
    expect([isDivisible(join(type), stageId(0)), isDivisible(join(type), stageId(1))]).toEqual([left, right]);
  });

  it('partial groups are, whole ones are not, and no source that is read twice', () => {
    expect(isDivisible(aggregate('partial', join('inner')), stageId(0))).toBe(true);
    expect(isDivisible(aggregate('single', join('inner')), stageId(0))).toBe(false);
    expect(isDivisible({ ...join('inner'), right: source(0) } as PhysicalPlan, stageId(0))).toBe(false);
  });
});

describe('splitSkew', () => {
  const PRODUCERS = 16;
  /** Half of all rows are in partition 3 of 8. */
  const probe = Array.from({ length: 8 }, (_, partition) =>
    Array.from({ length: PRODUCERS }, () => ({
      rows: partition === 3 ? 7000 : 1000,
      bytes: partition === 3 ? 70_000 : 10_000,
    })),
  );
  const build = Array.from({ length: 8 }, () => [{ rows: 500, bytes: 5000 }]);
  const byInput = new Map([
    [stageId(0), probe],
    [stageId(1), build],
  ]);
  const slices = probe.map((_, i) => ({ from: i, to: i + 1 }));
  const inputs = [stageId(0), stageId(1)].map((stage) => ({ stage, route: { kind: 'all' as const } }));

  it('with half of all rows on one key no task reads more than twice the rows of the median task', () => {
    const tasks = splitSkew({ plan: join('inner'), inputs }, slices, byInput, 100_000);
    const rows = tasks.map(({ partitions, share }) => {
      const { from } = partitions as { from: number };
      const parts = (probe[from] ?? []).filter((_, i) => !share || i % share.of === share.index);
      return parts.reduce((sum, part) => sum + part.rows, 0) + 500;
    });
    const median = [...rows].sort((a, b) => a - b)[Math.floor(rows.length / 2)] as number;
    expect(Math.max(...rows) / median).toBeLessThanOrEqual(2);
    expect(tasks.filter(({ share }) => share)).toHaveLength(6);
  });

  it('leaves a join as it is that must see all rows of a key at once', () => {
    const tasks = splitSkew({ plan: join('full'), inputs }, slices, byInput, 100_000);
    expect(tasks).toEqual(slices.map((partitions) => ({ partitions })));
  });
});
