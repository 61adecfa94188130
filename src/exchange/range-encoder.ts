import type { Field, Value } from '../common/types.ts';
import type { ExecutionContext } from '../operators/execution.ts';
import { type Column, fieldOf } from '../operators/expr/expr.ts';
import { RowBuffer } from '../operators/rows/row-buffer.ts';
import type { ManifestPartition, OutputPartitioning } from '../operators/task.ts';
import { Arena } from '../wasm/arena.ts';
import { columnReader } from '../wasm/read-vector.ts';
import type { Batch, Vector } from '../wasm/vector.ts';
import { arrowSchema } from './arrow-types.ts';
import type { BodyCodec } from './body-codec.ts';
import { ByteSink } from './byte-sink.ts';
import { schemaMessage } from './ipc-write.ts';
import type { OutputBody } from './manifest.ts';
import type { OutputSink } from './output-sink.ts';
import { BATCH_ROWS, PartitionedRows } from './partitioned-rows.ts';
import { keyPositions } from './range-keys.ts';
import { onePartition } from './row-partitioner.ts';
import { StreamWriter } from './stream-writer.ts';

/** Rows that wait in linear memory until it is decided how long the streams are. */
const WAITING_ROWS = 131_072;
/** Share of an operator's memory that they may take. */
const WAITING_SHARE = 4;
/** Streams in a piece, about, once there are more rows than wait: pieces are made of whole streams. */
const STREAMS_PER_PIECE = 4;
/** Bytes that the keys at the ends of the pieces may take in a report, about. */
const MAX_KEY_BYTES = 512 * 1024;

type RangePartitioning = Extract<OutputPartitioning, { readonly kind: 'range' }>;

/** Rows that follow each other as Arrow IPC streams, one behind the other. */
interface Piece {
  readonly streams: readonly Uint8Array[];
  readonly rows: number;
  readonly first: readonly Value[];
  readonly last: readonly Value[];
}

/**
 * Writes rows that come sorted, in so many pieces of about equal rows, each with its first and its last keys. The last pieces are empty
 * where there are fewer rows than pieces, or where keys are so long that fewer pieces have to do.
 */
export class RangeEncoder implements OutputSink {
  readonly #context: ExecutionContext;
  readonly #pieces: number;
  readonly #positions: readonly number[];
  readonly #waiting: PartitionedRows;
  /** The keys of the rows that wait. */
  readonly #keys: RowBuffer;
  readonly #reading: Arena;
  readonly #staging: Arena;
  readonly #writer: StreamWriter;
  readonly #written: Piece[] = [];
  #rows = 0;

