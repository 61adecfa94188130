import { availableParallelism } from 'node:os';
import pLimit, { type LimitFunction } from 'p-limit';
import { BindError, cancelled, throwIfAborted } from '../../src/common/errors.ts';
import { DEFAULT_ROW_GROUP_ROWS, type ParquetCompression } from '../../src/parquet/write/write-parquet.ts';
import type { ObjectLocation, ObjectStore } from '../../src/storage/object-store.ts';
import { Scale } from '../scale.ts';
import { TPCH_TABLES, type TpchTable } from '../schema.ts';
import { rowsPerUnit } from './generate-table.ts';
import { inlineRunner, type JobRunner } from './job-runner.ts';
import { ObjectWriter } from './object-writer.ts';
import { type FilePlan, planFiles, type TpchFormat } from './plan.ts';
import type { JobPart } from './run-job.ts';
import { TextPool } from './text-pool.ts';
import { threadRunner } from './thread-runner.ts';

/** Eight of them are all of lineitem at scale factor 1. */
const DEFAULT_ROWS_PER_FILE = 750_000;
/** More threads than these would need more than 1 GiB. */
const MOST_DEFAULT_THREADS = 4;
const PART_BYTES = 8 * 1024 * 1024;
/** S3 takes 10,000 parts. */
const MOST_PARTS = 8_000;
/** More than a row of any table takes. */
const ROW_BYTES = 256;

export interface GenerateOptions {
  /** Scale factor, a multiple of 0.001 up to 10,000: 1 is about 1 GB of text, or 0.3 GB of Parquet. */
  readonly scale: number;
  /** Default parquet: `TABLE/TABLE-00000.parquet` and so on; tbl: `TABLE.tbl` as the reference dbgen 2.14 writes it. */
  readonly format?: TpchFormat;
  /** Default all eight. */
  readonly tables?: readonly TpchTable[];
  /** Of Parquet; default snappy. */
  readonly compression?: ParquetCompression;
  /** Most rows of a row group; default 122,880. A file's row groups are even. */
  readonly rowGroupRows?: number;
  /** About the most rows of a Parquet file; default 750,000. A table's files are even. */
  readonly rowsPerFile?: number;
  readonly store: ObjectStore;
  /** The files are put below this key: `tpch` and `tpch/` both make `tpch/lineitem/…`. */
  readonly base: ObjectLocation;
  /** Worker threads; 1 works in the calling thread. Default: the processor's, at most 4. */
  readonly threads?: number;
  /** Share one between calls: its 300 MiB of text take a processor two seconds to make. */
  readonly pool?: TextPool;
  /** Called after every part written, in this thread. */
  readonly onProgress?: (progress: GenerateProgress) => void;
  readonly signal?: AbortSignal;
}

export interface GenerateProgress {
  readonly rows: number;
  /** An estimate as long as lineitem is not finished: an order has four lines on average. */
  readonly totalRows: number;
  /** Written so far. */
  readonly bytes: number;
  readonly files: number;
  readonly totalFiles: number;
}

export interface GeneratedFile {
  readonly table: TpchTable;
  readonly location: ObjectLocation;
  readonly rows: number;
  readonly bytes: number;
}

export interface GenerateResult {
  readonly files: readonly GeneratedFile[];
  readonly rows: number;
  readonly bytes: number;
}

/**
 * Writes TPC-H tables, bit-exact with the reference, in memory that does not grow with the scale.
 *
 * Existing objects of the same names are replaced, others stay. A file appears whole or not at all; after an error, or a
 * fired signal (CancelledError), those already whole remain. Throws BindError SQ1090 and SQ1091 for options out of range,
 * UnsupportedError SQ2090 for a scale factor above 10,000, StorageError from the store.
 */
export async function generate(options: GenerateOptions): Promise<GenerateResult> {
  throwIfAborted(options.signal);
  const files = planFiles({
    scale: new Scale(options.scale),
    tables: options.tables ?? TPCH_TABLES,
    format: options.format ?? 'parquet',
    compression: options.compression ?? 'snappy',
    rowGroupRows: positive('rowGroupRows', options.rowGroupRows ?? DEFAULT_ROW_GROUP_ROWS),
    rowsPerFile: positive('rowsPerFile', options.rowsPerFile ?? DEFAULT_ROWS_PER_FILE),
  });
  const threads = positive('threads', options.threads ?? Math.min(availableParallelism(), MOST_DEFAULT_THREADS));
  return new Generation(options, threads).run(files);
}

