import type { Pointer } from '../../wasm/vector.ts';
import { type ChunkContext, damagedChunk } from './chunk-context.ts';
import type { PageBytes } from './page-bytes.ts';
import type { Region, ValueDecoder } from './value-decoder.ts';

const NOT_UTF8 = -2;
/** What is unpacked of a page of byte arrays at a time: little enough that all of it stays in the cache until it is read. */
const STEP_BYTES = 128 * 1024;
const endsEarly = (context: ChunkContext) => damagedChunk(context, 'a page ends before its last value');

/** PLAIN values of a fixed width. */
export class PlainFixed implements ValueDecoder {
  readonly #context: ChunkContext;
  readonly #bytes: PageBytes;
  readonly #width: number;
  readonly #end: Pointer;
  #position: Pointer;

  constructor(context: ChunkContext, { start, end }: Region, bytes: PageBytes, width: number) {
    this.#context = context;
    this.#bytes = bytes;
    this.#width = width;
    this.#end = end;
    this.#position = start;
  }

  read(target: Pointer, count: number): void {
    const from = this.take(count);
    const { buffer } = this.#context.memory.linear.view();
    new Uint8Array(buffer).copyWithin(target, from, from + count * this.#width);
  }

  skip(count: number): void {
    if (count * this.#width > this.#end - this.#position) throw endsEarly(this.#context);
    this.#position += count * this.#width;
  }

  take(count: number): Pointer {
    const from = this.#position;
    this.skip(count);
    this.#bytes.reach(this.#position);
    return from;
  }
}

/** PLAIN booleans: a bit each. */
export function plainBooleans(context: ChunkContext, { start, end }: Region): ValueDecoder {
  let index = 0;
  const advance = (count: number): number => {
    const from = index;
    if (from + count > (end - start) * 8) throw endsEarly(context);
    index += count;
    return from;
  };
  return {
    read: (target, count) => context.kernels.values.unpackBits(start, advance(count), count, target),
    skip: advance,
  };
}

/** PLAIN byte arrays, each after its length; shown where they lie. */
export function plainByteArrays(context: ChunkContext, { start, end }: Region, bytes: PageBytes): ValueDecoder {
  const { values } = context.kernels;
  const text = context.chunk.type.kind === 'varchar';
  const state = context.memory.chunk.allocate(values.plainBytes());
  values.plainInit(state, start, end);
  let ready = bytes.reach(start);
  /** Lets a kernel pass over values until `count` of them are done, and unpacks what it wants. */
  const pass = (count: number, some: (ready: Pointer, done: number) => number) => {
    for (let done = 0; ; ready = bytes.reach(Math.min(ready + STEP_BYTES, end))) {
      const more = some(ready, done);
      if (more === NOT_UTF8) throw notUtf8(context);
      if (more < 0) throw endsEarly(context);
      done += more;
      if (done === count) return;
      if (ready === end) throw endsEarly(context);
    }
  };
  return {
    read: (target, count) =>
      pass(count, (to, done) => values.plainViews(state, to, count - done, text, target + done * 8)),
    skip: (count) => pass(count, (to, done) => values.plainSkip(state, to, count - done)),
  };
}

export const notUtf8 = (context: ChunkContext) => damagedChunk(context, 'a string is not UTF-8');

/** BYTE_STREAM_SPLIT: the first bytes of all values, then the second bytes of all, and so on. */
export function streamSplit(context: ChunkContext, { start, end }: Region, width: number): ValueDecoder {
  const stride = Math.floor((end - start) / width);
  if (stride * width !== end - start) throw damagedChunk(context, `values of ${width} bytes in ${end - start} bytes`);
  let index = 0;
  const advance = (count: number): number => {
    const from = index;
    if (from + count > stride) throw endsEarly(context);
    index += count;
    return from;
  };
  return {
    read: (target, count) => context.kernels.values.joinStreams(start, stride, advance(count), count, width, target),
    skip: advance,
  };
}
