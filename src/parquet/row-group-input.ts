import { assertNever } from '../common/errors.ts';
import type { SqlType, Value } from '../common/types.ts';

/** One row group of one Parquet file as a Task declares it: all that a worker needs to read it without a footer. */
export interface RowGroupInput {
  readonly uri: string;
  /** The version of the file that was planned; reads are made with If-Match. */
  readonly etag: string;
  /** Size of the file, bytes. */
  readonly fileSize: number;
  /** Position in the file, from 0. */
  readonly rowGroup: number;
  readonly rows: number;
  /** One per column of the scan, in its order; null where the file lacks the column (it reads as NULL). */
  readonly chunks: readonly (ColumnChunkInput | NestedColumnInput | ConstantColumnInput | null)[];
  /** The byte ranges to GET, in order; every chunk lies inside one or continues over adjacent ones. */
  readonly ranges: readonly { readonly offset: number; readonly length: number }[];
}

/** A column that has one value in every row: the file's place tells it, not its bytes. */
export interface ConstantColumnInput {
  /** Of the type that the table's column has; never NULL. */
  readonly constant: Value;
}

/** A column of lists, structs or maps, or of a field that repeats: several chunks, or one with levels. */
export interface NestedColumnInput {
  /** `[name]` */
  readonly path: readonly string[];
  readonly type: SqlType;
  readonly nested: NestedNode<ColumnChunkInput>;
}

/**
 * How nested values are put together from the levels of their leaves: Melnik et al., "Dremel: Interactive Analysis of
 * Web-Scale Datasets", VLDB 2010. `definition` is the least definition level at which a value is not null; where it is that of
 * the list or row around, the value never is.
 */
export type NestedNode<Leaf> =
  | { readonly kind: 'leaf'; readonly type: SqlType; readonly definition: number; readonly leaf: Leaf }
  | {
      readonly kind: 'list';
      readonly type: SqlType;
      readonly definition: number;
      /** Least definition level at which the list has an entry. */
      readonly entryDefinition: number;
      /** Repetition level of its entries behind the first. */
      readonly repetition: number;
      readonly entries: NestedNode<Leaf>;
    }
  | {
      readonly kind: 'struct';
      readonly type: SqlType;
      readonly definition: number;
      readonly fields: readonly NestedNode<Leaf>[];
    };

/** The leaves, in the order of their chunks. */
export function nestedLeaves<Leaf>(node: NestedNode<Leaf>): readonly Leaf[] {
  switch (node.kind) {
    case 'leaf':
      return [node.leaf];
    case 'list':
      return nestedLeaves(node.entries);
    case 'struct':
      return node.fields.flatMap(nestedLeaves);
    default:
      return assertNever(node);
  }
}

/** The same tree with other leaves. */
export function mapLeaves<A, B>(node: NestedNode<A>, map: (leaf: A, type: SqlType) => B): NestedNode<B> {
  switch (node.kind) {
    case 'leaf':
      return { ...node, leaf: map(node.leaf, node.type) };
    case 'list':
      return { ...node, entries: mapLeaves(node.entries, map) };
    case 'struct':
      return { ...node, fields: node.fields.map((field) => mapLeaves(field, map)) };
    default:
      return assertNever(node);
  }
}

/** One column chunk: where its pages lie and how they are to be read. */
export interface ColumnChunkInput {
  /** Path in the file's schema, `['l_orderkey']`. */
  readonly path: readonly string[];
  /** Parquet physical type as the format's enum names it: `INT64`, `BYTE_ARRAY`, `FIXED_LEN_BYTE_ARRAY`. */
  readonly physicalType: PhysicalType;
  /** Byte length of FIXED_LEN_BYTE_ARRAY values. */
  readonly typeLength?: number;
  /** The SQL type that the chunk's values have in this file; the scan casts when its own column is wider. */
  readonly type: SqlType;
  /** Raw logical annotation needed to read the values: unit of times, scale of decimals. */
  readonly timeUnit?: 'millis' | 'micros' | 'nanos';
  readonly optional: boolean;
  /** Of a leaf of a nested column: its highest definition and repetition level. Of others they are 1 or 0, and 0. */
  readonly levels?: { readonly definition: number; readonly repetition: number };
  readonly codec: Codec;
  /** First byte of the chunk: its dictionary page if it has one, else its first data page. */
  readonly offset: number;
  /** Compressed bytes of the whole chunk. */
  readonly length: number;
  readonly uncompressedLength: number;
  readonly dataPageOffset: number;
  readonly dictionaryPageOffset?: number;
  readonly values: number;
  /** Encodings the chunk says it uses. */
  readonly encodings: readonly string[];
}

export type PhysicalType =
  | 'BOOLEAN'
  | 'INT32'
  | 'INT64'
  | 'INT96'
  | 'FLOAT'
  | 'DOUBLE'
  | 'BYTE_ARRAY'
  | 'FIXED_LEN_BYTE_ARRAY';

export type Codec = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'LZO' | 'BROTLI' | 'LZ4' | 'ZSTD' | 'LZ4_RAW';
