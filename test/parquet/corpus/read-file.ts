import type { Random } from '../../../src/common/clock.ts';
import type { Field, Value } from '../../../src/common/types.ts';
import { chunkBytes } from '../../../src/parquet/chunk-bytes.ts';
import { CountingStore, LOCATION } from '../../../src/parquet/fixtures/counting-store.ts';
import { decodeColumn } from '../../../src/parquet/fixtures/parquet-wasm/decode-column.ts';
import { readFooter } from '../../../src/parquet/footer.ts';
import { openRowGroup } from '../../../src/parquet/open-row-group.ts';
import type { ParquetFooter } from '../../../src/parquet/parse-footer.ts';
import { planRowGroup } from '../../../src/parquet/plan-row-group.ts';
import { type FetchedRowGroup, fetchRowGroup } from '../../../src/parquet/read-row-group.ts';
import type { RowGroupInput } from '../../../src/parquet/row-group-input.ts';
import { Arena } from '../../../src/wasm/arena.ts';
import { LinearMemory } from '../../../src/wasm/linear-memory.ts';
import { columnReader } from '../../../src/wasm/read-vector.ts';

/** A value where the row was skipped. */
export const SKIPPED = Symbol('skipped');

export interface OpenedFile {
  readonly footer: ParquetFooter;
  /** The row groups with those of the columns that can be read. */
  readonly groups: readonly { readonly input: RowGroupInput; readonly fetched: FetchedRowGroup }[];
  readonly fields: readonly Field[];
}

export async function openFile(bytes: Uint8Array, names?: readonly string[]): Promise<OpenedFile> {
  const store = new CountingStore(bytes);
  const { footer, etag, size } = await readFooter(store, LOCATION);
  const wanted = footer.schema.flatMap((field, i) =>
    field.supported && (names === undefined || names.includes(field.name)) ? [i] : [],
  );
  const groups = [];
  for (let rowGroup = 0; rowGroup < footer.rowGroupCount; rowGroup++) {
    const input = planRowGroup({ footer, uri: footer.uri, etag, size, rowGroup, columns: wanted });
    groups.push({ input, fetched: await fetchRowGroup(input, { store, location: LOCATION }) });
  }
  return { footer, groups, fields: wanted.map((i) => footer.schema[i] as Field) };
}

export type ReadColumns = ReadonlyMap<string, readonly (Value | typeof SKIPPED)[]>;

/** All rows, in morsels of random lengths; with `skip`, columns are not asked for in some morsels. */
export async function readMorselwise(file: OpenedFile, random: Random, skip = false): Promise<ReadColumns> {
  const columns = new Map(file.fields.map(({ name }) => [name, [] as (Value | typeof SKIPPED)[]]));
  const memory = new LinearMemory({ poison: true });
  const most = 10 ** (1 + Math.floor(random.next() * 4.5));
  for (const { input, fetched } of file.groups) {
    const arena = new Arena({ memory });
    const reader = await openRowGroup(input, fetched, { columns: file.fields, memory });
    try {
      for (;;) {
        const morsel = reader.next(1 + Math.floor(random.next() * Math.min(most, 32_768)));
        if (morsel === null) break;
        for (const [i, { name }] of file.fields.entries()) {
          const column = columns.get(name) as (Value | typeof SKIPPED)[];
          if (skip && random.next() < 0.5) {
            for (let row = 0; row < morsel.rows; row++) column.push(SKIPPED);
            continue;
          }
          const read = columnReader(arena, morsel.column(i));
          for (let row = 0; row < morsel.rows; row++) column.push(read(row));
        }
      }
    } finally {
      reader.close();
    }
  }
  if (memory.used !== 0) throw new Error(`the reader kept ${memory.used} bytes`);
  return columns;
}

/** All rows of a column as parquet-wasm reads them; null for a nested column. */
export async function readThroughParquetWasm(file: OpenedFile, name: string): Promise<ReadColumns | null> {
  const i = file.fields.findIndex((field) => field.name === name);
  const wanted = file.fields[i] as Field;
  const values: Value[] = [];
  for (const { input, fetched } of file.groups) {
    const chunk = input.chunks[i];
    if (!chunk || 'constant' in chunk) throw new Error('a chunk is missing');
    if ('nested' in chunk) return null;
    const arena = new Arena();
    const { uri, rowGroup, rows } = input;
    const context = { uri, rowGroup, chunk, wanted };
    const vector = await decodeColumn(chunkBytes(input, fetched, chunk).slice(), context, rows, arena);
    const read = columnReader(arena, vector);
    for (let row = 0; row < rows; row++) values.push(read(row));
  }
  return new Map([[name, values]]);
}
