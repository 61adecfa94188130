import { ResourceError } from '../../common/errors.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ByteRope } from '../byte-rope.ts';
import type { Decompressor } from '../codec/decompressor.ts';
import type { ChunkContext } from './chunk-context.ts';
import { ChunkValues, isDataPage } from './chunk-values.ts';
import { SLACK } from './kernels.ts';
import { highestLevels, PAGE_EXTRA } from './page.ts';

/** The levels of all entries of a leaf of a nested column, a byte each. */
export interface LeafLevels {
  readonly context: ChunkContext;
  readonly definitions: Pointer;
  /** 0 where nothing repeats. */
  readonly repetitions: Pointer;
  readonly count: number;
}

export interface NestedLeaf extends LeafLevels {
  /** One row for every entry that is a slot of the leaf: defined at least up to its innermost list's entries. */
  readonly vector: Vector;
}

/** Most entries of a leaf in a row group: offsets are 32 bits. */
const MAX_ENTRIES = 2 ** 31 - 1;

/**
 * Decodes a leaf of a nested column whole, into the row group's memory.
 * @param slot Definition level from which on an entry is a row of the leaf.
 */
export function decodeLeaf(context: ChunkContext, codec: Decompressor, bytes: ByteRope, slot: number): NestedLeaf {
  const { memory, kernels, chunk, wanted } = context;
  const highest = highestLevels(context);
  const values = new ChunkValues(context, codec, bytes);
  const { width } = values.conversion;
  const count = chunk.values;
  if (count > MAX_ENTRIES) {
    throw new ResourceError('SQ4001', `a column chunk of ${count} values is more than the task's memory can hold`);
  }
  const definitions = memory.chunk.allocate(count);
  const repetitions = highest.repetition > 0 ? memory.chunk.allocate(count) : 0;
  const bitmap = memory.chunk.allocate(bitmapBytes(count) + 8);
  const data = memory.chunk.allocate(count * width + SLACK);
  memory.linear.bytes(bitmap, bitmapBytes(count) + 8).fill(0);
  const isViews = wanted.type.kind === 'varchar' || wanted.type.kind === 'blob';
  let entry = 0;
  let rows = 0;
  let nulls = 0;
  for (const [index, header] of values.pages.entries()) {
    if (!isDataPage(header)) continue;
    const room = header.uncompressedSize + PAGE_EXTRA;
    const buffer = isViews ? null : memory.page(room);
    const page = values.open(index, buffer?.pointer ?? memory.chunk.allocate(room));
    const { levels, repetitions: repeats } = page.parts;
    const entries = header.values;
    const from = definitions + entry;
    if (levels) values.streams.levelBytes(levels, highest.definition, from, entries);
    else memory.linear.bytes(from, entries).fill(0);
    if (repeats) values.streams.levelBytes(repeats, highest.repetition, repetitions + entry, entries);
    const slots = kernels.rows.slotBits(from, 0, entries, 0, slot, highest.definition, bitmap, rows);
    const present = kernels.rows.countDefined(from, entries, highest.definition);
    const target = data + rows * width;
    if (present > 0) values.fill(page, target, present);
    if (present < slots) kernels.rows.spread(bitmap, rows, slots, target, present, target, width);
    page.parts.bytes.finish();
    if (buffer) memory.retire(buffer);
    entry += entries;
    rows += slots;
    nulls += slots - present;
  }
  const { type } = wanted;
  const validity = nulls > 0 ? bitmap : 0;
  const vector: Vector = isViews
    ? { kind: 'views', type, length: rows, validity, data }
    : { kind: 'fixed', type, width, length: rows, validity, data };
  return { context, definitions, repetitions, count, vector };
}
