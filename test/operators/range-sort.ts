import { expect } from 'vitest';
import { attemptId, stageId, taskId } from '../../src/common/ids.ts';
import type { Value } from '../../src/common/types.ts';
import { decodeWire, encodeWire } from '../../src/common/wire.ts';
import { fetchBody, manifestBatches, manifestSlice, writeOutput } from '../../src/exchange/manifest.ts';
import { outputSink } from '../../src/exchange/output-sink.ts';
import { RangeFilter } from '../../src/exchange/range-filter.ts';
import { fieldOf } from '../../src/operators/expr/expr.ts';
import type { MorselStreamOptions } from '../../src/operators/fixtures/morsels.ts';
import { batchOfMorsel, morselsOfBatch } from '../../src/operators/morsel-batches.ts';
import type { SortPlan } from '../../src/operators/plan.ts';
import { executeSort } from '../../src/operators/sort/execute-sort.ts';
import { OperatorRun, type Row } from '../../src/operators/sort/fixtures/run-operator.ts';
import type { ExchangeRange, Manifest } from '../../src/operators/task.ts';
import { type RangeReading, rangeReadings } from '../../src/planner/stages/range-bounds.ts';
import { MemoryObjectStore } from '../../src/storage/memory.ts';
import { Arena } from '../../src/wasm/arena.ts';
import { liveRows, type Morsel } from '../../src/wasm/morsel.ts';
import type { Batch } from '../../src/wasm/vector.ts';

export interface RangeSortOptions {
  /** Pieces of every producer's output. */
  readonly pieces: number;
  readonly consumers: number;
  /** Bodies in messages, or as objects in a store. */
  readonly inline: boolean;
  readonly operatorBytes?: number;
  /** How the rows of the producers come. */
  readonly input?: MorselStreamOptions;
  /** So many of the first rows are wanted. */
  readonly first?: number;
}

export interface RangeSorted {
  /** What each consumer delivers. */
  readonly parts: readonly (readonly Row[])[];
  readonly manifests: readonly Manifest[];
  /** GETs of each consumer, and rows that it read. */
  readonly read: readonly { readonly gets: number; readonly rows: number }[];
}

/** A sort over tasks that each have some of the rows: what the stages of a distributed ORDER BY do. */
export async function rangeSort(
  plan: SortPlan,
  producers: readonly (readonly Row[])[],
  options: RangeSortOptions,
): Promise<RangeSorted> {
  const store = new MemoryObjectStore();
  const resolve = (uri: string) => ({ store, location: { bucket: 'b', key: uri } });
  const { pieces, consumers, inline, operatorBytes = 1e9, input, first = null } = options;
  const manifests = await Promise.all(
    producers.map(async (rows, task) => {
      const run = new OperatorRun({ operatorBytes, inputs: [input ?? {}] });
      const partitioning = { kind: 'range', keys: plan.keys, partitions: pieces } as const;
      const sink = outputSink(run.context, plan.columns, partitioning);
      const sorted = executeSort(plan, run.input(plan.input, 0, rows), run.context);
      const arena = new Arena({ memory: run.memory });
      for await (const morsel of sorted) {
        if (liveRows(morsel) > 0) sink.add(batchOfMorsel(arena, plan.columns.map(fieldOf), morsel));
        arena.reset();
      }
      const output = sink.finish();
      sink.free();
      expect(run.memory.used).toBe(0);
      const of = { stage: stageId(0), task: taskId(task), attempt: attemptId(0) };
      const target = { uri: `task-${task}`, maxInlineBytes: inline ? Number.POSITIVE_INFINITY : 0 };
      const manifest = await writeOutput(output, { target, task: of, resolve });
      return decodeWire(encodeWire(manifest)) as Manifest;
    }),
  );
  const readings = rangeReadings({ keys: plan.keys, first }, manifests, consumers);
  expect(readings.length).toBe(consumers);
  const read: { gets: number; rows: number }[] = [];
  const parts: Row[][] = [];
  for (const reading of readings) {
    const counts = { gets: 0, rows: 0 };
    const run = new OperatorRun({ operatorBytes });
    parts.push(await run.rows(executeSort(plan, consumed(run, reading, counts), run.context), plan.columns.length));
    expect([run.memory.used, run.spill?.held]).toEqual([0, 0]);
    read.push(counts);
  }
  return { parts, manifests, read };

  async function* consumed(
    run: OperatorRun,
    { range, readings: slices }: RangeReading,
    counts: { gets: number; rows: number },
  ): AsyncGenerator<Morsel> {
    const filter = new RangeFilter(decodeWire(encodeWire(range)) as ExchangeRange, plan.columns);
    const arena = new Arena({ memory: run.memory });
    for (const { producer, from, to } of slices) {
      const slice = manifestSlice(manifests[producer] as Manifest, { from, to });
      if (!slice) throw new Error('a reading of nothing');
      if (slice.body.kind === 'object') counts.gets++;
      const bytes = await fetchBody(slice, resolve);
      for (const batch of manifestBatches(slice, bytes, plan.columns.map(fieldOf), arena)) {
        counts.rows += batch.length;
        const own: Batch | null = filter.narrowed(batch, slice.task, arena);
        if (own) yield* morselsOfBatch(own);
      }
    }
  }
}

/** Rows dealt out to producers by a function of their number. */
export function dealt(rows: readonly Row[], producers: number, of: (row: number) => number): Value[][][] {
  const parts: Value[][][] = Array.from({ length: producers }, () => []);
  rows.forEach((row, i) => {
    parts[of(i)]?.push([...row]);
  });
  return parts;
}
