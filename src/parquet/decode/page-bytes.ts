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

  /** Begins to unpack `source` to `start`, where it has `length` bytes. */
  constructor(context: ChunkContext, { codec, work }: PageUnpacker, source: ByteRope, start: Pointer, length: number) {
    const { linear } = context.memory;
    this.#context = context;
    this.start = start;
    this.end = start + length;
    this.#ready = start;
    if (length === 0) return;
    const { stepwise } = codec;
    try {
      if (stepwise && work !== null) this.#unpacking = stepwise.begin(linear, work, source, start, length);
      else if (stepwise) {
        const scratch = context.memory.scratch(stepwise.workBytes);
        this.#ready = stepwise.begin(linear, scratch, source, start, length).to(this.end);
      } else {
        codec.decompress(linear, source, start, length);
        this.#ready = this.end;
      }
    } catch (error) {
      throw this.#named(error);
    }
  }

  /** Unpacks at least to `until`, which is within the page; where the bytes end that are there. */
  reach(until: Pointer): Pointer {
    if (this.#unpacking && until > this.#ready) {
      this.#ready = this.#unpack(this.#unpacking, until);
      if (until === this.end) this.#unpacking = null;
    }
    return this.#ready;
  }

  /** Unpacks the rest, for nothing but the errors it may have. */
  finish(): void {
    if (this.#unpacking) this.#unpack(this.#unpacking, this.end);
    this.#unpacking = null;
  }

  #unpack(unpacking: Unpacking, until: Pointer): Pointer {
    try {
      return unpacking.to(until);
    } catch (error) {
      throw this.#named(error);
    }
  }

  #named(error: unknown): unknown {
    return error instanceof ExecutionError ? damagedChunk(this.#context, error.message, error) : error;
  }
}
