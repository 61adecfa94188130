import type { Pointer } from '../../wasm/vector.ts';
import { type ChunkContext, damagedChunk } from './chunk-context.ts';
import { SLACK, STATUS } from './kernels.ts';
import { notUtf8 } from './plain-values.ts';
import type { Region, ValueDecoder } from './value-decoder.ts';

const ENDS = 0;
const SKIPPED_AT_ONCE = 8192;

/** DELTA_BINARY_PACKED integers of 4 or 8 bytes. */
export function deltaIntegers(context: ChunkContext, region: Region, width: number): ValueDecoder {
  const stream = new DeltaStream(context, region);
  return {
    read: (target, count) => stream.read(target, count, width),
    skip: (count) => stream.read(0, count, width),
  };
}

/** DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes, shown where they lie. */
export function deltaLengths(context: ChunkContext, region: Region, limit: number): ValueDecoder {
  const { values } = context.kernels;
  const { lengths, count: total, end: start } = new DeltaStream(context, region).lengths(limit);
  let index = 0;
  let position = start;
  const advance = (count: number, views: Pointer) => {
    if (index + count > total) throw damagedChunk(context, 'a page ends before its last value');
    const next = values.lengthViews(lengths + index * 4, count, position, region.end, views);
    if (next === ENDS) throw damagedChunk(context, 'a string that is longer than its page');
    index += count;
    position = next;
  };
  return {
    read: (target, count) => {
      advance(count, target);
      checkText(context, target, count);
    },
    skip: (count) => advance(count, 0),
  };
}

/** DELTA_BYTE_ARRAY: each value as the length of what it shares with the one before, and the rest. */
export class DeltaByteArrays implements ValueDecoder {
  readonly #context: ChunkContext;
  readonly #end: Pointer;
  readonly #prefixes: Pointer;
  readonly #suffixes: Pointer;
  readonly #count: number;
  #position: Pointer;
  #index = 0;
  /** The last value read. */
  #last: Uint8Array = new Uint8Array();

  constructor(context: ChunkContext, region: Region, limit: number) {
    const prefixes = new DeltaStream(context, region).lengths(limit);
    const suffixes = new DeltaStream(context, { start: prefixes.end, end: region.end }).lengths(limit);
    if (prefixes.count !== suffixes.count) {
      throw damagedChunk(context, `a page with ${prefixes.count} prefixes and ${suffixes.count} suffixes`);
    }
    this.#context = context;
    this.#prefixes = prefixes.lengths;
    this.#suffixes = suffixes.lengths;
    this.#count = prefixes.count;
    this.#position = suffixes.end;
    this.#end = region.end;
  }

  /** Views of the values, whose bytes are in the morsel's memory. */
  read(target: Pointer, count: number): void {
    if (count === 0) return;
    const context = this.#context;
    const { memory, kernels } = context;
    if (this.#index + count > this.#count) throw damagedChunk(context, 'a page ends before its last value');
    const prefixes = this.#prefixes + this.#index * 4;
    const suffixes = this.#suffixes + this.#index * 4;
    const available = this.#end - this.#position;
    const bytes = kernels.values.prefixedBytes(prefixes, suffixes, count, this.#last.length, available);
    if (bytes < 0) throw damagedChunk(context, 'a string whose parts are not where they should be');
    const before = memory.morsel.allocate(this.#last.length + SLACK);
    const out = memory.morsel.allocate(bytes + SLACK);
    memory.linear.bytes(before, this.#last.length).set(this.#last);
    this.#position = kernels.values.prefixedViews(prefixes, suffixes, count, before, this.#position, out, target);
    this.#index += count;
    const view = memory.linear.view();
    const last = target + (count - 1) * 8;
    this.#last = memory.linear.bytes(view.getUint32(last, true), view.getUint32(last + 4, true)).slice();
    checkText(context, target, count);
  }

  skip(count: number): void {
    const { morsel } = this.#context.memory;
    for (let left = count; left > 0; left -= SKIPPED_AT_ONCE) {
      const mark = morsel.mark();
      const values = Math.min(left, SKIPPED_AT_ONCE);
      this.read(morsel.allocate(values * 8), values);
      morsel.release(mark);
    }
  }
}

/** The values of a FIXED_LEN_BYTE_ARRAY that a decoder of byte arrays reads. */
export function packed(context: ChunkContext, decoder: ValueDecoder, width: number): ValueDecoder {
  return {
    read: (target, count) => {
      const { morsel } = context.memory;
      const views = morsel.allocate(count * 8);
      decoder.read(views, count);
      if (context.kernels.values.packViews(views, count, width, target) === 0) {
        throw damagedChunk(context, `a value that is not ${width} bytes long`);
      }
    },
    skip: (count) => decoder.skip(count),
  };
}

function checkText(context: ChunkContext, views: Pointer, count: number): void {
  if (context.chunk.type.kind === 'varchar' && context.kernels.values.areText(views, count) === 0)
    throw notUtf8(context);
}

class DeltaStream {
  readonly #context: ChunkContext;
  readonly #state: Pointer;

  constructor(context: ChunkContext, { start, end }: Region) {
    this.#context = context;
    const { values } = context.kernels;
    this.#state = context.memory.chunk.allocate(values.deltaBytes());
    this.#check(values.deltaInit(this.#state, start, end));
  }

  read(target: Pointer, count: number, width: number): void {
    this.#check(this.#context.kernels.values.deltaRead(this.#state, target, count, width));
  }

  /** All values, as i32, and where the stream ends; `limit`: most that the page can have. */
  lengths(limit: number): { readonly lengths: Pointer; readonly count: number; readonly end: Pointer } {
    const { values } = this.#context.kernels;
    const count = values.deltaLeft(this.#state);
    if (count > limit) throw damagedChunk(this.#context, `${count} lengths in a page of ${limit} values`);
    const lengths = this.#context.memory.chunk.allocate(count * 4);
    this.read(lengths, count, 4);
    return { lengths, count, end: values.deltaEnd(this.#state) };
  }

  #check(status: number): void {
    if (status === STATUS.OK) return;
    const why = status === STATUS.TRUNCATED ? 'a page ends before its last value' : 'deltas that no writer makes';
    throw damagedChunk(this.#context, why);
  }
}
