import { describe, expect, it } from 'vitest';
import { column, ref } from '../../../test/oracle/expr-builder.ts';
import { seededRandom } from '../../common/clock.ts';
import { type StageId, stageId } from '../../common/ids.ts';
import { BIGINT } from '../../common/types.ts';
import { getsOf, type Levels, levelShapes, putsOf } from '../cost/level-shapes.ts';
import { levelOf, withLevels } from './levels.ts';
import { oneLevel, readings } from './routes.ts';
import { type ExchangeChoice, type Stage, type StageGraph, stageOf } from './stage-graph.ts';

const key = column(1, 'k', BIGINT);
const inline: ExchangeChoice = { medium: 'inline', compression: null };
const objects: ExchangeChoice = { medium: 'objects', compression: 'lz4' };

const source = (stage: StageId) => ({ kind: 'exchangeSource', stage, columns: [key] }) as const;
const stage = (id: number, tasks: number, partitions: number, inputs: Stage['inputs'] = []): Stage => ({
  id: stageId(id),
  plan:
    inputs.length > 0
      ? {
          kind: 'setOperation',
          operation: 'union',
          all: true,
          inputs: inputs.map((input) => source(input.stage)),
          columns: [key],
        }
      : { kind: 'values', rows: [], columns: [key] },
  inputs,
  output:
    partitions === 0 ? { kind: 'whole' } : { kind: 'hash', keys: [ref(key)], of: partitions, divisor: 1, partitions },
  exchange: inline,
  after: [],
  tasks: Array.from({ length: tasks }, () => ({ scans: {} })),
  scans: [],
  estimatedRows: [100],
  enough: null,
});

/** Stages 0 and 1 write by partition; 2 reads both, 3 reads 0 too. */
function exchange(producers: number, others: number, partitions: number): StageGraph {
  const [left, right] = [oneLevel(producers, partitions), oneLevel(others, partitions)];
  return {
    stages: [
      stage(0, producers, partitions),
      stage(1, others, partitions),
      stage(2, partitions, 0, [
        { stage: stageId(0), route: left },
        { stage: stageId(1), route: right },
      ]),
      stage(3, partitions, 0, [{ stage: stageId(0), route: left }]),
    ],
  };
}

interface Row {
  readonly origin: string;
  readonly p: number;
}

/** Runs the graph over rows with every partition number from every first producer; rows each task of a stage reads. */
function run(graph: StageGraph): {
  readonly read: ReadonlyMap<StageId, readonly (readonly Row[])[]>;
  readonly gets: number;
} {
  const read = new Map<StageId, readonly (readonly Row[])[]>();
  const written = new Map<StageId, readonly (readonly (readonly Row[])[])[]>();
  let gets = 0;
  for (const one of graph.stages) {
    const rows = one.tasks.map((_, task): readonly Row[] => {
      if (one.inputs.length === 0) {
        const of = one.output.kind === 'hash' ? one.output.of : 0;
        return Array.from({ length: of }, (__, p) => ({ origin: `${one.id}.${task}`, p }));
      }
      return one.inputs.flatMap(({ stage: input, route }) => {
        if (route.kind !== 'partitions') throw new Error('a partitioned route is wanted');
        const slices = readings(route, { from: task, to: task + 1 });
        gets += slices.length;
        return slices.flatMap(({ producer, from }) => written.get(input)?.[producer]?.[from] ?? []);
      });
    });
    read.set(one.id, rows);
    const { output } = one;
    if (output.kind !== 'hash') continue;
    written.set(
      one.id,
      rows.map((own) =>
        Array.from({ length: output.partitions }, (_, digit) =>
          own.filter(({ p }) => Math.floor(p / output.divisor) % output.partitions === digit),
        ),
      ),
    );
  }
  return { read, gets };
}

const texts = (rows: readonly Row[]) => rows.map(({ origin, p }) => `${origin} ${p}`).sort();

describe('withLevels', () => {
  it('brings each row of any number of producers once to its partition, through each number of levels', () => {
    const random = seededRandom(5);
    const upTo = (most: number) => 1 + Math.floor(random.next() * most);
    for (let round = 0; round < 60; round++) {
      const [producers, others, partitions] = [upTo(40), upTo(12), 1 + upTo(60)];
      const flat = exchange(producers, others, partitions);
      const [a, b] = [upTo(3) as Levels, upTo(3) as Levels];
      const [left, right] = [levelShapes(producers, partitions, a), levelShapes(others, partitions, b)];
      const levelled = withLevels(withLevels(flat, stageId(0), left, objects), stageId(1), right, inline);
      const [expected, actual] = [run(flat).read, run(levelled)];
      for (const id of [2, 3].map(stageId)) {
        const [want, got] = [expected.get(id), actual.read.get(id)];
        expect(got?.map(texts), `${producers}, ${others} -> ${partitions} by ${a}, ${b} levels`).toEqual(
          want?.map(texts),
        );
      }
      // Stages 2 and 3 read the last level of the first exchange, each for itself.
      const last = left.at(-2)!.groups * partitions;
      expect(actual.gets).toBe(getsOf(left) + last + getsOf(right));
      expect(levelled.stages.slice(0, -2).reduce((sum, { tasks }) => sum + tasks.length, 0)).toBe(
        putsOf(left) + putsOf(right),
      );
    }
  });

  it('puts the stages between behind the producer, by ids that are new, and readers on them', () => {
    const graph = withLevels(exchange(16, 2, 16), stageId(0), levelShapes(16, 16, 2), objects);
    expect(graph.stages.map(({ id }) => id)).toEqual([0, 4, 1, 2, 3]);
    const between = stageOf(graph, stageId(4));
    expect(between).toEqual({
      id: 4,
      plan: source(stageId(0)),
      inputs: [
        { stage: 0, route: { kind: 'partitions', from: { groups: 16, prefix: 1 }, to: { groups: 4, prefix: 4 } } },
      ],
      output: { kind: 'hash', keys: [ref(key)], of: 16, divisor: 1, partitions: 4 },
      exchange: objects,
      after: [],
      tasks: Array.from({ length: 16 }, () => ({ scans: {} })),
      scans: [],
      estimatedRows: [100],
      enough: null,
    });
    expect(stageOf(graph, stageId(0))).toMatchObject({ output: { divisor: 4, partitions: 4 }, exchange: objects });
    expect(stageOf(graph, stageId(2)).plan).toMatchObject({ inputs: [source(stageId(4)), source(stageId(1))] });
    expect(graph.stages.map((one) => levelOf(graph, one))).toEqual([
      { level: 1, levels: 2 },
      { level: 2, levels: 2 },
      { level: 1, levels: 1 },
      { level: 1, levels: 1 },
      { level: 1, levels: 1 },
    ]);
    const named = withLevels(exchange(16, 2, 16), stageId(0), levelShapes(16, 16, 3), objects, (producer, level) =>
      stageId(100 * (producer + 1) + level),
    );
    expect(named.stages.map(({ id }) => id)).toEqual([0, 101, 102, 1, 2, 3]);
    expect(levelOf(named, stageOf(named, stageId(101)))).toEqual({ level: 2, levels: 3 });
  });

  it('does not put levels into levels, nor into what is not partitioned by keys', () => {
    const graph = withLevels(exchange(16, 2, 16), stageId(0), levelShapes(16, 16, 2), objects);
    for (const id of [0, 2].map(stageId)) {
      expect(() => withLevels(graph, id, levelShapes(16, 16, 2), objects)).toThrow(
        `stage ${id} has no exchange of one level`,
      );
    }
  });
});
