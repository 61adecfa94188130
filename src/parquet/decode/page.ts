import { InternalError } from '../../common/errors.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { ByteRope } from '../byte-rope.ts';
import { uncompressed } from '../codec/uncompressed.ts';
import { columnName } from '../conversion.ts';
import { unsupportedParquet } from '../errors.ts';
import type { PageHeader } from '../pages.ts';
import { type ChunkContext, damagedChunk } from './chunk-context.ts';
import { DeltaByteArrays, deltaIntegers, deltaLengths, packed } from './delta-values.ts';
import type { HybridStreams, Levels } from './hybrid.ts';
import { SLACK } from './kernels.ts';
import { PageBytes, type PageUnpacker } from './page-bytes.ts';
import { PlainFixed, plainBooleans, plainByteArrays, streamSplit } from './plain-values.ts';
import type { Region, ValueDecoder } from './value-decoder.ts';

/** Bytes of a value as `ValueDecoder` writes it. */
export function physicalWidth({ chunk }: ChunkContext): number {
  switch (chunk.physicalType) {
    case 'BOOLEAN':
      return 1;
    case 'INT32':
    case 'FLOAT':
      return 4;
    case 'INT64':
    case 'DOUBLE':
    case 'BYTE_ARRAY':
      return 8;
    case 'INT96':
      return 12;
    case 'FIXED_LEN_BYTE_ARRAY':
      return chunk.typeLength ?? 0;
  }
}

const ALIGNMENT = 16;
/** What `unpackPage` needs beside the page's own bytes. */
export const PAGE_EXTRA = SLACK + 2 * ALIGNMENT;

/** Where the parts of a data page lie; levels have been unpacked. */
export interface PageParts {
  /** What has been compressed. */
  readonly bytes: PageBytes;
  /** Definition levels; null where the column has none. */
  readonly levels: Region | null;
  /** Repetition levels of a nested column; null where it has none. */
  readonly repetitions: Region | null;
  readonly values: Region;
}

/** Whether decoders ask for the values of a page bit by bit, and nobody changes what has been unpacked. */
export const isReadStepwise = ({ chunk }: ChunkContext, { encoding, packedLevels }: PageHeader) =>
  encoding === 'PLAIN' && chunk.physicalType !== 'BOOLEAN' && !packedLevels;

/**
 * Unpacks a page of a chunk, or begins to, to an address that has PAGE_EXTRA bytes more than the page, so that its values begin
 * at a multiple of 16 where that can be foreseen.
 */
export function unpackPage(
  context: ChunkContext,
  unpacker: PageUnpacker,
  chunk: ByteRope,
  page: PageHeader,
  at: Pointer,
): PageParts {
  const { offset, compressedSize, uncompressedSize } = page;
  if (page.kind === 'data_v2') return unpackSecond(context, unpacker, chunk, page, at);
  const highest = page.kind === 'data' ? highestLevels(context) : NO_LEVELS;
  const levelled = highest.definition > 0;
  const shift = levelled && highest.repetition === 0 ? -foreseenLevels(page) & (ALIGNMENT - 1) : 0;
  const start = at + shift;
  const source = chunk.rope(offset, offset + compressedSize);
  const bytes = new PageBytes(context, unpacker, source, start, uncompressedSize);
  const { end } = bytes;
  const repetitions = highest.repetition > 0 ? firstLevels(context, page.packedRepetitions, page, start, bytes) : null;
  const from = repetitions?.end ?? start;
  const levels = levelled ? firstLevels(context, page.packedLevels, page, from, bytes) : null;
  return { bytes, repetitions, levels, values: { start: levels?.end ?? from, end } };
}

const NO_LEVELS = { definition: 0, repetition: 0 };
const OPTIONAL_LEVELS = { definition: 1, repetition: 0 };

/** The highest levels of a chunk. */
export const highestLevels = ({ chunk }: ChunkContext) =>
  chunk.levels ?? (chunk.optional ? OPTIONAL_LEVELS : NO_LEVELS);

/** Bytes of the levels of a page without nulls. */
function foreseenLevels({ values, packedLevels }: PageHeader): number {
  if (packedLevels) return Math.ceil(values / 8);
  let bytes = 1;
  for (let rest = values * 2; rest >= 128; rest /= 128) bytes++;
  return 4 + bytes + 1;
}

