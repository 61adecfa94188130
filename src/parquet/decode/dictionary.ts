import { ExecutionError } from '../../common/errors.ts';
import type { Bounds, Pointer, ViewsVector } from '../../wasm/vector.ts';
import type { ByteRope } from '../byte-rope.ts';
import type { Decompressor } from '../codec/decompressor.ts';
import type { PageHeader } from '../pages.ts';
import { type ChunkContext, damagedChunk } from './chunk-context.ts';
import type { Conversion } from './conversion.ts';
import { SLACK } from './kernels.ts';
import { PAGE_EXTRA, physicalWidth, unpackPage } from './page.ts';
import { PlainFixed, plainByteArrays } from './plain-values.ts';
import type { ValueDecoder } from './value-decoder.ts';

/** The entries of a chunk's dictionary page, in the memory of the row group. */
export interface Dictionary {
  readonly entries: number;
  /** The entries as they are stored. */
  readonly stored: Pointer;
  readonly storedWidth: number;
  /** The entries as rows of the wanted type; null where an entry does not fit, which only matters when a row has it. */
  readonly rows: DictionaryRows | null;
}

export interface DictionaryRows {
  readonly data: Pointer;
  readonly bounds: Bounds | undefined;
  /** For strings and blobs: what all vectors of the chunk share. */
  readonly vector: ViewsVector | null;
}

export function openDictionary(
  context: ChunkContext,
  codec: Decompressor,
  bytes: ByteRope,
  page: PageHeader,
  conversion: Conversion,
): Dictionary {
  const { encoding, values: entries } = page;
  if (encoding !== 'PLAIN' && encoding !== 'PLAIN_DICTIONARY') {
    throw damagedChunk(context, `a dictionary in the encoding ${encoding}`);
  }
  if (context.chunk.physicalType === 'BOOLEAN') throw damagedChunk(context, 'a dictionary of booleans');
  const { chunk } = context.memory;
  const at = chunk.allocate(page.uncompressedSize + PAGE_EXTRA);
  const { values, bytes: unpacked } = unpackPage(context, { codec, work: null }, bytes, page, at);
  const storedWidth = physicalWidth(context);
  const decoder: ValueDecoder =
    context.chunk.physicalType === 'BYTE_ARRAY'
      ? plainByteArrays(context, values, unpacked)
      : new PlainFixed(context, values, unpacked, storedWidth);
  if (entries * 4 > page.uncompressedSize && storedWidth >= 4) {
    throw damagedChunk(context, `a dictionary of ${entries} entries in ${page.uncompressedSize} bytes`);
  }
  // A row that is null has code 0, whatever the number of entries.
  const room = Math.max(entries, 1);
  const stored = decoder.take?.(entries) ?? chunk.allocate(room * storedWidth + SLACK);
  if (!decoder.take) decoder.read(stored, entries);
  return { entries, stored, storedWidth, rows: convertEntries(context, conversion, stored, entries) };
}

function convertEntries(
  context: ChunkContext,
  conversion: Conversion,
  stored: Pointer,
  entries: number,
): DictionaryRows | null {
  const { memory, wanted } = context;
  const { type } = wanted;
  const room = Math.max(entries, 1) * conversion.width + SLACK;
  const data = conversion.same && entries > 0 ? stored : memory.chunk.allocate(room);
  if (entries === 0) memory.linear.bytes(data, room).fill(0);
  try {
    const bounds = entries > 0 ? conversion.run(stored, entries, data) : undefined;
    const isViews = type.kind === 'varchar' || type.kind === 'blob';
    const vector: ViewsVector | null = isViews ? { kind: 'views', type, length: entries, validity: 0, data } : null;
    return { data, bounds, vector };
  } catch (error) {
    if (error instanceof ExecutionError && error.code === 'SQ3108') return null;
    throw error;
  }
}
