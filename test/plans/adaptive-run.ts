import { fromWireError } from '../../src/common/errors.ts';
import { attemptId, newQueryId, type StageId, taskId } from '../../src/common/ids.ts';
import type { Value } from '../../src/common/types.ts';
import type { Cloud } from '../../src/driver/cloud.ts';
import { RequestMeter } from '../../src/driver/request-meter.ts';
import { QueryResult } from '../../src/driver/result.ts';
import { inputOf } from '../../src/driver/schedule/stage-inputs.ts';
import { bodySize } from '../../src/exchange/manifest.ts';
import type { Column } from '../../src/operators/expr/expr.ts';
import { fieldOf } from '../../src/operators/expr/expr.ts';
import { type ExchangeInput, type Manifest, PROTOCOL_VERSION, type Task } from '../../src/operators/task.ts';
import type { AdaptiveGraph, Decision } from '../../src/planner/adaptive/adaptive-graph.ts';
import { type Stage, stageOf } from '../../src/planner/stages/stage-graph.ts';

export interface AdaptiveRun {
  readonly rows: readonly (readonly Value[])[];
  readonly decisions: readonly Decision[];
  /** Bytes that exchanges took in, and gave to readers. */
  readonly written: number;
  readonly read: number;
  /** By stage: rows that each task read through exchanges. */
  readonly taskRows: ReadonlyMap<StageId, readonly number[]>;
  readonly stages: readonly Stage[];
}

export interface RunOptions {
  readonly cloud: Cloud;
  readonly columns: readonly Column[];
  /** Which of the stages that have begun ends next; default: the first one. */
  readonly pick?: (stages: readonly Stage[]) => Stage;
  /** What the planner is told that a stage delivered. */
  readonly shown?: (stage: Stage, outputs: readonly Manifest[]) => readonly Manifest[];
}

const BYTES = 512 * 1024 * 1024;

/** Runs the stages as a scheduler would that starts each as soon as it may: all that is ready has begun before the next one ends. */
export async function runAdaptive(adaptive: AdaptiveGraph, options: RunOptions): Promise<AdaptiveRun> {
  const { cloud, pick = ([first]) => first as Stage, shown = (_, outputs) => outputs } = options;
  const query = newQueryId(cloud.clock, cloud.random);
  const { signal } = new AbortController();
  const outputs = new Map<StageId, readonly Manifest[]>();
  const begun = new Map<StageId, Stage>();
  const decisions: Decision[] = [];
  const taskRows = new Map<StageId, readonly number[]>();
  const sum = { written: 0, read: 0 };
  for (;;) {
    const result = adaptive.graph.stages.at(-1) as Stage;
    for (const { id } of adaptive.graph.stages) {
      const stage = stageOf(adaptive.graph, id);
      const isReady = [...stage.inputs.map((input) => input.stage), ...stage.after].every((each) => outputs.has(each));
      if (!isReady || begun.has(id)) continue;
      adaptive.began(id);
      begun.set(id, stageOf(adaptive.graph, id));
    }
    const running = [...begun.values()].filter(({ id }) => !outputs.has(id));
    if (running.length === 0) throw new Error('no stage can begin');
    const stage = pick(running);
    const inputs = stage.inputs.map((input) => {
      const producer = begun.get(input.stage) as Stage;
      return [
        input.stage,
        inputOf(stage, input, { stage: producer, outputs: outputs.get(input.stage) ?? [], complete: true }),
      ] as const;
    });
    const ended: Manifest[] = [];
    const rows: number[] = [];
    for (const [index, { scans }] of stage.tasks.entries()) {
      const exchanges: Record<number, ExchangeInput> = {};
      for (const [id, of] of inputs) exchanges[id] = of(index);
      const read = Object.values(exchanges).flatMap(({ manifests }) => manifests);
      sum.read += read.reduce((total, manifest) => total + bodySize(manifest), 0);
      rows.push(read.reduce((total, manifest) => total + manifest.rows, 0));
      const task: Task = {
        version: PROTOCOL_VERSION,
        query,
        stage: stage.id,
        task: taskId(index),
        attempt: attemptId(0),
        plan: stage.plan,
        scans,
        exchanges,
        output: {
          uri: `${cloud.scratch}${query}/stage-${stage.id}/task-${index}.arrow`,
          maxInlineBytes: 1 << 20,
          ...(stage.output.kind !== 'whole' && { partitioning: stage.output }),
        },
        storage: cloud.storage,
        budget: { memoryBytes: BYTES, deadline: cloud.clock.now() + 600_000 },
      };
      const { outcome } = await cloud.invoker.invoke(task, { signal, wrote: () => undefined });
      if (!outcome.ok) throw fromWireError(outcome.error);
      ended.push(outcome.manifest);
      if (stage.id !== result.id) sum.written += bodySize(outcome.manifest);
    }
    outputs.set(stage.id, ended);
    taskRows.set(stage.id, rows);
    decisions.push(...adaptive.ended(stage.id, shown(stage, ended)));
    if (stage.id === result.id) {
      const rows = await valuesOf(ended, options);
      return { rows, decisions, ...sum, taskRows, stages: [...begun.values()] };
    }
  }
}

async function valuesOf(manifests: readonly Manifest[], { cloud, columns }: RunOptions) {
  const result = new QueryResult(columns.map(fieldOf), {
    manifests,
    stores: cloud.stores,
    meter: new RequestMeter(),
    signal: new AbortController().signal,
    report: () => {
      throw new Error('no report is made');
    },
    end: async () => undefined,
  });
  const rows: (readonly Value[])[] = [];
  for await (const row of result.values()) rows.push(row);
  return rows;
}
