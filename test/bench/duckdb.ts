import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api';
import type { Value } from '../../src/common/types.ts';
import { toValue } from '../oracle/duckdb.ts';

/** DuckDB on one thread; the tables of a folder are views over its files. */
export class Comparator {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<Comparator> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    return new Comparator(await instance.connect());
  }

  static get version(): string {
    return version();
  }

  /** From now on these names are these files. */
  async use(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, path] of Object.entries(files)) {
      await this.#connection.run(`CREATE OR REPLACE VIEW "${name}" AS SELECT * FROM read_parquet('${path}')`);
    }
  }

  async rows(sql: string): Promise<Value[][]> {
    const reader = await this.#connection.runAndReadAll(sql);
    return reader.getRows().map((row) => row.map(toValue));
  }

  /** Runs through the result, chunk by chunk, and looks at nothing but the number of rows. */
  async drain(sql: string): Promise<number> {
    const result = await this.#connection.stream(sql);
    let rows = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) return rows;
      rows += chunk.rowCount;
    }
  }

  close(): void {
    this.#connection.closeSync();
  }
}
