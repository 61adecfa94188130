import { assertNever, InternalError } from '../../common/errors.ts';
import { taskId } from '../../common/ids.ts';
import { manifestSlice } from '../../exchange/manifest.ts';
import type { ExchangeInput, Manifest, PartitionSlice, PendingProducers } from '../../operators/task.ts';
import { type RangeReading, rangeReadings } from '../../planner/stages/range-bounds.ts';
import { type Reading, readings } from '../../planner/stages/routes.ts';
import type { RangeRoute, Stage, StageInput, StageOutput } from '../../planner/stages/stage-graph.ts';

/** What a stage that has begun has delivered so far. */
export interface Produced {
  readonly stage: Stage;
  /** By task; null: not there. */
  readonly outputs: readonly (Manifest | null)[];
  /** No more will come: what is not there now is not wanted. */
  readonly complete: boolean;
}

/** What one stage delivers to the task of that number: all of it, or what the task's route says; of a producer that still runs later. */
export type InputOf = (task: number) => ExchangeInput;

export function inputOf(reader: Stage, input: StageInput, produced: Produced): InputOf {
  const { route } = input;
  let ranges: readonly RangeReading[] | null = null;
  return (task) => {
    if (route.kind !== 'range') return gathered(taskReadings(reader, input, task, produced.stage), produced);
    ranges ??= rangesOf(route, reader, produced);
    const { range, readings: parts } = ranges[task] as RangeReading;
    return { ...gathered(parts, produced), range };
  };
}

/** Producers that a task reads, in order; null: all that a producer wrote. */
type Part = Pick<Reading, 'producer'> & { readonly slice: PartitionSlice | null };

/** Which producers a task reads, and what of each; the same whatever they deliver. */
export function taskReadings(
  reader: Stage,
  { stage, route }: StageInput,
  task: number,
  producer: Stage,
): readonly Part[] {
  const { partitions, share } = reader.tasks[task] ?? {};
  const all = partsOf();
  return share?.stage === stage ? all.filter((_, i) => i % share.of === share.index) : all;

  function partsOf(): readonly Part[] {
    switch (route.kind) {
      case 'all':
        return producer.tasks.map((_, index) => ({ producer: index, slice: wholeOf(producer.output) }));
      case 'partitions':
        return readings(route, partitions ?? { from: task, to: task + 1 }).map(({ producer: index, from, to }) => ({
          producer: index,
          slice: { from, to },
        }));
      case 'range':
        throw new InternalError(`what stage ${reader.id} reads of stage ${stage} depends on its rows`);
      default:
        return assertNever(route);
    }
  }
}

const wholeOf = (output: StageOutput): PartitionSlice | null =>
  output.kind === 'whole' ? null : { from: 0, to: output.partitions };

function rangesOf(route: RangeRoute, reader: Stage, { stage, outputs, complete }: Produced): readonly RangeReading[] {
  const all = outputs.flatMap((output) => output ?? []);
  if (!complete || all.length !== outputs.length)
    throw new InternalError(`stage ${reader.id} reads ranges of stage ${stage.id}, which is not complete`);
  return rangeReadings(route, all, reader.tasks.length);
}

function gathered(parts: readonly (Part | Reading)[], produced: Produced): ExchangeInput {
  const manifests: Manifest[] = [];
  const missing: Part[] = [];
  for (const part of parts) {
    const slice = 'slice' in part ? part.slice : part;
    const output = produced.outputs[part.producer];
    if (output === undefined)
      throw new InternalError(`stage ${produced.stage.id} has no task ${part.producer} that could be read`);
    const read = output && (slice ? manifestSlice(output, slice) : output);
    if (read) manifests.push(read);
    else if (!output && !produced.complete) missing.push({ producer: part.producer, slice });
  }
  const pending = pendingOf(missing);
  return { manifests, ...(pending && { pending }) };
}

function pendingOf(parts: readonly Part[]): PendingProducers | null {
  const [first] = parts;
  if (!first) return null;
  if (!parts.every(({ slice }) => sameSlice(slice, first.slice)))
    throw new InternalError('a task that reads different partitions of its producers began before they had ended');
  return { tasks: parts.map(({ producer }) => taskId(producer)), partitions: first.slice };
}

const sameSlice = (a: PartitionSlice | null, b: PartitionSlice | null): boolean =>
  a === b || (a !== null && b !== null && a.from === b.from && a.to === b.to);
