import { Table } from 'apache-arrow';
import type { Random } from '../../../src/common/clock.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  REAL,
  SMALLINT,
  type SqlType,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from '../../../src/common/types.ts';
import { arrowSchema } from '../../../src/parquet/write/arrow-schema.ts';
import { writeParquet } from '../../../src/parquet/write/write-parquet.ts';
import { arrowTable } from './arrow-file.ts';
import type { CorpusColumn } from './corpus-column.ts';

/** Types of the kinds of column that Squall writes. */
export const OWN_TYPES: ReadonlyMap<string, SqlType> = new Map<string, SqlType>([
  ['boolean', BOOLEAN],
  ['tinyint', TINYINT],
  ['smallint', SMALLINT],
  ['integer', INTEGER],
  ['bigint', BIGINT],
  ['utinyint', UTINYINT],
  ['usmallint', USMALLINT],
  ['uinteger', UINTEGER],
  ['ubigint', UBIGINT],
  ['real', REAL],
  ['double', DOUBLE],
  ['decimal_4_1', decimal(4, 1)],
  ['decimal_9_2', decimal(9, 2)],
  ['decimal_18_4', decimal(18, 4)],
  ['decimal_38_10', decimal(38, 10)],
  ['date', DATE],
  ['time_micros', TIME],
  ['timestamp_micros', TIMESTAMP],
  ['timestamp_micros_utc', TIMESTAMPTZ],
  ['varchar', VARCHAR],
  ['blob', BLOB],
]);

/** A file by Squall and what it was told. */
export async function ownFile(
  random: Random,
  columns: readonly CorpusColumn[],
): Promise<{ bytes: Uint8Array; title: string }> {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random.next() * list.length)] as T;
  const compression = pick(['none', 'snappy', 'zstd'] as const);
  const rowGroupRows = pick([100, 3000, 122_880]);
  const plainColumns = columns.map(({ name }) => name).filter(() => random.next() < 0.4);
  const schema = columns.map(({ name, kind, required }) => {
    return { name, type: OWN_TYPES.get(kind.name) as SqlType, nullable: !required };
  });
  const { batches } = new Table(arrowSchema(schema), arrowTable(columns).batches);
  const parts: Uint8Array[] = [];
  for await (const part of writeParquet(schema, batches, { compression, rowGroupRows, plainColumns })) parts.push(part);
  const title = `Squall, ${compression}, groups of ${rowGroupRows}, without dictionary ${plainColumns.join(', ')}`;
  return { bytes: Uint8Array.from(Buffer.concat(parts)), title };
}
