import * as arrow from 'apache-arrow';
import type { Field } from '../common/types.ts';
import { arrowType, sqlType } from './arrow-types.ts';
import { notArrow } from './ipc-read.ts';
import { END_OF_STREAM } from './ipc-write.ts';

export interface StreamColumn {
  readonly field: Field;
  /** Number of the dictionary whose codes its rows are; null: its rows are values. */
  readonly dictionary: number | null;
}

/** What a stream's first message says. */
export interface StreamSchema {
  readonly columns: readonly StreamColumn[];
  readonly fields: readonly Field[];
  /** A column that is not written as Squall writes its type, in words; null: there is none. */
  readonly foreign: string | null;
}

/** The message read last: the streams of an edge all begin with the same one. */
let last: { readonly message: Uint8Array; readonly schema: StreamSchema } | null = null;

/** Throws ExecutionError SQ3008 for a damaged message, UnsupportedError SQ2305 for a type that Squall has none for. */
export function streamSchema(message: Uint8Array): StreamSchema {
  if (last && Buffer.compare(last.message, message) === 0) return last.schema;
  const bytes = new Uint8Array(message.length + END_OF_STREAM.length);
  bytes.set(message);
  bytes.set(END_OF_STREAM, message.length);
  const schema = schemaOf(parse(bytes));
  last = { message: message.slice(), schema };
  return schema;
}

function parse(bytes: Uint8Array): arrow.Schema {
  try {
    return arrow.RecordBatchReader.from(bytes).open().schema;
  } catch (error) {
    throw notArrow('its schema cannot be read', error);
  }
}

function schemaOf({ fields }: arrow.Schema): StreamSchema {
  const columns = fields.map((field): StreamColumn => {
    const { name, type, nullable } = field;
    const dictionary = arrow.DataType.isDictionary(type) ? type.id : null;
    return { field: { name, type: sqlType(field), nullable }, dictionary };
  });
  const foreign = fields.find(({ type }, i) => !isOurs(type, columns[i] as StreamColumn));
  return {
    columns,
    fields: columns.map(({ field }) => field),
    foreign: foreign ? `column ${foreign.name} as Arrow ${foreign.type}` : null,
  };
}

function isOurs(type: arrow.DataType, { field }: StreamColumn): boolean {
  const own = `${arrowType(field.type)}`;
  if (!arrow.DataType.isDictionary(type)) return `${type}` === own;
  return `${type.dictionary}` === own && `${type.indices}` === 'Int32';
}
