import { assertNever, throwIfAborted } from '../common/errors.ts';
import type { Field } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import type { Batch } from '../wasm/vector.ts';
import { runAggregate } from './aggregate/run-aggregate.ts';
import type { Column } from './expr/expr.ts';
import { runFilter } from './filter/run-filter.ts';
import { runLimit } from './limit/run-limit.ts';
import type { ExchangeSourcePlan, PhysicalPlan, ScanPlan } from './plan.ts';
import { runProject } from './project/run-project.ts';
import { batchOfRows, type Rows, rowCount, rowsOfBatch } from './rows.ts';
import { runSort } from './sort/run-sort.ts';
import { runValues } from './values/run-values.ts';

/** Where a plan's leaves get their batches from. A batch has to stay valid until the next one is pulled. */
export interface PlanSources {
  /** Linear memory of all batches. */
  readonly arena: Arena;
  scan(plan: ScanPlan): AsyncIterable<Batch>;
  exchange(plan: ExchangeSourcePlan): AsyncIterable<Batch>;
  readonly signal?: AbortSignal;
}

export const fieldOf = ({ name, type, nullable }: Column): Field => ({ name, type, nullable });

/**
 * Runs a plan on the reference interpreter, pulled by its reader: nothing runs ahead, and ending the iteration ends the
 * sources. A delivered batch is dense, not empty, and valid until the next one is pulled; then its memory is used again.
 * Throws CancelledError when the signal fires, and what the sources and the expressions throw.
 */
export async function* runPlan(plan: PhysicalPlan, sources: PlanSources): AsyncGenerator<Batch> {
  const schema = plan.columns.map(fieldOf);
  const { arena } = sources;
  for await (const rows of runRows(plan, sources)) {
    if (rowCount(rows) === 0) continue;
    const mark = arena.mark();
    yield batchOfRows(arena, schema, rows);
    arena.release(mark);
  }
}

function runRows(plan: PhysicalPlan, sources: PlanSources): AsyncIterable<Rows> {
  switch (plan.kind) {
    case 'scan':
      return leaf(sources.scan(plan), sources);
    case 'exchangeSource':
      return leaf(sources.exchange(plan), sources);
    case 'values':
      return runValues(plan);
    case 'filter':
      return runFilter(plan, runRows(plan.input, sources));
    case 'project':
      return runProject(plan, runRows(plan.input, sources));
    case 'aggregate':
      return runAggregate(plan, runRows(plan.input, sources));
    case 'sort':
      return runSort(plan, runRows(plan.input, sources));
    case 'limit':
      return runLimit(plan, runRows(plan.input, sources));
    default:
      return assertNever(plan);
  }
}

async function* leaf(batches: AsyncIterable<Batch>, { arena, signal }: PlanSources): AsyncGenerator<Rows> {
  throwIfAborted(signal);
  for await (const batch of batches) {
    yield rowsOfBatch(arena, batch);
    throwIfAborted(signal);
  }
}
