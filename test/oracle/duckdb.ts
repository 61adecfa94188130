import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Value } from '../../src/common/types.ts';

/** An independent engine, in memory, with UTC as its zone. */
export class Oracle {
  readonly connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  static async open(): Promise<Oracle> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const oracle = new Oracle(await instance.connect());
    await oracle.run("SET TimeZone = 'UTC'; PRAGMA disable_optimizer");
    return oracle;
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /** The rows of a query, values as Squall holds them. */
  async rows(sql: string): Promise<Value[][]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRows().map((row) => row.map(toValue));
  }

  /** The rows, beside nothing that is known of their columns. */
  async result(sql: string): Promise<{ readonly rows: Value[][]; readonly columns: readonly [] }> {
    return { rows: await this.rows(sql), columns: [] };
  }

  close(): void {
    this.connection.closeSync();
  }
}

/** A value of DuckDB's client as ours. */
export function toValue(value: DuckDBValue): Value {
  if (value === null || ['boolean', 'number', 'bigint', 'string'].includes(typeof value)) return value as Value;
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimeValue) return value.micros;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBIntervalValue) return { months: value.months, days: value.days, micros: value.micros };
  if (value instanceof DuckDBUUIDValue) return value.toString();
  if (value instanceof DuckDBListValue) return value.items.map(toValue);
  if (value instanceof DuckDBStructValue) return Object.values(value.entries).map(toValue);
  if (value instanceof DuckDBMapValue) return value.entries.map((entry) => [toValue(entry.key), toValue(entry.value)]);
  throw new Error(`no Value for ${String(value)}`);
}