  constructor(
    context: ExecutionContext,
    columns: readonly Column[],
    { keys, partitions }: RangePartitioning,
    codec: BodyCodec | null = null,
  ) {
    const { memory } = context;
    const schema = columns.map(fieldOf);
    this.#context = context;
    this.#pieces = partitions;
    this.#positions = keyPositions(keys, columns);
    this.#waiting = new PartitionedRows(memory, schema, 1);
    this.#keys = new RowBuffer(
      context,
      this.#positions.map((position) => schema[position] as Field),
    );
    this.#reading = new Arena({ memory });
    this.#staging = new Arena({ memory });
    this.#writer = new StreamWriter(schemaMessage(arrowSchema(schema)), codec);
  }

  /** Takes a copy of the rows. Throws what `PartitionEncoder.add` does. */
  add(batch: Batch): void {
    const { columns, length } = batch;
    if (length === 0) return;
    this.#waiting.add(columns, length, onePartition.order(batch, this.#waiting.arena));
    this.#keys.appendVectors(
      this.#positions.map((position) => columns[position] as Vector),
      length,
      null,
    );
    this.#rows += length;
    const bytes = this.#waiting.bytes + this.#keys.bytes;
    if (this.#keys.rows >= WAITING_ROWS || bytes > this.#context.operatorBytes / WAITING_SHARE) {
      this.#write(Math.ceil(this.#rows / (this.#pieces * STREAMS_PER_PIECE)));
    }
  }

  finish(): OutputBody {
    const pieces = withShortKeys(this.#inPieces());
    const sink = new ByteSink(sum(pieces.flatMap(({ streams }) => streams.map(({ length }) => length))));
    const partitions = pieces.map(({ streams, rows, first, last }): ManifestPartition => {
      const offset = sink.length;
      for (const stream of streams) sink.append(stream);
      return { rows, offset, length: sink.length - offset, range: { first, last } };
    });
    while (partitions.length < this.#pieces) partitions.push({ rows: 0, offset: sink.length, length: 0 });
    return { bytes: sink.bytes(), rows: this.#rows, partitions };
  }

  free(): void {
    this.#waiting.clear();
    this.#keys.free();
    this.#reading.reset();
    this.#staging.reset();
  }

  #inPieces(): readonly Piece[] {
    const isShort = this.#written.length === 0;
    this.#write(Math.ceil(this.#rows / (isShort ? this.#pieces : this.#pieces * STREAMS_PER_PIECE)));
    return isShort ? this.#written : inPieces(this.#written, this.#rows / this.#pieces);
  }

  /** Writes the rows that wait, each so many of them as a stream. */
  #write(streamRows: number): void {
    const rows = this.#keys.rows;
    if (rows === 0) return;
    const reader = this.#waiting.reader(this.#reading);
    reader.open(0);
    const perRow = this.#waiting.bytes / rows;
    for (let from = 0; from < rows; from += streamRows) {
      const end = Math.min(rows, from + streamRows);
      const sink = new ByteSink(Math.ceil((end - from) * perRow) + this.#writer.schemaBytes);
      this.#writer.begin(sink);
      for (let row = from; row < end; row += BATCH_ROWS) {
        const count = Math.min(BATCH_ROWS, end - row);
        this.#writer.batch(sink, count, reader.batch(row, count, this.#staging), this.#staging);
        this.#staging.reset();
      }
      this.#writer.end(sink);
      const [first, last] = [this.#keysOf(from), this.#keysOf(end - 1)];
      this.#written.push({ streams: [sink.bytes()], rows: end - from, first, last });
    }
    this.#reading.reset();
    this.#waiting.clear();
    this.#keys.clear();
  }

  #keysOf(row: number): readonly Value[] {
    const { columns } = this.#keys.batch(row, 1, this.#staging);
    const values = columns.map((column): Value => columnReader(this.#staging, column)(0));
    this.#staging.reset();
    return values;
  }
}

/** Neighbours joined into pieces of about so many rows. */
function inPieces(streams: readonly Piece[], pieceRows: number): readonly Piece[] {
  const groups: Piece[][] = [];
  let rows = 0;
  for (const stream of streams) {
    // Which piece a stream is in, its middle says.
    const number = Math.floor((rows + stream.rows / 2) / pieceRows);
    groups[number] = [...(groups[number] ?? []), stream];
    rows += stream.rows;
  }
  return groups.filter((group) => group !== undefined).map(joined);
}

function joined(pieces: readonly Piece[]): Piece {
  const [first, last] = [pieces[0] as Piece, pieces.at(-1) as Piece];
  return {
    streams: pieces.flatMap(({ streams }) => streams),
    rows: sum(pieces.map(({ rows }) => rows)),
    first: first.first,
    last: last.last,
  };
}

/** As many pieces as a report can name the keys of. */
function withShortKeys(pieces: readonly Piece[]): readonly Piece[] {
  let kept = pieces;
  while (kept.length > 1 && sum(kept.flatMap(({ first, last }) => [...first, ...last].map(sizeOf))) > MAX_KEY_BYTES) {
    kept = Array.from({ length: Math.ceil(kept.length / 2) }, (_, i) => joined(kept.slice(i * 2, i * 2 + 2)));
  }
  return kept;
}

/** Bytes of a value in a message, about. */
function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length * 2;
  return Array.isArray(value) ? sum(value.map(sizeOf)) : 32;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
