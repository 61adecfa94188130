import { createHash } from 'node:crypto';
import type { Clock } from '../common/clock.ts';
import { InternalError, ResourceError } from '../common/errors.ts';
import type { ExecutionContext, SpillSpace } from '../operators/execution.ts';
import { fieldOf } from '../operators/expr/expr.ts';
import { children, type PhysicalPlan, type ScanPlan } from '../operators/plan.ts';
import type { RowGroupInput } from '../parquet/row-group-input.ts';
import type { Resolved } from '../storage/stores.ts';
import type { LinearMemory } from '../wasm/linear-memory.ts';
import { MORSEL_ROWS, type Morsel, type RowOrigin } from '../wasm/morsel.ts';
import type { Vector } from '../wasm/vector.ts';
import type { BufferPool } from './buffer-pool.ts';
import { exchangeInput } from './exchange-input.ts';
import type { TaskStores } from './host.ts';
import { ahead, awaited } from './read-ahead.ts';
import type { TaskLinks } from './task-links.ts';
import type { TaskRun } from './task-run.ts';

/** One half of a task's memory is for the state of operators, the other for what passes through. */
const STATE_SHARE = 2;

/** Where a task keeps what it works on. */
export interface TaskSpace {
  readonly memory: LinearMemory;
  readonly buffers: BufferPool;
  readonly spill: SpillSpace;
  readonly clock: Clock;
  readonly links: TaskLinks;
}

/**
 * What the operators of a task share: its declared row groups and manifests through its stores, its memory budget, and a
 * place to put rows aside.
 */
export function taskContext(run: TaskRun, stores: TaskStores, space: TaskSpace): ExecutionContext {
  const { memory, buffers, spill, clock, links } = space;
  const state = memory.maxBytes / STATE_SHARE;
  const fair = state / Math.max(1, statefulOperators(run.task.plan));
  return {
    memory,
    // A fair share is always there; what nobody uses goes to who asks first.
    get operatorBytes() {
      return Math.floor(fair + Math.max(0, state - memory.used));
    },
    spill,
    operatorRows: run.operatorRows,
    signal: run.signal,
    checkpoint: () => run.checkpoint(),
    breathe: () => run.breathe(),
    scan: (plan) => scan(plan, run, stores, memory, buffers),
    exchange: (plan) => exchangeInput(plan, { run, stores, memory, clock, links }),
  };
}

/** Operators that keep more than a morsel. */
function statefulOperators(plan: PhysicalPlan): number {
  const own = ['aggregate', 'join', 'sort', 'topN', 'window', 'setOperation', 'recursive'].includes(plan.kind) ? 1 : 0;
  return children(plan).reduce((sum, input) => sum + statefulOperators(input), own);
}

/** Row group after row group: the next ones are fetched while one is decoded and computed. */
async function* scan(
  plan: ScanPlan,
  run: TaskRun,
  stores: TaskStores,
  memory: LinearMemory,
  buffers: BufferPool,
): AsyncGenerator<Morsel> {
  const inputs = run.task.scans[plan.scan];
  if (!inputs) throw new InternalError(`the task declares no inputs for scan ${plan.scan} of ${plan.table}`);
  if (inputs.length === 0) return;
  const [{ prefetch }, { fetchRowGroup }, { openRowGroup }] = await Promise.all([
    import('../exchange/prefetch.ts'),
    import('../parquet/read-row-group.ts'),
    import('../parquet/open-row-group.ts'),
  ]);
  const columns = plan.columns.map(fieldOf);
  const files = new Map<string, Resolved>();
  const resolve = (uri: string): Resolved => {
    const file = files.get(uri) ?? stores.resolve(uri);
    files.set(uri, file);
    return file;
  };
  const fetched = prefetch(inputs, {
    ...ahead(run),
    bytes: bytesOf,
    fetch: (input: RowGroupInput, signal) =>
      run.time('fetch', async () => {
        checkSize(input, run);
        return fetchRowGroup(input, { ...resolve(input.uri), signal, allocate: (bytes) => buffers.take(bytes) });
      }),
  });
  const { signal } = run;
  for await (const { item, value } of awaited(run, fetched)) {
    await run.breathe();
    run.object = item.uri;
    const open = () => openRowGroup(item, value, { columns, memory, signal });
    const reader = await run.wait(() => run.time('decode', open));
    const next = () => run.timeSync('decode', () => reader.next(MORSEL_ROWS));
    const place = new GroupPlace(item);
    let row = 0;
    try {
      for (let morsel = next(); morsel; morsel = next()) {
        run.rowsIn += morsel.rows;
        yield new ScannedMorsel(run, morsel, place, row);
        row += morsel.rows;
        await run.breathe();
      }
    } finally {
      reader.close();
      buffers.giveBack(value.parts);
    }
    run.object = null;
  }
}

/** The morsel, what it decodes late counted as decoding. */
class ScannedMorsel implements Morsel {
  readonly rows: number;
  readonly selection: Morsel['selection'];
  readonly #run: TaskRun;
  readonly #morsel: Morsel;
  readonly #place: GroupPlace;
  readonly #row: number;
  readonly #decoded: boolean[] = [];

  constructor(run: TaskRun, morsel: Morsel, place: GroupPlace, row: number) {
    this.rows = morsel.rows;
    this.selection = morsel.selection;
    this.#run = run;
    this.#morsel = morsel;
    this.#place = place;
    this.#row = row;
  }

  get origin(): RowOrigin {
    return { group: this.#place.group, row: this.#row };
  }

  column(index: number): Vector {
    if (this.#decoded[index]) return this.#morsel.column(index);
    const vector = this.#run.timeSync('decode', () => this.#morsel.column(index));
    this.#decoded[index] = true;
    return vector;
  }
}

/** What identifies a row group, computed for who asks. */
class GroupPlace {
  readonly #input: RowGroupInput;
  #group: bigint | null = null;

  constructor(input: RowGroupInput) {
    this.#input = input;
  }

  get group(): bigint {
    const { uri, rowGroup } = this.#input;
    this.#group ??= createHash('sha256').update(`${uri}#${rowGroup}`).digest().readBigUInt64LE();
    return this.#group;
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
