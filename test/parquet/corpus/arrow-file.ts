import * as arrow from 'apache-arrow';
import type { Random } from '../../../src/common/clock.ts';
import { loadParquetWasm, type ParquetWasm } from '../../../src/parquet/write/parquet-wasm.ts';
import type { Stored } from './column-kinds.ts';
import type { CorpusColumn } from './corpus-column.ts';

const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'] as const;

/** A file by parquet-wasm and what it was told. */
export async function arrowFile(
  random: Random,
  columns: readonly CorpusColumn[],
): Promise<{ bytes: Uint8Array; title: string }> {
  const wasm = await loadParquetWasm();
  const { properties, title } = writerProperties(wasm, random, columns);
  const table = wasm.Table.fromIPCStream(arrow.tableToIPC(arrowTable(columns), 'stream'));
  return { bytes: wasm.writeParquet(table, properties), title };
}

function writerProperties(wasm: ParquetWasm, random: Random, columns: readonly CorpusColumn[]) {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random.next() * list.length)] as T;
  const codec = pick(CODECS);
  const version = pick(['V1', 'V2'] as const);
  const pageBytes = pick([1024, 8192, 1_000_000]);
  const groupRows = pick([333, 5000, 1_000_000]);
  const dictionaryBytes = pick([200, 5000, 1_000_000]);
  let builder = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression[codec])
    .setWriterVersion(wasm.WriterVersion[version])
    .setDataPageSizeLimit(pageBytes)
    .setWriteBatchSize(pick([32, 1024]))
    .setMaxRowGroupSize(groupRows)
    .setDictionaryPageSizeLimit(dictionaryBytes)
    .setStatisticsEnabled(
      pick([wasm.EnabledStatistics.Page, wasm.EnabledStatistics.Chunk, wasm.EnabledStatistics.None]),
    );
  const encodings: string[] = [];
  for (const { name, kind } of columns) {
    const encoding = pick(['dictionary', 'PLAIN', ...kind.encodings]);
    encodings.push(`${name} ${encoding}`);
    builder = builder.setColumnDictionaryEnabled(name, encoding === 'dictionary');
    if (encoding !== 'dictionary') {
      builder = builder.setColumnEncoding(name, wasm.Encoding[encoding as keyof typeof wasm.Encoding]);
    } else if (kind.encodings[0] && random.next() < 0.5) {
      // What follows when the dictionary is full.
      builder = builder.setColumnEncoding(name, wasm.Encoding[kind.encodings[0] as keyof typeof wasm.Encoding]);
    }
  }
  const title = `parquet-wasm, ${codec} ${version}, pages of ${pageBytes}, groups of ${groupRows}, dictionaries of ${dictionaryBytes}, ${encodings.join(', ')}`;
  return { properties: builder.build(), title };
}

/** The columns as one Arrow table. */
export function arrowTable(columns: readonly CorpusColumn[]): arrow.Table {
  const fields = columns.map(({ name, kind, required }) => new arrow.Field(name, arrowOf(kind).type, !required));
  const schema = new arrow.Schema(fields);
  const children = columns.map(arrowData);
  const length = columns[0]?.values.length ?? 0;
  const data = arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
}

const arrowOf = (kind: CorpusColumn['kind']) => kind.arrow as NonNullable<CorpusColumn['kind']['arrow']>;

function arrowData({ kind, values }: CorpusColumn): arrow.Data {
  const { type, stored } = arrowOf(kind);
  const length = values.length;
  const nullBitmap = new Uint8Array(Math.ceil(length / 8));
  let nullCount = 0;
  values.forEach((value, row) => {
    if (value === null) nullCount++;
    else nullBitmap[row >> 3] = (nullBitmap[row >> 3] as number) | (1 << (row & 7));
  });
  const cells = values.map((value) => (value === null ? null : stored(value)));
  const common = { type, length, nullCount, ...(nullCount > 0 && { nullBitmap }) };
  return arrow.makeData({ ...common, ...buffers(type, cells) } as never) as arrow.Data;
}

function buffers(type: arrow.DataType, cells: readonly (Stored | null)[]) {
  if (arrow.DataType.isBool(type)) {
    const data = new Uint8Array(Math.ceil(cells.length / 8));
    cells.forEach((cell, row) => {
      if (cell === 1) data[row >> 3] = (data[row >> 3] as number) | (1 << (row & 7));
    });
    return { data };
  }
  if (arrow.DataType.isUtf8(type) || arrow.DataType.isBinary(type)) {
    const valueOffsets = new Int32Array(cells.length + 1);
    const parts = cells.map((cell) => (cell ?? new Uint8Array()) as Uint8Array);
    for (const [row, part] of parts.entries()) valueOffsets[row + 1] = (valueOffsets[row] as number) + part.length;
    return { valueOffsets, data: Uint8Array.from(Buffer.concat(parts)) };
  }
  if (arrow.DataType.isFixedSizeBinary(type)) {
    const parts = cells.map((cell) => (cell ?? new Uint8Array(type.byteWidth)) as Uint8Array);
    return { data: Uint8Array.from(Buffer.concat(parts)) };
  }
  if (arrow.DataType.isDecimal(type)) {
    const words = cells.flatMap((cell) => [
      BigInt.asUintN(64, BigInt((cell ?? 0) as bigint)),
      BigInt.asUintN(64, BigInt((cell ?? 0) as bigint) >> 64n),
    ]);
    return { data: new Uint32Array(BigUint64Array.from(words).buffer) };
  }
  const data = new type.ArrayType(cells.length) as { [row: number]: unknown };
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (const [row, cell] of cells.entries()) data[row] = wide ? BigInt((cell ?? 0) as bigint) : Number(cell);
  return { data };
}
