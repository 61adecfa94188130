import { rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BIGINT,
  DATE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBInstance,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import * as arrow from 'apache-arrow';
import type { Columns } from './rows.ts';

const TYPES: Readonly<Record<keyof Columns, arrow.DataType>> = {
  orderkey: new arrow.Int64(),
  partkey: new arrow.Int64(),
  suppkey: new arrow.Int32(),
  shipdate: new arrow.DateDay(),
  shipmode: new arrow.Utf8(),
  comment: new arrow.Utf8(),
};
const NAMES = Object.keys(TYPES) as (keyof Columns)[];
const MILLIS_PER_DAY = 86_400_000;

/** apache-arrow's way: rows into a builder a column and partition, a stream a partition. */
export function writeWithArrow(parts: readonly Columns[], partitions: number): Uint8Array[] {
  const builders = Array.from({ length: partitions }, () =>
    NAMES.map((name) => arrow.makeBuilder({ type: TYPES[name] })),
  );
  for (const columns of parts) {
    for (const [row, key] of columns.partkey.entries()) {
      const own = builders[Number(key % BigInt(partitions))] as arrow.Builder[];
      for (const [i, name] of NAMES.entries()) {
        const value = columns[name][row];
        (own[i] as arrow.Builder).append(name === 'shipdate' ? new Date((value as number) * MILLIS_PER_DAY) : value);
      }
    }
  }
  return builders.map((own) => {
    const vectors = Object.fromEntries(own.map((builder, i) => [NAMES[i] as string, builder.finish().toVector()]));
    return arrow.tableToIPC(new arrow.Table(vectors), 'stream');
  });
}

/** Opens the streams; nothing is copied, and no value looked at. Returns the rows. */
export const openWithArrow = (streams: readonly Uint8Array[]) =>
  streams.reduce((rows, stream) => rows + arrow.tableFromIPC(stream).numRows, 0);

/** DuckDB on one thread with the same rows in a table. */
export class DuckDB {
  readonly #connection: DuckDBConnection;
  readonly #file = join(tmpdir(), `squall-bench-exchange-${process.pid}.parquet`);

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(parts: Iterable<Columns>): Promise<DuckDB> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    await connection.run(
      'CREATE TABLE t (orderkey BIGINT, partkey BIGINT, suppkey INTEGER, shipdate DATE, shipmode VARCHAR, comment VARCHAR)',
    );
    const appender = await connection.createAppender('t');
    for (const columns of parts) {
      for (let from = 0; from < columns.orderkey.length; from += 2048) {
        const part = <T>(values: readonly T[]) => values.slice(from, from + 2048);
        const chunk = DuckDBDataChunk.create([BIGINT, BIGINT, INTEGER, DATE, VARCHAR, VARCHAR]);
        chunk.setColumns([
          part(columns.orderkey),
          part(columns.partkey),
          part(columns.suppkey),
          part(columns.shipdate).map((days) => new DuckDBDateValue(days)),
          part(columns.shipmode),
          part(columns.comment),
        ]);
        appender.appendDataChunk(chunk);
      }
    }
    appender.closeSync();
    return new DuckDB(connection);
  }

  /** COPY to Parquet without compression. Returns the bytes of the file. */
  async copy(): Promise<number> {
    await this.#connection.run(`COPY t TO '${this.#file}' (FORMAT parquet, CODEC 'uncompressed')`);
    return statSync(this.#file).size;
  }

  /** Reads every column of what `copy` wrote, and does little with it. */
  async scan(): Promise<number> {
    const of = 'count(*), max(orderkey), max(partkey), max(suppkey), max(shipdate), max(shipmode), max(comment)';
    const reader = await this.#connection.runAndReadAll(`SELECT ${of} FROM read_parquet('${this.#file}')`);
    return Number(reader.getRows()[0]?.[0]);
  }

  close(): void {
    this.#connection.closeSync();
    rmSync(this.#file, { force: true });
  }
}
