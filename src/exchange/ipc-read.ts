import { ExecutionError } from '../common/errors.ts';
import type { Compression } from '../operators/task.ts';
import type { FieldNode } from './ipc-write.ts';

/** A stretch of a message's body, bytes. */
export interface BufferRange {
  readonly offset: number;
  readonly length: number;
}

export interface BatchMessage {
  readonly rows: number;
  readonly nodes: readonly FieldNode[];
  readonly buffers: readonly BufferRange[];
  readonly compression: Compression | null;
  readonly body: Uint8Array;
}

/** A message of an Arrow IPC stream. */
export type IpcMessage =
  | { readonly kind: 'schema' /** The message itself. */; readonly bytes: Uint8Array }
  | { readonly kind: 'dictionary'; readonly id: number; readonly batch: BatchMessage }
  | { readonly kind: 'batch'; readonly batch: BatchMessage }
  | { readonly kind: 'end' };

/** The error of bytes that are no Arrow IPC stream. */
export const notArrow = (why: string, cause?: unknown) =>
  new ExecutionError('SQ3008', `the bytes are not an Arrow IPC stream: ${why}`, { cause });

/** The messages of Arrow IPC streams one behind the other. Throws ExecutionError SQ3008. */
export function* ipcMessages(bytes: Uint8Array): Generator<IpcMessage> {
  let at = 0;
  while (at < bytes.length) {
    const { message, end } = guarded(() => readMessage(bytes, at));
    yield message;
    at = end;
  }
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw notArrow('it points beyond its end', error);
    throw error;
  }
}

const CONTINUATION = 0xffffffff;

function readMessage(bytes: Uint8Array, at: number): { readonly message: IpcMessage; readonly end: number } {
  const prefix = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  if (prefix.getUint32(0, true) !== CONTINUATION) throw notArrow('a message does not begin as one');
  const metadataBytes = prefix.getUint32(4, true);
  const metadataEnd = at + 8 + metadataBytes;
  if (metadataBytes === 0) return { message: { kind: 'end' }, end: metadataEnd };
  if (metadataEnd > bytes.length) throw notArrow('it ends inside of a message');
  const buffer = new FlatBuffer(new DataView(bytes.buffer, bytes.byteOffset + at + 8, metadataBytes));
  const root = buffer.root();
  const bodyBytes = buffer.i64(root, 3);
  const end = metadataEnd + bodyBytes;
  if (end > bytes.length) throw notArrow('it ends inside of a body');
  const body = bytes.subarray(metadataEnd, end);
  const type = buffer.u8(root, 1);
  const header = buffer.table(root, 2);
  if (header === 0) throw notArrow('a message has no header');
  switch (type) {
    case 1:
      checkSchema(buffer, header);
      return { message: { kind: 'schema', bytes: bytes.subarray(at, end) }, end };
    case 2: {
      if (buffer.u8(header, 2) !== 0) throw notArrow('a dictionary comes in several pieces');
      const batch = batchMessage(buffer, buffer.table(header, 1), body);
      return { message: { kind: 'dictionary', id: buffer.i64(header, 0), batch }, end };
    }
    case 3:
      return { message: { kind: 'batch', batch: batchMessage(buffer, header, body) }, end };
    default:
      throw notArrow(`a message has the type ${type}`);
  }
}

/** Field numbers in Schema.fbs of the Arrow format. */
const SCHEMA_FIELDS = 1;
const SCHEMA_METADATA = 2;
const FIELD_CHILDREN = 5;
const FIELD_METADATA = 6;
const MAX_FIELDS = 100_000;

/** Counts that no schema has would keep its reader busy for hours. */
function checkSchema(buffer: FlatBuffer, schema: number): void {
  let left = MAX_FIELDS;
  const count = (table: number, metadata: number) => {
    left -= 1 + buffer.tables(table, metadata).length;
    if (left < 0) throw notArrow(`it has more than ${MAX_FIELDS} columns`);
  };
  count(schema, SCHEMA_METADATA);
  const open = [...buffer.tables(schema, SCHEMA_FIELDS)];
  for (let field = open.pop(); field !== undefined; field = open.pop()) {
    count(field, FIELD_METADATA);
    open.push(...buffer.tables(field, FIELD_CHILDREN));
    if (open.length > left) throw notArrow(`it has more than ${MAX_FIELDS} columns`);
  }
}

function batchMessage(buffer: FlatBuffer, table: number, body: Uint8Array): BatchMessage {
  if (table === 0) throw notArrow('a message has no record batch');
  const nodes = buffer.pairs(table, 1).map(([length, nulls]): FieldNode => ({ length, nulls }));
  const buffers = buffer.pairs(table, 2).map(([offset, length]): BufferRange => ({ offset, length }));
  for (const { offset, length } of buffers) {
    if (offset + length > body.length) throw notArrow('a buffer lies outside of its body');
  }
  const compression = buffer.table(table, 3);
  return {
    rows: buffer.i64(table, 0),
    nodes,
    buffers,
    compression: compression === 0 ? null : codecOf(buffer.u8(compression, 0)),
    body,
  };
}

function codecOf(code: number): Compression {
  if (code === 0) return 'lz4';
  if (code === 1) return 'zstd';
  throw notArrow(`it is compressed with codec ${code}`);
}

/** Reads fields of FlatBuffers tables by their number. Outside of the buffer every read is a RangeError. */
class FlatBuffer {
  readonly #view: DataView;

  constructor(view: DataView) {
    this.#view = view;
  }

  root(): number {
    return this.#view.getUint32(0, true);
  }

  /** Position of a field; 0: absent. */
  #field(table: number, field: number): number {
    const vtable = table - this.#view.getInt32(table, true);
    const entry = 4 + field * 2;
    if (entry >= this.#view.getUint16(vtable, true)) return 0;
    const offset = this.#view.getUint16(vtable + entry, true);
    return offset === 0 ? 0 : table + offset;
  }

  u8(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === 0 ? 0 : this.#view.getUint8(at);
  }

  /** A number of things; never negative. */
  i64(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === 0 ? 0 : this.#count(at);
  }

  /** Position of a table; 0: absent. */
  table(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === 0 ? 0 : at + this.#view.getUint32(at, true);
  }

  /** A vector of structs of two i64. */
  pairs(table: number, field: number): (readonly [number, number])[] {
    const start = this.table(table, field);
    if (start === 0) return [];
    const count = this.#view.getUint32(start, true);
    if (start + 4 + count * 16 > this.#view.byteLength) throw notArrow('it points beyond its end');
    const at = (i: number) => start + 4 + i * 16;
    return Array.from({ length: count }, (_, i) => [this.#count(at(i)), this.#count(at(i) + 8)] as const);
  }

  /** A vector of tables. */
  tables(table: number, field: number): number[] {
    const start = this.table(table, field);
    if (start === 0) return [];
    const count = this.#view.getUint32(start, true);
    if (start + 4 + count * 4 > this.#view.byteLength) throw notArrow('it points beyond its end');
    return Array.from({ length: count }, (_, i) => {
      const at = start + 4 + i * 4;
      return at + this.#view.getUint32(at, true);
    });
  }

  #count(at: number): number {
    const value = this.#view.getBigInt64(at, true);
    if (value < 0n || value > MAX_COUNT) throw notArrow(`it has ${value} of something`);
    return Number(value);
  }
}

/** No body and no batch has more bytes or rows. */
const MAX_COUNT = 0xffffffffn;