function positive(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new BindError('SQ1091', `${name} is ${value}, not a whole number above 0`);
}

/** One call of `generate` under way. */
class Generation {
  readonly #options: GenerateOptions;
  readonly #runner: JobRunner;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #done: GeneratedFile[] = [];
  #failure: { readonly thrown: unknown } | undefined;
  #totalFiles = 0;
  #totalRows = 0;
  #rows = 0;
  #bytes = 0;

  constructor(options: GenerateOptions, threads: number) {
    this.#options = options;
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#stop.signal]) : this.#stop.signal;
    const pool = options.pool ?? new TextPool();
    this.#runner = threads === 1 ? inlineRunner(pool, this.#signal) : threadRunner(pool, threads);
  }

  async run(files: readonly FilePlan[]): Promise<GenerateResult> {
    const onAbort = () => this.#fail(cancelled(this.#signal));
    this.#signal.addEventListener('abort', onAbort);
    try {
      this.#totalFiles = files.length;
      this.#totalRows = files.reduce((sum, file) => sum + expectedRows(file), 0);
      const limit = pLimit(this.#runner.window);
      await Promise.all(files.map((file) => this.#file(file, limit)));
    } finally {
      this.#signal.removeEventListener('abort', onAbort);
      await this.#runner.close();
    }
    if (this.#failure) throw this.#failure.thrown;
    return { files: this.#done, rows: this.#rows, bytes: this.#bytes };
  }

  /** Jobs begin in the order of the plan, as the limit lets them; their parts are written in that order too. */
  async #file(file: FilePlan, limit: LimitFunction): Promise<void> {
    const output = new FileOutput(file, this.#options, this.#signal);
    let previous = Promise.resolve();
    for (const job of file.jobs) {
      const before = previous;
      previous = limit(async () => {
        if (this.#failure) return;
        const parts = this.#runner.run(job);
        await before;
        if (!this.#failure) await this.#drain(parts, output);
      }).catch((error: unknown) => this.#fail(error));
    }
    await previous;
    await this.#finish(file, output);
  }

  async #drain(parts: AsyncIterable<JobPart>, output: FileOutput): Promise<void> {
    for await (const part of parts) {
      await output.write(part);
      this.#rows += part.rows;
      this.#bytes += part.bytes.length;
      this.#report();
    }
  }

  async #finish(file: FilePlan, output: FileOutput): Promise<void> {
    try {
      if (!this.#failure) {
        await output.finish();
        this.#done.push({ table: file.table, location: output.location, rows: output.rows, bytes: output.bytes });
        this.#totalRows += output.rows - expectedRows(file);
        this.#report();
        return;
      }
    } catch (error) {
      this.#fail(error);
    }
    await output.abort().catch((error: unknown) => {
      process.emitWarning(`an unfinished upload of ${output.location.key} may have been left behind: ${error}`);
    });
  }

  /** The first failure is the one that is thrown; it ends all work. */
  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { thrown: error };
    this.#stop.abort(error);
    void this.#runner.close();
  }

  #report(): void {
    this.#options.onProgress?.({
      rows: this.#rows,
      totalRows: this.#totalRows,
      bytes: this.#bytes,
      files: this.#done.length,
      totalFiles: this.#totalFiles,
    });
  }
}

const expectedRows = ({ table, jobs }: FilePlan) => jobs.reduce((sum, job) => sum + job.units * rowsPerUnit(table), 0);

/** One file on its way into the store. */
class FileOutput {
  readonly location: ObjectLocation;
  readonly #writer: ObjectWriter;
  rows = 0;
  bytes = 0;

  constructor(file: FilePlan, { store, base }: GenerateOptions, signal: AbortSignal) {
    const folder = base.key === '' || base.key.endsWith('/') ? base.key : `${base.key}/`;
    this.location = { bucket: base.bucket, key: folder + file.path };
    const partBytes = Math.max(PART_BYTES, Math.ceil((expectedRows(file) * ROW_BYTES) / MOST_PARTS));
    this.#writer = new ObjectWriter(store, this.location, partBytes, { signal });
  }

  async write(part: JobPart): Promise<void> {
    await this.#writer.write(part.bytes);
    this.rows += part.rows;
    this.bytes += part.bytes.length;
  }

  async finish(): Promise<void> {
    await this.#writer.finish();
  }

  async abort(): Promise<void> {
    await this.#writer.abort();
  }
}
