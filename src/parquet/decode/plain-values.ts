import type { Pointer } from '../../wasm/vector.ts';
import { type ChunkContext, damagedChunk } from './chunk-context.ts';
import type { Region, ValueDecoder } from './value-decoder.ts';

const ENDS = 0;
const NOT_UTF8 = 1;
const endsEarly = (context: ChunkContext) => damagedChunk(context, 'a page ends before its last value');

/** PLAIN values of a fixed width. */
export function plainFixed(context: ChunkContext, { start, end }: Region, width: number): ValueDecoder {
  let position = start;
  const take = (count: number): Pointer => {
    const from = position;
    if (count * width > end - from) throw endsEarly(context);
    position += count * width;
    return from;
  };
  return {
    read: (target, count) => {
      const from = take(count);
      new Uint8Array(context.memory.linear.memory.buffer).copyWithin(target, from, from + count * width);
    },
    skip: take,
    take,
  };
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
export function plainByteArrays(context: ChunkContext, { start, end }: Region): ValueDecoder {
  const { values } = context.kernels;
  const text = context.chunk.type.kind === 'varchar';
  let position = start;
  const moveTo = (next: Pointer) => {
    if (next === ENDS) throw endsEarly(context);
    if (next === NOT_UTF8) throw notUtf8(context);
    position = next;
  };
  return {
    read: (target, count) => moveTo(values.plainViews(position, end, count, text, target)),
    skip: (count) => moveTo(values.plainSkip(position, end, count)),
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
