import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SqlType } from '../../src/common/types.ts';
import { type ParquetFooter, parseFooter } from '../../src/parquet/parse-footer.ts';
import { planRowGroup } from '../../src/parquet/plan-row-group.ts';
import type { FetchedRowGroup } from '../../src/parquet/read-row-group.ts';
import type { RowGroupInput } from '../../src/parquet/row-group-input.ts';
import type { Plans, Relation } from '../oracle/plan-builder.ts';

/** Magic and length at a file's end. */
const TRAILER_BYTES = 8;

export interface TablesOptions {
  /** Whether files are kept in memory whole, or read range by range when they are decoded. Default true. */
  readonly resident?: boolean;
}

/** A Parquet file and its footer. */
export class TableFile {
  readonly path: string;
  readonly size: number;
  readonly footer: ParquetFooter;
  readonly #read: (offset: number, length: number) => Uint8Array;

  constructor(path: string, { resident = true }: TablesOptions = {}) {
    this.path = path;
    this.size = statSync(path).size;
    const whole = resident ? readFileSync(path) : null;
    this.#read = (offset, length) => whole?.subarray(offset, offset + length) ?? readBytes(path, offset, length);
    const end = this.size - TRAILER_BYTES;
    const length = Buffer.from(this.#read(end, TRAILER_BYTES)).readUInt32LE(0);
    this.footer = parseFooter(this.#read(end - length, length).slice(), { uri: path, size: this.size });
  }

  /** What a task would be told to read of these columns. */
  inputs(columns: readonly string[]): readonly RowGroupInput[] {
    const { footer, path: uri, size } = this;
    const indexes = columns.map((name) => this.#index(name));
    return Array.from({ length: footer.rowGroupCount }, (_, rowGroup) =>
      planRowGroup({ footer, uri, etag: '', size, rowGroup, columns: indexes }),
    );
  }

  /** The ranges of a row group. */
  fetched({ ranges }: RowGroupInput): FetchedRowGroup {
    return { parts: ranges.map(({ offset, length }) => this.#read(offset, length)) };
  }

  typeOf(column: string): SqlType {
    return this.footer.schema[this.#index(column)]!.type;
  }

  #index(column: string): number {
    const index = this.footer.schema.findIndex(({ name }) => name === column);
    if (index < 0) throw new Error(`${this.path} has no column "${column}"`);
    return index;
  }
}

function readBytes(path: string, offset: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, 'r');
  try {
    let at = 0;
    while (at < length) {
      const read = readSync(file, bytes, at, length - at, offset + at);
      if (read === 0) throw new Error(`${path} ends before byte ${offset + length}`);
      at += read;
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}

/** The files of one folder, `TABLE.parquet`, each read when it is first used. */
export class Tables {
  readonly folder: string;
  readonly #options: TablesOptions;
  readonly #files = new Map<string, TableFile>();

  constructor(folder: string, options: TablesOptions = {}) {
    this.folder = folder;
    this.#options = options;
  }

  path(table: string): string {
    return join(this.folder, `${table}.parquet`);
  }

  file(table: string): TableFile {
    let file = this.#files.get(table);
    if (!file) {
      file = new TableFile(this.path(table), this.#options);
      this.#files.set(table, file);
    }
    return file;
  }

  scan(plans: Plans, table: string, columns: readonly string[]): Relation {
    const file = this.file(table);
    return plans.scan(table, Object.fromEntries(columns.map((name) => [name, file.typeOf(name)])));
  }
}
