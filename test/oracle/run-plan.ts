import { SquallError } from '../../src/common/errors.ts';
import type { SqlType, Value } from '../../src/common/types.ts';
import { executePlan } from '../../src/operators/execute-plan.ts';
import type { ExecutionContext } from '../../src/operators/execution.ts';
import { fieldOf } from '../../src/operators/expr/expr.ts';
import { interpretPlan } from '../../src/operators/interpret-plan.ts';
import type { PhysicalPlan, ScanPlan } from '../../src/operators/plan.ts';
import { MemorySpillSpace } from '../../src/operators/spill/spill-space.ts';
import { Arena } from '../../src/wasm/arena.ts';
import { buildVector } from '../../src/wasm/build-vector.ts';
import { LinearMemory } from '../../src/wasm/linear-memory.ts';
import type { Morsel, Selection } from '../../src/wasm/morsel.ts';
import { columnReader } from '../../src/wasm/read-vector.ts';
import type { Batch, DictionaryVector, Vector, ViewsVector } from '../../src/wasm/vector.ts';
import { TABLE_COLUMNS, type TestTable } from './test-table.ts';

/** How a plan is run: none of it may change its rows. */
export interface RunOptions {
  readonly morselRows: number;
  /** Every so manieth row that is delivered is one that the selection leaves out; 0: there is no selection. */
  readonly deadRows: number;
  /** Text comes as codes into a dictionary. */
  readonly dictionaries: boolean;
  readonly operatorBytes: number;
}

export type Outcome =
  | { readonly kind: 'rows'; readonly rows: readonly (readonly Value[])[]; readonly spilled: number }
  | { readonly kind: 'error'; readonly error: SquallError };

/** More rows than this are not worth comparing. */
export const MAX_ROWS = 200_000;

/** The result has more than MAX_ROWS rows. */
export class TooManyRows extends Error {}

const NAMES = Object.keys(TABLE_COLUMNS);
const TYPES = Object.values(TABLE_COLUMNS);

export type TableOf = (scan: ScanPlan) => TestTable;

/** All rows on the reference interpreter. */
export function interpreted(plan: PhysicalPlan, tableOf: TableOf): Promise<Outcome> {
  const arena = new Arena({ memory: new LinearMemory({ poison: true }) });
  const sources = {
    arena,
    scan: async function* (scan: ScanPlan): AsyncGenerator<Batch> {
      const { rows } = tableOf(scan);
      if (rows.length === 0) return;
      const mark = arena.mark();
      const columns = scan.columns.map(({ name }) => columnOf(arena, rows, name, false));
      yield { schema: scan.columns.map(fieldOf), length: rows.length, columns };
      arena.release(mark);
    },
    exchange: noExchange,
  };
  return outcome(interpretPlan(plan, sources), arena, () => 0);
}

/**
 * All rows on generated code. Fails when memory is left over at the end. With `batches` it ends the iteration after so many,
 * as a reader does who has enough.
 */
export async function executed(
  plan: PhysicalPlan,
  tableOf: TableOf,
  options: RunOptions,
  batches = Number.POSITIVE_INFINITY,
): Promise<Outcome> {
  const memory = new LinearMemory({ poison: true });
  const spill = new MemorySpillSpace({ memory, objectBytes: 1 << 16 });
  const context: ExecutionContext = {
    memory,
    operatorBytes: options.operatorBytes,
    spill,
    scan: (scan) => scanned(memory, scan, tableOf(scan), options),
    exchange: noExchange,
  };
  const arena = new Arena({ memory });
  const result = await outcome(firstOf(executePlan(plan, context), batches), arena, () => spill.bytes);
  await spill.close();
  if (memory.used > 0) throw new Error(`${memory.used} bytes of memory were not given back`);
  return result;
}

const noExchange = () => {
  throw new Error('nothing is exchanged here');
};

async function* firstOf(stream: AsyncGenerator<Batch>, count: number): AsyncGenerator<Batch> {
  let left = count;
  for await (const batch of stream) {
    yield batch;
    if (--left <= 0) return;
  }
}

