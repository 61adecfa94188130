import type { Pointer } from '../../wasm/vector.ts';

/**
 * The values of one data page that are not null, in order, in their physical form: BOOLEAN as bytes, BYTE_ARRAY as views, all
 * others as they are stored. Throws ExecutionError SQ3105 when the page holds fewer values or is damaged.
 */
export interface ValueDecoder {
  /** Writes the next `count` values one behind the other, and up to SLACK bytes more. */
  read(target: Pointer, count: number): void;
  /** Passes over values. */
  skip(count: number): void;
  /** Passes over the next `count` values and says where they lie as `read` would write them, for decoders that copy. */
  take?(count: number): Pointer;
}

/** Codes of a page's values in the chunk's dictionary. */
export interface CodeDecoder {
  /** Writes the next codes as i32, each below `entries`. */
  codes(entries: number, target: Pointer, count: number): void;
  /** Writes the entries of `width` bytes at `dictionary` that the next codes stand for. */
  gather(dictionary: Pointer, entries: number, width: number, target: Pointer, count: number): void;
  skip(count: number): void;
}

/** A part of a page, from its first byte to behind its last; SLACK more bytes may be read. */
export interface Region {
  readonly start: Pointer;
  readonly end: Pointer;
}
