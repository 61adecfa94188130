import { type RecordBatch, RecordBatchReader, type Schema, Table } from 'apache-arrow';
import {
  asSquallError,
  CancelledError,
  cancelled,
  ExecutionError,
  InternalError,
  throwIfAborted,
} from '../common/errors.ts';
import type { Field, Value } from '../common/types.ts';
import { arrowSchema } from '../exchange/arrow-ipc.ts';
import type { Manifest } from '../operators/task.ts';
import type { Stores } from '../storage/stores.ts';
import { arrowColumn } from './arrow-values.ts';
import type { QueryReport } from './report.ts';
import type { RequestMeter } from './request-meter.ts';

/** Bytes read at once from a result that lies in the store. */
const RESULT_RANGE_BYTES = 8 * 1024 * 1024;

/**
 * The rows of a query as Arrow record batches. Iterate once: `for await (const batch of result)`. Leaving the loop early, or
 * `close()`, drops the rest and removes the query's temporary objects. Rows that cannot be read whole are an error, never a
 * shorter result.
 */
export class QueryResult implements AsyncIterable<RecordBatch> {
  readonly columns: readonly Field[];
  readonly #schema: Schema;
  readonly #source: ResultSource;
  #consumed = false;

  constructor(columns: readonly Field[], source: ResultSource) {
    this.columns = columns;
    this.#schema = arrowSchema(columns);
    this.#source = source;
  }

  /** What the query took so far; final once the rows have been read. */
  get report(): QueryReport {
    return this.#source.report();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordBatch, void, undefined> {
    if (this.#consumed) throw new ExecutionError('SQ3006', 'the result of a query can be read once');
    this.#consumed = true;
    let state: EndState = 'finished';
    try {
      for (const manifest of this.#source.manifests) yield* this.#batches(manifest);
    } catch (thrown) {
      const error = this.#source.signal.aborted ? cancelled(this.#source.signal) : asSquallError(thrown);
      state = error instanceof CancelledError ? 'cancelled' : 'failed';
      throw error;
    } finally {
      await this.#source.end(state);
    }
  }

  /** All rows as one Arrow table, in memory. */
  async toTable(): Promise<Table> {
    const batches: RecordBatch[] = [];
    for await (const batch of this) batches.push(batch);
    return batches.length === 0 ? new Table(this.#schema) : new Table(this.#schema, batches);
  }

  /** The rows as SQL values, one array per row; see `Value` for the JavaScript form of each type. */
  async *values(): AsyncGenerator<readonly Value[], void, undefined> {
    for await (const batch of this) {
      const readers = this.columns.map((column, index) => arrowColumn(batch, index, column.type));
      for (let row = 0; row < batch.numRows; row++) yield readers.map((read) => read(row));
    }
  }

  async *#batches(manifest: Manifest): AsyncGenerator<RecordBatch, void, undefined> {
    const { signal } = this.#source;
    let rows = 0;
    throwIfAborted(signal);
    for await (const batch of readManifest(manifest, this.#source)) {
      rows += batch.numRows;
      // apache-arrow gives columns of one name one type: the result's own schema is the right one.
      if (batch.numRows > 0) yield Object.assign(batch, { schema: this.#schema });
      throwIfAborted(signal);
    }
    if (rows !== manifest.rows) throw new InternalError(`a result of ${manifest.rows} rows arrived with ${rows}`);
  }

  /** Drops unread rows and removes temporary objects. Idempotent; reading to the end does the same. */
  async close(): Promise<void> {
    this.#consumed = true;
    await this.#source.end('finished');
  }
}

/** Where a result reads from, and whom it tells. */
export interface ResultSource {
  /** The last stage's outputs, in order. */
  readonly manifests: readonly Manifest[];
  readonly stores: Stores;
  readonly meter: RequestMeter;
  readonly signal: AbortSignal;
  report(): QueryReport;
  /** Called when no more will be read; again is no error. */
  end(state: EndState): Promise<void>;
}

type EndState = 'finished' | 'failed' | 'cancelled';

async function* readManifest(manifest: Manifest, source: ResultSource): AsyncGenerator<RecordBatch> {
  const { body } = manifest;
  if (body.kind === 'inline') {
    yield* RecordBatchReader.from(aligned(body.bytes));
    return;
  }
  if (body.kind === 'links') throw new InternalError('a result was sent over links');
  yield* await RecordBatchReader.from(readObject(body, source));
}

async function* readObject(
  body: Extract<Manifest['body'], { kind: 'object' }>,
  { stores, meter, signal }: ResultSource,
): AsyncGenerator<Uint8Array> {
  const { store, location } = stores.resolve(body.uri);
  for (let offset = 0; offset < body.size; offset += RESULT_RANGE_BYTES) {
    const length = Math.min(RESULT_RANGE_BYTES, body.size - offset);
    const range = { kind: 'range', offset, length } as const;
    const part = await meter.run(() => store.getRange(location, range, { signal, ifMatch: body.etag }));
    yield aligned(part.body);
  }
}

/** Arrow lays typed arrays over the bytes, which therefore have to begin at a multiple of eight. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes));
