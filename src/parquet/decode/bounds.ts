import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Bounds, Pointer } from '../../wasm/vector.ts';
import type { ChunkContext } from './chunk-context.ts';

/** What `count` >= 1 values at an address lie between. */
export type Measure = (source: Pointer, count: number) => Bounds;

/** Of i32, or u32. */
export function measure32({ memory, kernels }: ChunkContext, unsigned: boolean): Measure {
  const out = memory.chunk.allocate(16);
  return (source, count) => {
    kernels.rows.bounds32(source, count, unsigned, out);
    return readBounds64(memory.linear, out);
  };
}

/** Of i64; not the narrowest bounds where values are beyond 32 bits. */
export function measure64({ memory, kernels }: ChunkContext): Measure {
  const out = memory.chunk.allocate(16);
  return (source, count) => {
    kernels.rows.outerBounds64(source, count, out);
    return readBounds64(memory.linear, out);
  };
}

/** Of i64, exactly. */
export function leastAndGreatest64({ memory, kernels }: ChunkContext): Measure {
  const out = memory.chunk.allocate(16);
  return (source, count) => {
    kernels.rows.bounds64(source, count, out);
    return readBounds64(memory.linear, out);
  };
}

/** Two i64 as bounds. */
function readBounds64(linear: LinearMemory, at: Pointer): Bounds {
  const view = linear.view();
  return { min: view.getBigInt64(at, true), max: view.getBigInt64(at + 8, true) };
}

/** Two i128 as bounds. */
export function readBounds128(linear: LinearMemory, at: Pointer): Bounds {
  const view = linear.view();
  const whole = (from: Pointer) => (view.getBigInt64(from + 8, true) << 64n) | view.getBigUint64(from, true);
  return { min: whole(at), max: whole(at + 16) };
}

/** What the values of several parts lie between, unless that is unknown for one of them. */
export class MeasuredBounds {
  #min: bigint | null = null;
  #max = 0n;
  #unknown = false;

  add(part: Bounds | undefined): void {
    if (!part) this.#unknown = true;
    else if (this.#min === null) {
      this.#min = part.min;
      this.#max = part.max;
    } else {
      if (part.min < this.#min) this.#min = part.min;
      if (part.max > this.#max) this.#max = part.max;
    }
  }

  /** Undefined where nothing was measured. */
  get bounds(): Bounds | undefined {
    return this.#min === null || this.#unknown ? undefined : { min: this.#min, max: this.#max };
  }
}
