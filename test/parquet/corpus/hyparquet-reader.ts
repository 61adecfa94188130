import { type ParquetParsers, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { Value } from '../../../src/common/types.ts';
import type { ReadColumns } from './read-file.ts';

/** Kinds of columns whose values hyparquet gives without loss. */
const FAITHFUL =
  /^(boolean|u?(tiny|small|big)int|u?integer|bigint_near|integer_rising|real|double|float16|date|timestamp.*|varchar.*|enum|uuid)$/;

const PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis) => orNull(millis, (value) => value * 1000n),
  timestampFromMicroseconds: (micros) => orNull(micros, (value) => value),
  timestampFromNanoseconds: (nanos) => orNull(nanos, (value) => value / 1000n),
  dateFromDays: (days) => orNull(days, (value) => value),
  uuidFromBytes: (bytes) => orNull(bytes, uuidText),
};

const orNull = <T, R>(value: T | null | undefined, convert: (value: T) => R): R | null =>
  value === null || value === undefined ? null : convert(value);

const uuidText = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** The values of a column as hyparquet reads them; null for kinds that it reads in another form. */
export async function readThroughHyparquet(bytes: Uint8Array, name: string): Promise<ReadColumns | null> {
  if (!FAITHFUL.test(name)) return null;
  const file = {
    byteLength: bytes.length,
    slice: (start: number, end?: number) => bytes.slice(start, end).buffer as ArrayBuffer,
  };
  const rows = await parquetReadObjects({ file, columns: [name], compressors, parsers: PARSERS });
  return new Map([[name, rows.map((row) => (row[name] ?? null) as Value)]]);
}