async function outcome(stream: AsyncIterable<Batch>, arena: Arena, spilled: () => number): Promise<Outcome> {
  const rows: Value[][] = [];
  try {
    for await (const batch of stream) {
      if (rows.length + batch.length > MAX_ROWS) throw new TooManyRows(`more than ${MAX_ROWS} rows`);
      const readers = batch.columns.map((vector) => columnReader(arena, vector));
      for (let row = 0; row < batch.length; row++) rows.push(readers.map((read) => read(row)));
    }
  } catch (error) {
    if (error instanceof SquallError) return { kind: 'error', error };
    throw error;
  }
  return { kind: 'rows', rows, spilled: spilled() };
}

async function* scanned(
  memory: LinearMemory,
  scan: ScanPlan,
  { rows }: TestTable,
  { morselRows, deadRows, dictionaries }: RunOptions,
): AsyncGenerator<Morsel> {
  const arena = new Arena({ memory });
  const shared = dictionaries ? dictionariesOf(arena, scan, rows) : null;
  const kept = arena.mark();
  try {
    for (let from = 0; from < rows.length; from += morselRows) {
      const live = rows.slice(from, from + morselRows);
      const part = deadRows > 0 ? withDeadRows(live, deadRows) : live;
      const columns: (Vector | undefined)[] = [];
      yield {
        rows: part.length,
        selection: deadRows > 0 ? selectionOf(arena, part, live) : null,
        column: (index) => {
          const { name } = scan.columns[index] as (typeof scan.columns)[0];
          columns[index] ??= shared?.get(name)?.(part) ?? columnOf(arena, part, name, true);
          return columns[index];
        },
      };
      arena.release(kept);
    }
  } finally {
    arena.reset();
  }
}

type Rows = readonly (readonly Value[])[];

/** Rows that nobody may look at, before every `every` rows. */
function withDeadRows(live: Rows, every: number): Rows {
  const dead = live.at(-1) as readonly Value[];
  return live.flatMap((row, i) => (i % every === 0 ? [dead.slice(), row] : [row]));
}

function selectionOf(arena: Arena, part: Rows, live: Rows): Selection {
  const known = new Set(live);
  const numbers = part.flatMap((row, i) => (known.has(row) ? [i] : []));
  const rows = arena.allocate(numbers.length * 4);
  new Uint32Array(arena.memory.buffer, rows, numbers.length).set(numbers);
  return { rows, count: numbers.length };
}

/** The column, with its bounds measured where a scan would. */
function columnOf(arena: Arena, rows: Rows, name: string, measure: boolean): Vector {
  const at = NAMES.indexOf(name);
  const values = rows.map((row) => row[at] as Value);
  const vector = buildVector(arena, TYPES[at] as SqlType, values);
  if (!measure || vector.kind !== 'fixed' || !BOUNDED.has(vector.type.kind)) return vector;
  const known = values.filter((value) => value !== null).map((value) => BigInt(value as number | bigint));
  if (known.length === 0) return vector;
  const bounds = { min: known[0] as bigint, max: known[0] as bigint };
  for (const value of known) {
    if (value < bounds.min) bounds.min = value;
    if (value > bounds.max) bounds.max = value;
  }
  return { ...vector, bounds };
}

const BOUNDED: ReadonlySet<string> = new Set(
  'tinyint smallint integer bigint uinteger decimal date timestamp'.split(' '),
);

function dictionariesOf(arena: Arena, scan: ScanPlan, rows: Rows): ReadonlyMap<string, (part: Rows) => Vector> {
  const texts = scan.columns.filter(({ type }) => type.kind === 'varchar');
  return new Map(
    texts.map(({ name, type }) => {
      const at = NAMES.indexOf(name);
      const codes = new Map<Value, number>();
      for (const row of rows) {
        const value = row[at] as Value;
        if (value !== null && !codes.has(value)) codes.set(value, codes.size);
      }
      const dictionary = buildVector(arena, type, [...codes.keys()]) as ViewsVector;
      const encode = (part: Rows): DictionaryVector => {
        const numbers = part.map((row) => codes.get(row[at] as Value) ?? null);
        const { length, validity, data } = buildVector(arena, { kind: 'integer' }, numbers) as ViewsVector;
        return { kind: 'dictionary', type, length, validity, data, dictionary };
      };
      return [name, encode];
    }),
  );
}
