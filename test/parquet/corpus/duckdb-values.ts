import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Value } from '../../../src/common/types.ts';

/** The columns of a query as Values, nested ones too. */
export async function duckdbColumns(connection: DuckDBConnection, sql: string): Promise<Map<string, Value[]>> {
  const reader = await connection.runAndReadAll(sql);
  const columns = reader.getColumns();
  return new Map(reader.columnNames().map((name, i) => [name, (columns[i] ?? []).map(toValue)]));
}

function toValue(value: DuckDBValue): Value {
  if (value === null || typeof value !== 'object') return value as Value;
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimeValue) return value.micros;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1000n;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000n;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos / 1000n;
  if (value instanceof DuckDBIntervalValue) return { months: value.months, days: value.days, micros: value.micros };
  if (value instanceof DuckDBBlobValue) return Uint8Array.from(value.bytes);
  if (value instanceof DuckDBUUIDValue) return value.toString();
  if (value instanceof DuckDBListValue) return value.items.map(toValue);
  if (value instanceof DuckDBStructValue) return Object.values(value.entries).map(toValue);
  if (value instanceof DuckDBMapValue) return value.entries.map(({ key, value }) => [toValue(key), toValue(value)]);
  if ('nanos' in value && typeof value.nanos === 'bigint') return value.nanos / 1000n;
  throw new TypeError(`no Value for ${String(value)}`);
}
