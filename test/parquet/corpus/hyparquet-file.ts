import { brotliCompressSync, gzipSync } from 'node:zlib';
import { compress } from '@bokuweb/zstd-wasm';
import type { CompressionCodec, Encoding, SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Random } from '../../../src/common/clock.ts';
import { encodeLz4 } from '../../../src/parquet/codec/fixtures/elements.ts';
import type { CorpusColumn } from './corpus-column.ts';

const compressors = {
  GZIP: (bytes: Uint8Array) => gzipSync(bytes),
  BROTLI: (bytes: Uint8Array) => brotliCompressSync(bytes),
  ZSTD: (bytes: Uint8Array) => compress(bytes as Buffer, 3),
  LZ4_RAW: (bytes: Uint8Array) => encodeLz4([{ literal: bytes }]),
};
const CODECS: readonly CompressionCodec[] = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD', 'LZ4_RAW'];

/** A file by hyparquet-writer and what it was told, or null where it writes none of the columns. */
export function hyparquetFile(random: Random, columns: readonly CorpusColumn[]): { bytes: Uint8Array; title: string } {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random.next() * list.length)] as T;
  const codec = pick(CODECS);
  const pageSize = pick([1024, 5000, 100_000]);
  const rowGroupSize = pick([100, 1000, 20_000]);
  const encodings: string[] = [];
  const schema: SchemaElement[] = [{ name: 'root', num_children: columns.length }];
  const columnData = columns.map(({ name, kind, values, required }) => {
    const { element, stored } = kind.hyparquet as NonNullable<typeof kind.hyparquet>;
    schema.push({ name, ...element, repetition_type: required ? 'REQUIRED' : 'OPTIONAL' });
    const encoding = pick<Encoding | undefined>([
      undefined,
      'PLAIN',
      ...kind.encodings.filter((known) => element.type === 'BYTE_ARRAY' || known !== 'DELTA_BYTE_ARRAY'),
    ]);
    encodings.push(`${name} ${encoding ?? 'by default'}`);
    const data = values.map((value) => (value === null ? null : stored(value)));
    return {
      name,
      data: data as unknown[] as string[],
      ...(encoding && { encoding }),
      columnIndex: true,
      nullable: !required,
    };
  });
  const buffer = parquetWriteBuffer({ columnData, schema, codec, compressors, pageSize, rowGroupSize });
  const title = `hyparquet-writer, ${codec}, pages of ${pageSize}, groups of ${rowGroupSize}, ${encodings.join(', ')}`;
  return { bytes: new Uint8Array(buffer), title };
}
