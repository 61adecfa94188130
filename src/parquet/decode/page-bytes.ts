import { ExecutionError } from '../../common/errors.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { ByteRope } from '../byte-rope.ts';
import type { Decompressor, Unpacking } from '../codec/decompressor.ts';
import { type ChunkContext, damagedChunk } from './chunk-context.ts';

/** What unpacks the pages of a chunk. */
export interface PageUnpacker {
  readonly codec: Decompressor;
  /** Memory for a page that is unpacked as far as it is wanted; null to unpack pages as a whole. */
  readonly work: Pointer | null;
}

/**
 * A page's bytes in linear memory, unpacked as far as they are wanted: what is decoded in one go is still in the processor's
 * cache then, and what nobody reads is left out.
 */
export class PageBytes {
  readonly start: Pointer;
  readonly end: Pointer;
  readonly #context: ChunkContext;
  #ready: Pointer;
  /** Null when nothing is left to be unpacked or checked. */
  #unpacking: Unpacking | null = null;

  /** Begins to unpack `source` to `start`. */
  constructor(
    context: ChunkContext,
    { codec, work }: PageUnpacker,
    source: ByteRope,
    { start, length }: { readonly start: Pointer; readonly length: number },
  ) {
    const { linear } = context.memory;
    this.#context = context;
    this.start = start;
    this.end = start + length;
    this.#ready = start;
    if (length === 0) return;
    const { stepwise } = codec;
    if (stepwise && work !== null) {
      this.#unpacking = this.#named(() => stepwise.begin(linear, work, source, start, length));
    } else {
      this.#named(() => codec.decompress(linear, source, start, length));
      this.#ready = this.end;
    }
  }

  /** Unpacks at least to `until`, which is within the page; where the bytes end that are there. */
  reach(until: Pointer): Pointer {
    const unpacking = this.#unpacking;
    if (unpacking && until > this.#ready) {
      this.#ready = this.#named(() => unpacking.to(until));
      if (until === this.end) this.#unpacking = null;
    }
    return this.#ready;
  }

  /** Unpacks the rest, for nothing but the errors it may have. */
  finish(): void {
    const unpacking = this.#unpacking;
    if (unpacking) this.#named(() => unpacking.to(this.end));
    this.#unpacking = null;
  }

  #named<T>(unpack: () => T): T {
    try {
      return unpack();
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      throw damagedChunk(this.#context, error.message, error);
    }
  }
}
