import * as arrow from 'apache-arrow';
import type { Field } from '../common/types.ts';
import type { Compression } from '../operators/task.ts';
import { arrowSchema } from './arrow-types.ts';

/** A field node of a record batch: rows and nulls of one column, in preorder. */
export interface FieldNode {
  readonly length: number;
  readonly nulls: number;
}

/** What the header of a record batch says. */
export interface BatchHeader {
  readonly rows: number;
  readonly nodes: readonly FieldNode[];
  /** Bytes of each buffer. In the body each begins at a multiple of 8. */
  readonly buffers: readonly number[];
  readonly compression: Compression | null;
}

/** What ends an Arrow IPC stream. */
export const END_OF_STREAM = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/** The message that begins an Arrow IPC stream. */
export function schemaMessage(schema: arrow.Schema): Uint8Array {
  const bytes = streamOf(schema);
  return bytes.slice(0, bytes.length - END_OF_STREAM.length);
}

/** A stream of no rows. */
export const emptyStream = (fields: readonly Field[]) => streamOf(arrowSchema(fields));

function streamOf(schema: arrow.Schema): Uint8Array {
  const writer = new arrow.RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  writer.finish();
  return writer.toUint8Array(true);
}

/** Bytes up to the next multiple of 8. */
export const padded = (bytes: number) => Math.ceil(bytes / 8) * 8;

/** The message of a record batch, up to its body. */
export const recordBatchMessage = (header: BatchHeader) => message(header, null);

/** The message of a dictionary that takes the place of any earlier one of its number, up to its body. */
export const dictionaryMessage = (id: number, header: BatchHeader) => message(header, id);

const CONTINUATION = 0xffffffff;
const PREFIX_BYTES = 8;
const METADATA_V5 = 4;
const HEADER_DICTIONARY = 2;
const HEADER_BATCH = 3;
const CODEC: Readonly<Record<Compression, number>> = { lz4: 0, zstd: 1 };

// Where the parts of the FlatBuffer lie, tables at multiples of 8 so that their 64-bit fields do too.
const MESSAGE_VTABLE = 4;
const BATCH_VTABLE = 16;
const COMPRESSION_VTABLE = 28;
const DICTIONARY_VTABLE = 36;
const MESSAGE = 48;
const DICTIONARY = 72;
const BATCH = 96;
const COMPRESSION = 120;
/** The count of a vector stands in the 4 bytes before its entries. */
const NODES = 136;

/** A FlatBuffer `Message` (Message.fbs of the Arrow format), laid out by hand. */
function message({ rows, nodes, buffers, compression }: BatchHeader, dictionary: number | null): Uint8Array {
  const bufferEntries = NODES + nodes.length * 16 + 8;
  const length = bufferEntries + buffers.length * 16;
  const bytes = new Uint8Array(PREFIX_BYTES + length);
  const prefix = new DataView(bytes.buffer);
  prefix.setUint32(0, CONTINUATION, true);
  prefix.setUint32(4, length, true);
  const view = new DataView(bytes.buffer, PREFIX_BYTES);
  const vtable = (at: number, tableBytes: number, fields: readonly number[]) => {
    view.setUint16(at, 4 + fields.length * 2, true);
    view.setUint16(at + 2, tableBytes, true);
    for (const [i, offset] of fields.entries()) view.setUint16(at + 4 + i * 2, offset, true);
  };
  const table = (at: number, itsVtable: number) => view.setInt32(at, at - itsVtable, true);
  const reference = (at: number, target: number) => view.setUint32(at, target - at, true);

  view.setUint32(0, MESSAGE, true);
  vtable(MESSAGE_VTABLE, 20, [16, 18, 4, 8]);
  vtable(BATCH_VTABLE, 24, [8, 4, 16, compression ? 20 : 0]);
  vtable(COMPRESSION_VTABLE, 8, [4, 5]);
  vtable(DICTIONARY_VTABLE, 20, [8, 4, 16]);

  table(MESSAGE, MESSAGE_VTABLE);
  reference(MESSAGE + 4, dictionary === null ? BATCH : DICTIONARY);
  view.setBigInt64(MESSAGE + 8, BigInt(buffers.reduce((sum, size) => sum + padded(size), 0)), true);
  view.setInt16(MESSAGE + 16, METADATA_V5, true);
  view.setUint8(MESSAGE + 18, dictionary === null ? HEADER_BATCH : HEADER_DICTIONARY);

  table(DICTIONARY, DICTIONARY_VTABLE);
  reference(DICTIONARY + 4, BATCH);
  view.setBigInt64(DICTIONARY + 8, BigInt(dictionary ?? 0), true);

  table(BATCH, BATCH_VTABLE);
  reference(BATCH + 4, NODES - 4);
  view.setBigInt64(BATCH + 8, BigInt(rows), true);
  reference(BATCH + 16, bufferEntries - 4);
  reference(BATCH + 20, COMPRESSION);
  table(COMPRESSION, COMPRESSION_VTABLE);
  if (compression) view.setInt8(COMPRESSION + 4, CODEC[compression]);

  view.setUint32(NODES - 4, nodes.length, true);
  nodes.forEach((node, i) => {
    view.setUint32(NODES + i * 16, node.length, true);
    view.setUint32(NODES + i * 16 + 8, node.nulls, true);
  });
  view.setUint32(bufferEntries - 4, buffers.length, true);
  let offset = 0;
  buffers.forEach((size, i) => {
    view.setBigInt64(bufferEntries + i * 16, BigInt(offset), true);
    view.setBigInt64(bufferEntries + i * 16 + 8, BigInt(size), true);
    offset += padded(size);
  });
  return bytes;
}
