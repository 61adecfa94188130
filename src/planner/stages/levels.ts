import { InternalError } from '../../common/errors.ts';
import { type StageId, stageId } from '../../common/ids.ts';
import { mapChildren, type PhysicalPlan } from '../../operators/plan.ts';
import { factorOf, tasksOf } from './routes.ts';
import {
  type ExchangeChoice,
  type LevelShape,
  type PartitionRoute,
  type Stage,
  type StageGraph,
  type StageInput,
  stageOf,
} from './stage-graph.ts';

/** Gives a stage between two levels its id. `level` counts from 1. */
export type NewStageId = (producer: StageId, level: number) => StageId;

/** The ids after the largest one. */
export function idsAfter({ stages }: StageGraph): NewStageId {
  let next = stages.reduce((most, { id }) => Math.max(most, id + 1), 0);
  return () => stageId(next++);
}

/**
 * The exchange behind a stage by more levels than one: each level decides one digit of the partition number, and the stages between hand
 * on what they read (Lambada, SIGMOD 2020, section 4.4). All readers read the last level.
 *
 * @param shapes producers, the tasks between, consumers
 */
export function withLevels(
  graph: StageGraph,
  producer: StageId,
  shapes: readonly LevelShape[],
  choice: ExchangeChoice,
  newId: NewStageId = idsAfter(graph),
): StageGraph {
  const stage = stageOf(graph, producer);
  const { output } = stage;
  if (output.kind !== 'hash' || output.divisor !== 1 || output.partitions !== output.of)
    throw new InternalError(`stage ${producer} has no exchange of one level`);
  const partitions = output.of;
  const routes = routesOf(shapes);
  const chain: Stage[] = [];
  for (const [i, route] of routes.entries()) {
    const factor = factorOf(route);
    const divisor = routes.slice(i + 1).reduce((product, later) => product * factorOf(later), 1);
    const hash = { kind: 'hash' as const, keys: output.keys, of: partitions, divisor, partitions: factor };
    if (i === 0) {
      chain.push({ ...stage, output: hash, exchange: choice });
      continue;
    }
    const before = chain.at(-1) as Stage;
    chain.push({
      id: newId(producer, i),
      plan: { kind: 'exchangeSource', stage: before.id, columns: stage.plan.columns },
      inputs: [{ stage: before.id, route: routes[i - 1] as PartitionRoute }],
      output: hash,
      exchange: choice,
      after: [],
      tasks: Array.from({ length: tasksOf(route.from) }, () => ({ scans: {} })),
      scans: [],
      estimatedRows: [stage.estimatedRows[0] ?? null],
      enough: null,
    });
  }
  const last = chain.at(-1) as Stage;
  const route = routes.at(-1) as PartitionRoute;
  return {
    stages: graph.stages.flatMap((one) => (one.id === producer ? chain : readingFrom(one, producer, last.id, route))),
  };
}

const routesOf = (shapes: readonly LevelShape[]): readonly PartitionRoute[] =>
  shapes.slice(1).map((to, i) => ({ kind: 'partitions', from: shapes[i] as LevelShape, to }));

/** The stage with another input in place of one; itself when it does not read that one. */
function readingFrom(reader: Stage, from: StageId, to: StageId, route: PartitionRoute): Stage {
  if (!reader.inputs.some(({ stage }) => stage === from)) return reader;
  const inputs = reader.inputs.map((input): StageInput => (input.stage === from ? { stage: to, route } : input));
  return { ...reader, inputs, plan: withSource(reader.plan, from, to) };
}

function withSource(plan: PhysicalPlan, from: StageId, to: StageId): PhysicalPlan {
  if (plan.kind === 'exchangeSource') return plan.stage === from ? { ...plan, stage: to } : plan;
  return mapChildren(plan, (input) => withSource(input, from, to));
}

/** Which level of how many the output of a stage is. */
export interface LevelOf {
  readonly level: number;
  readonly levels: number;
}

/** What is not partitioned by keys has one level. */
export function levelOf(graph: StageGraph, stage: Stage): LevelOf {
  const before = (one: Stage): number => (isBetween(graph, one) ? 1 + before(inputOf(graph, one)) : 0);
  const behind = (one: Stage): number => {
    const next = readersOf(graph, one.id).find((reader) => isBetween(graph, reader));
    return next ? 1 + behind(next) : 0;
  };
  const level = before(stage) + 1;
  return { level, levels: level + behind(stage) };
}

const inputOf = (graph: StageGraph, { inputs }: Stage): Stage => stageOf(graph, (inputs[0] as StageInput).stage);

/** Whether the stage only hands on what it reads, by the next digit of the partition number. */
export function isBetween(graph: StageGraph, { plan, inputs, output }: Stage): boolean {
  if (plan.kind !== 'exchangeSource' || inputs.length !== 1 || output.kind !== 'hash') return false;
  const before = stageOf(graph, (inputs[0] as StageInput).stage).output;
  return before.kind === 'hash' && before.of === output.of && before.divisor > output.divisor;
}

export const readersOf = ({ stages }: StageGraph, id: StageId): readonly Stage[] =>
  stages.filter(({ inputs }) => inputs.some(({ stage }) => stage === id));
