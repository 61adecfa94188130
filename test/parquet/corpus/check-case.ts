import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Random, seededRandom } from '../../../src/common/clock.ts';
import type { Value } from '../../../src/common/types.ts';
import { arrowFile } from './arrow-file.ts';
import { COLUMN_KINDS, type ColumnKind } from './column-kinds.ts';
import { type CorpusColumn, corpusColumn } from './corpus-column.ts';
import { DUCKDB_KINDS, duckdbFile } from './duckdb-file.ts';
import { duckdbColumns } from './duckdb-values.ts';
import { hyparquetFile } from './hyparquet-file.ts';
import { readThroughHyparquet } from './hyparquet-reader.ts';
import { OWN_TYPES, ownFile } from './own-file.ts';
import { openFile, type ReadColumns, readMorselwise, readThroughParquetWasm, SKIPPED } from './read-file.ts';
import { checkSame } from './same-value.ts';

export const WRITERS = ['duckdb', 'parquet-wasm', 'hyparquet-writer', 'squall'] as const;
export type Writer = (typeof WRITERS)[number];

export interface CorpusFile {
  readonly bytes: Uint8Array;
  readonly title: string;
  readonly values: ReadonlyMap<string, readonly Value[]>;
}

export interface CaseContext {
  readonly connection: DuckDBConnection;
  /** A folder for temporary files. */
  readonly folder: string;
}

type ColumnWriter = Exclude<Writer, 'duckdb'>;

const ABLE: Readonly<Record<ColumnWriter, (kind: ColumnKind) => boolean>> = {
  'parquet-wasm': ({ arrow }) => arrow !== undefined,
  'hyparquet-writer': ({ hyparquet }) => hyparquet !== undefined,
  squall: ({ name }) => OWN_TYPES.has(name),
};

const FILES = { 'parquet-wasm': arrowFile, 'hyparquet-writer': hyparquetFile, squall: ownFile };

/** A random file by a writer, and the values it was given. */
export async function corpusFile(
  writer: Writer,
  random: Random,
  rows: number,
  { connection, folder }: CaseContext,
): Promise<CorpusFile> {
  if (writer === 'duckdb') {
    return duckdbFile(connection, folder, random, some(random, DUCKDB_KINDS, 8), rows);
  }
  const kinds = some(random, COLUMN_KINDS.filter(ABLE[writer]), 8);
  const made = kinds.map((kind) => corpusColumn(random, kind, rows));
  const columns = writer === 'hyparquet-writer' ? made.map(withoutNegativeZeros) : made;
  const file = await FILES[writer](random, columns);
  return { ...file, values: new Map(columns.map(({ name, values }) => [name, values])) };
}

/** The keys of that writer's dictionaries are those of a Map, which takes -0 for 0. */
const withoutNegativeZeros = (column: CorpusColumn): CorpusColumn => ({
  ...column,
  values: column.values.map((value) => (value === 0 ? 0 : value)),
});

function some<T>(random: Random, from: readonly T[], count: number): T[] {
  const left = [...from];
  return Array.from({ length: count }, () => left.splice(Math.floor(random.next() * left.length), 1)[0] as T);
}

/**
 * Writes a random file and reads it in several ways; throws an Error with the seed and what the writer was told when one of
 * them differs from what was written. Returns the number of values compared.
 */
export async function checkCase(writer: Writer, seed: number, rows: number, context: CaseContext): Promise<number> {
  const random = seededRandom(seed);
  const { bytes, title, values } = await corpusFile(writer, random, rows, context);
  const where = `${writer}, seed ${seed}, ${rows} rows (${title})`;
  try {
    const file = await openFile(bytes);
    let compared = compare(await readMorselwise(file, random), values, 'Squall');
    compared += compare(await readMorselwise(file, random, true), values, 'Squall, with columns skipped');
    const subset = await openFile(
      bytes,
      file.fields.map(({ name }) => name).filter(() => random.next() < 0.4),
    );
    compared += compare(await readMorselwise(subset, random), values, 'Squall, some columns');
    const path = join(context.folder, 'case.parquet').replaceAll("'", "''");
    writeFileSync(path, bytes);
    for (const { name } of file.fields) {
      const wasm = await unlessRefused(() => readThroughParquetWasm(file, name));
      const duckdb = await unlessRefused(() => duckdbColumns(context.connection, `select "${name}" from '${path}'`));
      const hyparquet = misread(writer, name) ? null : await unlessRefused(() => readThroughHyparquet(bytes, name));
      if (hyparquet) compared += compare(hyparquet, values, 'hyparquet');
      if (wasm) compared += compare(wasm, values, 'parquet-wasm');
      if (duckdb) compared += compare(duckdb, values, 'DuckDB');
    }
    return compared;
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

/** What the other readers say to valid files that they do not read. */
const REFUSALS = [
  // parquet-wasm: INT32 deltas that DuckDB writes in 33 bits.
  /(first value|'min_delta') too large|Invalid delta bit width 33/,
  // hyparquet: an LZ4 block without bytes.
  /lz4 offset out of range 0/,
  // DuckDB.
  /Unsupported compression codec "LZ4"/,
  /Unsupported converted type \(20\)/,
  /BYTE_STREAM_SPLIT encoding is only supported for FLOAT or DOUBLE data/,
];

/** What hyparquet reads as other values: INT32 deltas of 33 bits. */
const misread = (writer: Writer, name: string) => writer === 'duckdb' && /^u?integer$/.test(name);

async function unlessRefused<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (REFUSALS.some((refusal) => refusal.test((error as Error).message))) return null;
    throw error;
  }
}

function compare(read: ReadColumns, expected: ReadonlyMap<string, readonly Value[]>, reader: string): number {
  let compared = 0;
  for (const [name, actual] of read) {
    const wanted = expected.get(name) as readonly Value[];
    const unskipped = actual.map((value, row) => (value === SKIPPED ? (wanted[row] ?? null) : value));
    checkSame(unskipped, wanted, `${reader}, column "${name}"`);
    compared += wanted.length;
  }
  return compared;
}
