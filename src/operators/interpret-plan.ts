import { assertNever, InternalError, throwIfAborted } from '../common/errors.ts';
import type { Value } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import type { Batch } from '../wasm/vector.ts';
import { interpretAggregate } from './aggregate/interpret-aggregate.ts';
import { fieldOf } from './expr/expr.ts';
import { interpretFilter } from './filter/interpret-filter.ts';
import { interpretJoin } from './join/interpret-join.ts';
import { interpretLimit } from './limit/interpret-limit.ts';
import { children, type ExchangeSourcePlan, type PhysicalPlan, type ScanPlan } from './plan.ts';
import { interpretProject } from './project/interpret-project.ts';
import { interpretRecursive, interpretWorkingTable } from './recursive/interpret-recursive.ts';
import { batchOfRows, type Rows, rowCount, rowsOfBatch } from './rows.ts';
import { interpretSample } from './sample/interpret-sample.ts';
import { interpretSetOperation } from './set-operation/interpret-set-operation.ts';
import { interpretSort } from './sort/interpret-sort.ts';
import { interpretTopN } from './top-n/interpret-top-n.ts';
import { interpretUnnest } from './unnest/interpret-unnest.ts';
import { interpretValues } from './values/interpret-values.ts';
import { interpretWindow } from './window/interpret-window.ts';

/** Where a plan's leaves get their batches from. A batch has to stay valid until the next one is pulled. */
export interface PlanSources {
  /** Linear memory of all batches. */
  readonly arena: Arena;
  scan(plan: ScanPlan): AsyncIterable<Batch>;
  exchange(plan: ExchangeSourcePlan): AsyncIterable<Batch>;
  readonly signal?: AbortSignal;
}

/**
 * Runs a plan on the reference interpreter, pulled by its reader: nothing runs ahead, and ending the iteration ends the
 * sources. A delivered batch is dense, not empty, and valid until the next one is pulled; then its memory is used again.
 * Throws CancelledError when the signal fires, and what the sources and the expressions throw.
 */
export async function* interpretPlan(plan: PhysicalPlan, sources: PlanSources): AsyncGenerator<Batch> {
  const schema = plan.columns.map(fieldOf);
  const { arena } = sources;
  for await (const rows of interpretRows(plan, sources)) {
    if (rowCount(rows) === 0) continue;
    const mark = arena.mark();
    yield batchOfRows(arena, schema, rows);
    arena.release(mark);
  }
}

type WorkingTables = ReadonlyMap<number, readonly (readonly Value[])[]>;

function interpretRows(
  plan: PhysicalPlan,
  sources: PlanSources,
  tables: WorkingTables = new Map(),
): AsyncIterable<Rows> {
  switch (plan.kind) {
    case 'scan':
      return leaf(sources.scan(plan), sources);
    case 'exchangeSource':
      return leaf(sources.exchange(plan), sources);
    case 'workingTable': {
      const working = tables.get(plan.table);
      if (!working) throw new InternalError(`the working table ${plan.name} is read outside of its recursion`);
      return interpretWorkingTable(plan, working);
    }
    case 'recursive':
      return interpretRecursive(plan, interpretRows(plan.base, sources, tables), (working) =>
        interpretRows(plan.step, sources, new Map(tables).set(plan.table, working)),
      );
    default:
      return interpretOperator(
        plan,
        children(plan).map((input) => interpretRows(input, sources, tables)),
      );
  }
}

/** One operator of a plan over the rows of its inputs, one stream for each. */
export function interpretOperator(
  plan: Exclude<PhysicalPlan, { readonly kind: 'scan' | 'exchangeSource' | 'recursive' | 'workingTable' }>,
  inputs: readonly AsyncIterable<Rows>[],
): AsyncIterable<Rows> {
  const [input] = inputs as [AsyncIterable<Rows>];
  switch (plan.kind) {
    case 'values':
      return interpretValues(plan);
    case 'filter':
      return interpretFilter(plan, input);
    case 'project':
      return interpretProject(plan, input);
    case 'aggregate':
      return interpretAggregate(plan, input);
    case 'sort':
      return interpretSort(plan, input);
    case 'limit':
      return interpretLimit(plan, input);
    case 'topN':
      return interpretTopN(plan, input);
    case 'window':
      return interpretWindow(plan, input);
    case 'setOperation':
      return interpretSetOperation(plan, inputs);
    case 'unnest':
      return interpretUnnest(plan, input);
    case 'join':
      return interpretJoin(plan, ...(inputs as [AsyncIterable<Rows>, AsyncIterable<Rows>]));
    case 'sample':
      return interpretSample(plan, input);
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
