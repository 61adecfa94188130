import { assertNever, InternalError } from '../common/errors.ts';
import { type Field, type SqlType, sameType, typeName } from '../common/types.ts';
import { Arena } from '../wasm/arena.ts';
import type { Batch, ViewsVector } from '../wasm/vector.ts';
import { BatchDecoder } from './batch-decoder.ts';
import { type BatchMessage, ipcMessages, notArrow } from './ipc-read.ts';
import { type StreamSchema, streamSchema } from './stream-schema.ts';

/**
 * The batches of any number of Arrow IPC streams one behind the other, each put into the arena as it is pulled and given back at the next
 * pull. `source` is who delivered them. Throws ExecutionError SQ3008 for damaged bytes, InternalError when the columns are of other
 * types than expected.
 */
export function* arrowBatches(
  bytes: Uint8Array,
  columns: readonly Field[],
  arena: Arena,
  source: string,
): Generator<Batch> {
  let stream: OpenStream | null = null;
  const mark = arena.mark();
  try {
    for (const message of ipcMessages(bytes)) {
      switch (message.kind) {
        case 'schema':
          if (stream) throw notArrow('a schema comes amidst a stream');
          stream = new OpenStream(schemaFor(message.bytes, columns, source), arena);
          break;
        case 'dictionary':
          if (!stream) throw notArrow('it does not begin with a schema');
          stream.dictionary(message.id, message.batch);
          break;
        case 'batch': {
          if (!stream) throw notArrow('it does not begin with a schema');
          const batch = stream.batch(message.batch);
          if (batch.length > 0) yield batch;
          arena.release(mark);
          break;
        }
        case 'end':
          if (!stream) throw notArrow('it does not begin with a schema');
          stream.free();
          stream = null;
          break;
        default:
          assertNever(message);
      }
    }
  } finally {
    arena.release(mark);
    stream?.free();
  }
}

/** A stream of which the first messages were read. */
class OpenStream {
  readonly schema: StreamSchema;
  readonly #arena: Arena;
  readonly #dictionaries = new Map<number, { readonly arena: Arena; readonly entries: ViewsVector }>();

  constructor(schema: StreamSchema, arena: Arena) {
    this.schema = schema;
    this.#arena = arena;
  }

  dictionary(id: number, message: BatchMessage): void {
    const column = this.schema.columns.find((one) => one.dictionary === id);
    if (!column) throw notArrow(`it has no column of dictionary ${id}`);
    this.#dictionaries.get(id)?.arena.reset();
    const arena = new Arena({ memory: this.#arena.linear });
    try {
      const entries = this.#entries(column.field.type, message, arena);
      this.#dictionaries.set(id, { arena, entries });
    } catch (error) {
      arena.reset();
      this.#dictionaries.delete(id);
      throw error;
    }
  }

  #entries(type: SqlType, message: BatchMessage, arena: Arena): ViewsVector {
    const decoder = new BatchDecoder(message, arena);
    const entries = decoder.column(type, null);
    decoder.end();
    if (entries.kind !== 'views' || entries.validity !== 0)
      throw notArrow('a dictionary holds something else than text');
    return entries;
  }

  batch(message: BatchMessage): Batch {
    const decoder = new BatchDecoder(message, this.#arena);
    const columns = this.schema.columns.map(({ field, dictionary }) => {
      if (dictionary === null) return decoder.column(field.type, null);
      const known = this.#dictionaries.get(dictionary);
      if (!known) throw notArrow(`its dictionary ${dictionary} is missing`);
      return decoder.column(field.type, known.entries);
    });
    decoder.end();
    return { schema: this.schema.fields, length: message.rows, columns };
  }

  free(): void {
    for (const { arena } of this.#dictionaries.values()) arena.reset();
    this.#dictionaries.clear();
  }
}

function schemaFor(message: Uint8Array, expected: readonly Field[], source: string): StreamSchema {
  const schema = streamSchema(message);
  const { fields, foreign } = schema;
  const same = fields.length === expected.length && fields.every(({ type }, i) => sameType(type, expected[i]!.type));
  const list = (some: readonly Field[]) => some.map(({ type }) => typeName(type)).join(', ');
  if (!same) throw new InternalError(`${source} delivered (${list(fields)}) where (${list(expected)}) was planned`);
  if (foreign !== null) throw new InternalError(`${source} delivered ${foreign}, which no task writes`);
  return schema;
}
