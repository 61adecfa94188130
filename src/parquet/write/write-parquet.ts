import * as arrow from 'apache-arrow';
import { assertNever, InternalError, SquallError, throwIfAborted } from '../../common/errors.ts';
import type { Schema } from '../../common/types.ts';
import { arrowSchema } from './arrow-schema.ts';
import { loadParquetWasm, type ParquetWasm } from './parquet-wasm.ts';

export type ParquetCompression = 'none' | 'snappy' | 'zstd';

/** Rows of a row group unless told otherwise: what one scan task decodes at a time. */
export const DEFAULT_ROW_GROUP_ROWS = 122_880;

export interface WriteParquetOptions {
  /** Default snappy. */
  readonly compression?: ParquetCompression;
  /** Most rows of a row group; default 122,880. */
  readonly rowGroupRows?: number;
  /** Columns without a dictionary: those whose values hardly repeat. All others get one. */
  readonly plainColumns?: readonly string[];
  readonly signal?: AbortSignal;
}

type Batches = Iterable<arrow.RecordBatch> | AsyncIterable<arrow.RecordBatch>;

/**
 * One Parquet file from Arrow batches, a row group at a time, with statistics per column chunk. The batches have the
 * schema `arrowSchema(schema)`; decimals up to 18 digits become INT64, and a column that is not nullable is REQUIRED.
 *
 * Memory stays at about one row group. Batches are pulled as the bytes are; when the consumer stops early, or the signal
 * fires (CancelledError), the batches' iterator is closed. An error of theirs is thrown as it is.
 */
export async function* writeParquet(
  schema: Schema,
  batches: Batches,
  options: WriteParquetOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  throwIfAborted(options.signal);
  const wasm = await loadParquetWasm();
  const source = new BatchSource(wasm, arrowSchema(schema), batches, options.signal);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const output = await wasm.transformParquetStream(source.stream, writerProperties(wasm, options));
    reader = (output as ReadableStream<Uint8Array>).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      source.throwIfFailed();
      if (done) return;
      yield value;
    }
  } catch (error) {
    source.throwIfFailed();
    throw error instanceof SquallError
      ? error
      : new InternalError(`writing Parquet failed: ${error}`, { cause: error });
  } finally {
    await reader?.cancel();
    await source.close();
  }
}

/** The caller's batches as the stream that parquet-wasm reads. It takes over every batch it is given. */
class BatchSource {
  readonly stream: ReadableStream<unknown>;
  readonly #wasm: ParquetWasm;
  readonly #schema: arrow.Schema;
  readonly #iterator: AsyncIterator<arrow.RecordBatch> | Iterator<arrow.RecordBatch>;
  readonly #signal: AbortSignal | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #done = false;

  constructor(wasm: ParquetWasm, schema: arrow.Schema, batches: Batches, signal: AbortSignal | undefined) {
    this.#wasm = wasm;
    this.#schema = schema;
    this.#signal = signal;
    this.#iterator = Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
    const first = emptyBatch(schema);
    this.stream = new ReadableStream<unknown>(
      {
        start: (controller) => controller.enqueue(this.#imported(first)),
        pull: (controller) => this.#pull(controller),
      },
      { highWaterMark: 0 },
    );
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.thrown;
  }

  async close(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    await this.#iterator.return?.();
  }

  async #pull(controller: ReadableStreamDefaultController<unknown>): Promise<void> {
    try {
      throwIfAborted(this.#signal);
      const { done, value } = await this.#iterator.next();
      if (done) {
        this.#done = true;
        controller.close();
      } else controller.enqueue(this.#imported(value));
    } catch (error) {
      this.#failure = { thrown: error };
      controller.error(error);
    }
  }

  #imported(batch: arrow.RecordBatch): unknown {
    if (!arrow.util.compareSchemas(batch.schema, this.#schema)) {
      throw new InternalError(`a batch has the schema ${batch.schema} instead of ${this.#schema}`);
    }
    const table = this.#wasm.Table.fromIPCStream(arrow.tableToIPC(new arrow.Table([batch]), 'stream'));
    try {
      return table.recordBatch(0);
    } finally {
      table.free();
    }
  }
}

/** Comes first, so that a file without rows has its schema too. */
function emptyBatch(schema: arrow.Schema): arrow.RecordBatch {
  const type = new arrow.Struct(schema.fields);
  const children = schema.fields.map((field) => arrow.makeData({ type: field.type, length: 0 } as never));
  return new arrow.RecordBatch(schema, arrow.makeData({ type, length: 0, nullCount: 0, children }));
}

function writerProperties(wasm: ParquetWasm, options: WriteParquetOptions) {
  const { compression = 'snappy', rowGroupRows = DEFAULT_ROW_GROUP_ROWS, plainColumns = [] } = options;
  let builder = new wasm.WriterPropertiesBuilder()
    .setCompression(codec(wasm, compression))
    .setMaxRowGroupSize(rowGroupRows)
    .setDictionaryEnabled(true)
    .setStatisticsEnabled(wasm.EnabledStatistics.Chunk)
    .setCreatedBy('squall');
  for (const column of plainColumns) builder = builder.setColumnDictionaryEnabled(column, false);
  return builder.build();
}

function codec(wasm: ParquetWasm, compression: ParquetCompression) {
  switch (compression) {
    case 'none':
      return wasm.Compression.UNCOMPRESSED;
    case 'snappy':
      return wasm.Compression.SNAPPY;
    case 'zstd':
      return wasm.Compression.ZSTD;
    default:
      return assertNever(compression);
  }
}
