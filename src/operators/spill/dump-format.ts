import type { Vector } from '../../wasm/vector.ts';

/**
 * A batch outside linear memory, private to one process. Little-endian u32 words: magic, bytes in all, rows, columns, number of
 * words that follow; then vectors in preorder: kind, flags, length and a word of the kind's own (width, fields, or where the
 * strings lay), followed by bounds (2 × 128 bits) or the strings' bytes; then the segments the vectors point to, in the same
 * order, each at a multiple of 16: validity, data, strings.
 */
export const MAGIC = 0x31565153;
export const HEADER_WORDS = 5;
/** Words of a vector without bounds and the like. */
export const VECTOR_WORDS = 4;
export const BOUNDS_WORDS = 8;

export const KIND_WORD = { fixed: 1, views: 2, dictionary: 3, list: 4, struct: 5 } as const satisfies Record<
  Vector['kind'],
  number
>;

export const DumpFlag = { validity: 1, bounds: 2 } as const;

export const align = (bytes: number) => Math.ceil(bytes / 16) * 16;
