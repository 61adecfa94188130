import type { SqlType } from '../common/types.ts';

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
  readonly chunks: readonly (ColumnChunkInput | null)[];
  /** The byte ranges to GET, in order; every chunk lies inside one or continues over adjacent ones. */
  readonly ranges: readonly { readonly offset: number; readonly length: number }[];
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
