import type { Compression } from '../operators/task.ts';
import type { Arena } from '../wasm/arena.ts';
import type { BatchBuffers, Stretch } from './batch-buffers.ts';
import type { BodyCodec } from './body-codec.ts';
import type { ByteSink } from './byte-sink.ts';
import { type BatchHeader, dictionaryMessage, END_OF_STREAM, padded, recordBatchMessage } from './ipc-write.ts';

/** Writes Arrow IPC streams of one schema. */
export class StreamWriter {
  readonly #schema: Uint8Array;
  readonly #codec: BodyCodec | null;

  /** `schema`: the message that begins a stream. */
  constructor(schema: Uint8Array, codec: BodyCodec | null) {
    this.#schema = schema;
    this.#codec = codec;
  }

  get schemaBytes(): number {
    return this.#schema.length;
  }

  begin(sink: ByteSink): void {
    sink.append(this.#schema);
  }

  /** Adds a record batch. What compression makes lies in `arena`. */
  batch(sink: ByteSink, rows: number, contents: BatchBuffers, arena: Arena): void {
    this.#message(sink, rows, contents, arena, recordBatchMessage);
  }

  /** Adds a dictionary, from here on that of its number. */
  dictionary(sink: ByteSink, id: number, entries: number, contents: BatchBuffers, arena: Arena): void {
    this.#message(sink, entries, contents, arena, (header) => dictionaryMessage(id, header));
  }

  #message(
    sink: ByteSink,
    rows: number,
    { nodes, buffers }: BatchBuffers,
    arena: Arena,
    message: (header: BatchHeader) => Uint8Array,
  ): void {
    const codec = this.#codec;
    const body = codec ? buffers.map((buffer) => codec.compress(buffer, arena)) : buffers;
    const compression: Compression | null = codec?.compression ?? null;
    sink.append(message({ rows, nodes, buffers: body.map(({ bytes }) => bytes), compression }));
    writeBody(sink, body, arena);
  }

  end(sink: ByteSink): void {
    sink.append(END_OF_STREAM);
  }
}

function writeBody(sink: ByteSink, body: readonly Stretch[], arena: Arena): void {
  const room = sink.extend(body.reduce((sum, { bytes }) => sum + padded(bytes), 0));
  const memory = new Uint8Array(arena.memory.buffer);
  let at = 0;
  for (const { pointer, bytes } of body) {
    room.set(memory.subarray(pointer, pointer + bytes), at);
    at += padded(bytes);
  }
}
