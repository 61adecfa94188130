import { InternalError, ResourceError } from '../common/errors.ts';
import { fieldOf } from '../operators/expr/expr.ts';
import type { PlanSources } from '../operators/interpret-plan.ts';
import type { ExchangeSourcePlan, ScanPlan } from '../operators/plan.ts';
import type { RowGroupInput } from '../parquet/row-group-input.ts';
import type { Arena } from '../wasm/arena.ts';
import type { Batch } from '../wasm/vector.ts';
import type { TaskStores } from './host.ts';
import type { TaskRun } from './task-run.ts';

/** Inputs read ahead of the one being computed. */
const AHEAD = 2;
/** Share of the memory budget that bytes read ahead may take. */
const AHEAD_SHARE = 4;

/** The leaves of a task's plan: its declared row groups and manifests, through its stores, in its arena. */
export function taskSources(run: TaskRun, stores: TaskStores, arena: Arena): PlanSources {
  return {
    arena,
    signal: run.signal,
    scan: (plan) => scan(plan, run, stores, arena),
    exchange: (plan) => exchange(plan, run, stores, arena),
  };
}

/** Row group after row group: the next ones are fetched while one is decoded and computed. */
async function* scan(plan: ScanPlan, run: TaskRun, stores: TaskStores, arena: Arena): AsyncGenerator<Batch> {
  const inputs = run.task.scans[plan.scan];
  if (!inputs) throw new InternalError(`the task declares no inputs for scan ${plan.scan} of ${plan.table}`);
  if (inputs.length === 0) return;
  const [{ prefetch }, { decodeRowGroup, fetchRowGroup }] = await Promise.all([
    import('../exchange/prefetch.ts'),
    import('../parquet/read-row-group.ts'),
  ]);
  const columns = plan.columns.map(fieldOf);
  const fetched = prefetch(inputs, {
    ...ahead(run),
    bytes: bytesOf,
    fetch: (input: RowGroupInput, signal) =>
      run.time('fetch', async () => {
        checkSize(input, run);
        return fetchRowGroup(input, { ...stores.resolve(input.uri), signal });
      }),
  });
  for await (const { item, value } of awaited(run, fetched)) {
    run.checkpoint();
    run.object = item.uri;
    const mark = arena.mark();
    const batch = await run.wait(() => run.time('decode', () => decodeRowGroup(item, value, { columns, arena })));
    run.rowsIn += batch.length;
    yield batch;
    arena.release(mark);
    run.object = null;
  }
}

const bytesOf = ({ ranges }: RowGroupInput) => ranges.reduce((sum, { length }) => sum + length, 0);

/** What cannot be held compressed cannot be decoded either: better no request than a function that is killed. */
function checkSize(input: RowGroupInput, { task }: TaskRun): void {
  const { memoryBytes } = task.budget;
  const bytes = bytesOf(input);
  if (bytes <= memoryBytes) return;
  throw new ResourceError(
    'SQ4001',
    `row group ${input.rowGroup} of ${input.uri} has ${bytes} bytes in the columns that are read, the task's memory ${memoryBytes}`,
    {
      hint: 'give the functions more memory, select fewer columns, or write smaller row groups',
      details: { object: input.uri, requested: bytes, limit: memoryBytes },
    },
  );
}

/** The items of an iteration, the time spent waiting for them counted as such. */
async function* awaited<T>(run: TaskRun, items: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (;;) {
      const { done, value } = await run.wait(() => items.next());
      if (done) return;
      yield value;
    }
  } finally {
    await items.return(undefined);
  }
}

const ahead = (run: TaskRun) => ({
  ahead: AHEAD,
  maxBytes: run.task.budget.memoryBytes / AHEAD_SHARE,
  signal: run.signal,
});

/** Producer after producer, in the order of their tasks. */
async function* exchange(
  plan: ExchangeSourcePlan,
  run: TaskRun,
  stores: TaskStores,
  arena: Arena,
): AsyncGenerator<Batch> {
  const manifests = run.task.exchanges[plan.stage];
  if (!manifests) throw new InternalError(`the task declares no manifests of stage ${plan.stage}`);
  const [{ prefetch }, { bodySize, fetchBody, manifestBatches }] = await Promise.all([
    import('../exchange/prefetch.ts'),
    import('../exchange/manifest.ts'),
  ]);
  const columns = plan.columns.map(fieldOf);
  const resolve = (uri: string) => stores.resolve(uri);
  const fetched = prefetch(manifests, {
    ...ahead(run),
    bytes: bodySize,
    fetch: (manifest, signal) => run.time('fetch', () => fetchBody(manifest, resolve, signal)),
  });
  for await (const { item, value } of awaited(run, fetched)) {
    run.checkpoint();
    run.object = item.body.kind === 'object' ? item.body.uri : null;
    for (const batch of manifestBatches(item, value, columns, arena)) {
      run.rowsIn += batch.length;
      yield batch;
      run.checkpoint();
    }
    run.object = null;
  }
}