function firstLevels(
  context: ChunkContext,
  isPacked: boolean,
  page: PageHeader,
  start: Pointer,
  bytes: PageBytes,
): Region {
  const { end } = bytes;
  if (isPacked && context.chunk.levels) {
    const { uri } = context;
    throw unsupportedParquet('SQ2304', uri, `${columnName(context)} has levels in the deprecated encoding BIT_PACKED`);
  }
  bytes.reach(Math.min(start + 4, end));
  let from = start;
  let length = Math.ceil(page.values / 8);
  if (!isPacked) {
    from = start + 4;
    length = end - start < 4 ? 4 : context.memory.linear.view().getUint32(start, true);
  }
  if (length > end - from) {
    throw damagedChunk(context, `levels of ${length} bytes where ${Math.max(end - from, 0)} are left`);
  }
  bytes.reach(from + length);
  return { start: from, end: from + length };
}

/** Levels are not compressed in pages of the second version, and stand before the values. */
function unpackSecond(
  context: ChunkContext,
  unpacker: PageUnpacker,
  chunk: ByteRope,
  page: PageHeader,
  at: Pointer,
): PageParts {
  const { offset, compressedSize, uncompressedSize, repetitionBytes, definitionBytes } = page;
  const before = repetitionBytes + definitionBytes;
  if (repetitionBytes < 0 || definitionBytes < 0 || before > Math.min(compressedSize, uncompressedSize)) {
    throw damagedChunk(
      context,
      `levels of ${repetitionBytes} and ${definitionBytes} bytes in a page of ${compressedSize}`,
    );
  }
  const { linear } = context.memory;
  const highest = highestLevels(context);
  // Repetition levels of a column that is not nested mean nothing.
  const kept = highest.repetition > 0 ? repetitionBytes : 0;
  const levels = at + kept;
  const start = Math.ceil((levels + definitionBytes) / ALIGNMENT) * ALIGNMENT;
  linear.bytes(at, kept + definitionBytes).set(chunk.slice(offset + repetitionBytes - kept, offset + before));
  const body = chunk.rope(offset + before, offset + compressedSize);
  const length = uncompressedSize - before;
  if (!page.compressed && body.length !== length) {
    throw damagedChunk(context, `a page of ${body.length} bytes that says it has ${length}`);
  }
  const codec = page.compressed ? unpacker.codec : uncompressed;
  return {
    bytes: new PageBytes(context, { ...unpacker, codec }, body, start, length),
    repetitions: highest.repetition > 0 ? { start: at, end: levels } : null,
    levels: highest.definition > 0 ? { start: levels, end: levels + definitionBytes } : null,
    values: { start, end: start + length },
  };
}

export function openLevels(streams: HybridStreams, page: PageHeader, { levels }: PageParts): Levels | null {
  if (levels === null) return null;
  return page.packedLevels ? streams.packedLevels(levels, page.values) : streams.levels(levels);
}

export const hasCodes = ({ encoding }: PageHeader) => encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY';

/** The decoder of a page that is not encoded by the dictionary. */
export function openValues(
  context: ChunkContext,
  streams: HybridStreams,
  page: PageHeader,
  { values, bytes: unpacked }: PageParts,
): ValueDecoder {
  const { physicalType } = context.chunk;
  const width = physicalWidth(context);
  const bytes = physicalType === 'BYTE_ARRAY';
  const fixedBytes = physicalType === 'FIXED_LEN_BYTE_ARRAY';
  switch (page.encoding) {
    case 'PLAIN':
      if (bytes) return plainByteArrays(context, values, unpacked);
      return physicalType === 'BOOLEAN'
        ? plainBooleans(context, values)
        : new PlainFixed(context, values, unpacked, width);
    case 'RLE':
      if (physicalType === 'BOOLEAN') return streams.booleans(values);
      break;
    case 'DELTA_BINARY_PACKED':
      if (physicalType === 'INT32' || physicalType === 'INT64') return deltaIntegers(context, values, width);
      break;
    case 'DELTA_LENGTH_BYTE_ARRAY':
      if (bytes) return deltaLengths(context, values, page.values);
      break;
    case 'DELTA_BYTE_ARRAY':
      if (bytes) return new DeltaByteArrays(context, values, page.values);
      if (fixedBytes) return packed(context, new DeltaByteArrays(context, values, page.values), width);
      break;
    case 'BYTE_STREAM_SPLIT':
      if (!bytes && physicalType !== 'BOOLEAN' && physicalType !== 'INT96') return streamSplit(context, values, width);
      break;
    case undefined:
      throw damagedChunk(context, 'a page whose encoding is unknown');
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      throw new InternalError('the codes of a page are no values');
  }
  throw damagedChunk(context, `${physicalType} values in the encoding ${page.encoding}`);
}
