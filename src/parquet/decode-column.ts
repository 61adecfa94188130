import { InternalError, SquallError } from '../common/errors.ts';
import type { Arena } from '../wasm/arena.ts';
import { bitmapBytes, layoutOf } from '../wasm/layout.ts';
import type { Pointer, Vector } from '../wasm/vector.ts';
import { ArrowColumn } from './arrow-ffi.ts';
import { type ColumnContext, checkTypes, columnName } from './conversion.ts';
import { copyFixed } from './copy-fixed.ts';
import { copyViews } from './copy-views.ts';
import { parquetError } from './errors.ts';
import { nullVector } from './null-vector.ts';
import { checkPage, readPageHeaders } from './pages.ts';
import { type ParquetWasm, withParquetWasm } from './parquet-wasm.ts';
import { singleColumnFile } from './single-column-file.ts';

/** Rows that parquet-wasm decodes at a time; a multiple of 8, so that bitmaps of batches join at bytes. */
const BATCH_ROWS = 131072;

/**
 * Decodes one column chunk through parquet-wasm, from a file made of nothing but this chunk.
 * @param bytes The chunk.
 * @throws ExecutionError SQ3105 to SQ3109 naming file, row group and column; ResourceError SQ4001
 */
export async function decodeColumn(
  bytes: Uint8Array,
  context: ColumnContext,
  rows: number,
  arena: Arena,
): Promise<Vector> {
  const { uri, chunk, wanted } = context;
  checkTypes(uri, chunk, wanted.type);
  if (rows === 0) return nullVector(arena, wanted.type, 0);
  const where = columnName(context);
  const pages = readPageHeaders(bytes, chunk, uri, where);
  for (const [index, page] of pages.entries()) checkPage(bytes, page, index, uri, where);
  const file = singleColumnFile(chunk, bytes);
  try {
    return await withParquetWasm((wasm) => readTable(wasm, file, context, rows, arena));
  } catch (cause) {
    if (cause instanceof SquallError) throw cause;
    throw parquetError('SQ3105', uri, `${columnName(context)} cannot be decoded: ${reason(cause)}`, { cause });
  }
}

function reason(thrown: unknown): string {
  if (thrown instanceof WebAssembly.RuntimeError) return 'the decoder crashed on it';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/^Parquet argument error: (Parquet error: )?/, '').trim();
}

function readTable(wasm: ParquetWasm, file: Uint8Array, context: ColumnContext, rows: number, arena: Arena): Vector {
  const stream = wasm.readParquet(file, { batchSize: BATCH_ROWS }).intoFFI();
  try {
    const schema = stream.schemaAddr();
    const { buffer } = wasm.wasmMemory();
    const batches = Array.from({ length: stream.numArrays() }, (_, i) =>
      ArrowColumn.only(buffer as ArrayBuffer, schema, stream.arrayAddr(i)),
    );
    const decoded = batches.reduce((sum, batch) => sum + batch.length, 0);
    if (decoded !== rows) {
      throw parquetError('SQ3106', context.uri, `${columnName(context)} has ${decoded} rows, not ${rows}`);
    }
    return copyBatches(batches, context, rows, arena);
  } finally {
    stream.free();
  }
}

function copyBatches(batches: readonly ArrowColumn[], context: ColumnContext, rows: number, arena: Arena): Vector {
  const { type, nullable } = context.wanted;
  const layout = layoutOf(type);
  const width = layout === 'views' ? 8 : layout;
  const nulls = batches.reduce((sum, batch) => sum + batch.nullCount, 0);
  if (nulls > 0 && !nullable) {
    throw parquetError(
      'SQ3107',
      context.uri,
      `${columnName(context)} has ${nulls} NULLs, but the table says it has none`,
    );
  }
  const validity = nulls > 0 ? copyValidity(batches, rows, arena) : 0;
  const data = arena.allocate(rows * width);
  let row = 0;
  for (const batch of batches) {
    checkFormat(batch, context);
    const pointer = data + row * width;
    if (layout === 'views') copyViews(batch, arena, pointer, context.chunk);
    else copyFixed(batch, { memory: arena.memory.buffer as ArrayBuffer, pointer, width }, context);
    row += batch.length;
  }
  if (layout === 'views') return { kind: 'views', type, length: rows, validity, data };
  return { kind: 'fixed', type, width: layout, length: rows, validity, data };
}

function copyValidity(batches: readonly ArrowColumn[], rows: number, arena: Arena): Pointer {
  const pointer = arena.allocate(bitmapBytes(rows));
  const bitmap = arena.bytes(pointer, bitmapBytes(rows)).fill(0);
  let at = 0;
  for (const batch of batches) {
    const whole = at % 8 === 0 && batch.offset % 8 === 0;
    if (batch.nullCount > 0 && whole) {
      bitmap.set(batch.region(0, batch.offset / 8, bitmapBytes(batch.length)), at / 8);
    } else {
      for (let row = 0; row < batch.length; row++) {
        const bit = at + row;
        if (batch.isValid(row)) bitmap[bit >>> 3] = (bitmap[bit >>> 3] as number) | (1 << (bit & 7));
      }
    }
    at += batch.length;
  }
  return pointer;
}

const FORMATS = { BOOLEAN: 'b', INT32: 'i', INT64: 'l', INT96: 'w:12', FLOAT: 'f', DOUBLE: 'g' } as const;

/** The Arrow type that the chunk's physical type must have become; anything else would be read as wrong values. */
function checkFormat(batch: ArrowColumn, { chunk }: ColumnContext): void {
  const expected = expectedFormat(chunk);
  if (batch.format !== expected) throw new InternalError(`an Arrow array of format ${batch.format}, not ${expected}`);
}

function expectedFormat({ physicalType, type, typeLength }: ColumnContext['chunk']): string {
  if (physicalType !== 'BYTE_ARRAY' && physicalType !== 'FIXED_LEN_BYTE_ARRAY') return FORMATS[physicalType];
  if (type.kind === 'decimal') return `d:${type.precision},${type.scale}`;
  if (physicalType === 'FIXED_LEN_BYTE_ARRAY') return `w:${typeLength}`;
  return type.kind === 'varchar' ? 'u' : 'z';
}
