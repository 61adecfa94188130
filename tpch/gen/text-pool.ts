import { TEXT_CHECKPOINTS } from './text-checkpoints.ts';
import { MAX_SENTENCE_BYTES, TextWriter } from './text-writer.ts';

/** Bytes of text that every comment is cut from, at every scale. */
export const TEXT_POOL_BYTES = 300 * 1024 * 1024;
/** The text is made block by block, when a comment first needs it. */
export const TEXT_BLOCK_BYTES = 1024 * 1024;
export const TEXT_BLOCKS = TEXT_POOL_BYTES / TEXT_BLOCK_BYTES;

/** Seed of the stream the whole text is made from. */
const TEXT_SEED = 933588178;

/** Where a block's text can be begun: the last sentence that starts at or before the block. */
export interface TextCheckpoint {
  /** Bytes from the sentence's start to the block's. */
  readonly before: number;
  /** The stream's state at that start. */
  readonly seed: number;
}

/** Memory of a pool, to be posted to worker threads. */
export interface TextPoolMemory {
  readonly text: SharedArrayBuffer;
  /** One byte a block, 1 when its text is whole. */
  readonly ready: SharedArrayBuffer;
}

/**
 * The 300 MiB of text that the reference cuts its comments from. Sentences vary in length, so their stream cannot be
 * skipped; known states of it, one per block, let any thread make any block alone. Pages of blocks never asked for are
 * never touched.
 */
export class TextPool {
  readonly memory: TextPoolMemory;
  /** Valid where `require` was called. */
  readonly bytes: Uint8Array;
  readonly #ready: Uint8Array;
  readonly #scratch = new Uint8Array(TEXT_BLOCK_BYTES + 2 * MAX_SENTENCE_BYTES);

  /** A pool of its own, or one more view of another thread's. */
  constructor(memory?: TextPoolMemory) {
    this.memory = memory ?? {
      text: new SharedArrayBuffer(TEXT_POOL_BYTES),
      ready: new SharedArrayBuffer(TEXT_BLOCKS),
    };
    this.bytes = new Uint8Array(this.memory.text);
    this.#ready = new Uint8Array(this.memory.ready);
  }

  /** Makes the text in [start, end) present; a range is shorter than a block. */
  require(start: number, end: number): void {
    const first = Math.floor(start / TEXT_BLOCK_BYTES);
    const last = Math.floor((end - 1) / TEXT_BLOCK_BYTES);
    if (Atomics.load(this.#ready, first) === 0) this.#make(first);
    if (last !== first && Atomics.load(this.#ready, last) === 0) this.#make(last);
  }

  /** Two threads may make the same block: both write the same bytes. */
  #make(block: number): void {
    const { before, seed } = TEXT_CHECKPOINTS[block] as TextCheckpoint;
    const writer = new TextWriter(this.#scratch, seed, 0);
    while (writer.position < before + TEXT_BLOCK_BYTES) writer.sentence();
    this.bytes.set(this.#scratch.subarray(before, before + TEXT_BLOCK_BYTES), block * TEXT_BLOCK_BYTES);
    Atomics.store(this.#ready, block, 1);
  }
}

/** The checkpoints, found by writing the whole text in order. */
export function findTextCheckpoints(): TextCheckpoint[] {
  const found: TextCheckpoint[] = [];
  const writer = new TextWriter(new Uint8Array(MAX_SENTENCE_BYTES), TEXT_SEED, 0);
  for (let start = 0; found.length < TEXT_BLOCKS; ) {
    const seed = writer.seed;
    writer.position = 0;
    writer.sentence();
    const boundary = found.length * TEXT_BLOCK_BYTES;
    if (start + writer.position > boundary) found.push({ before: boundary - start, seed });
    start += writer.position;
  }
  return found;
}
