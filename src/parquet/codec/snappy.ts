import { kernel } from '../../wasm/kernels.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { ByteRope } from '../byte-rope.ts';
import { type Decompressor, type StepwiseDecompressor, type Unpacking, unpackAtOnce } from './decompressor.ts';
import { checkStatus } from './kernel-codec.ts';

interface SnappyKernel {
  begin(state: Pointer, source: Pointer, sourceEnd: Pointer, target: Pointer, targetEnd: Pointer): number;
  /** Returns a status, or MORE. Never traps, and neither reads nor writes outside of the window and the page. */
  unpack(state: Pointer, sourceEnd: Pointer, last: boolean, until: Pointer): number;
}

const NAME = 'Snappy';
const MORE = 7;
/** What the kernel keeps of a page. */
const STATE_BYTES = 64;
const WINDOW_BYTES = 65536 - STATE_BYTES;

/** @param windowBytes Compressed bytes that are in linear memory at a time; more than 80. */
export const stepwiseSnappy = (windowBytes: number): StepwiseDecompressor => ({
  workBytes: STATE_BYTES + windowBytes,
  begin: (...page) => new SnappyPage(windowBytes, ...page),
});

const stepwise = stepwiseSnappy(WINDOW_BYTES);

/** Raw Snappy, without the framing format. */
export const snappy: Decompressor = {
  decompress: (...page) => unpackAtOnce(stepwise, ...page),
  stepwise,
};

class SnappyPage implements Unpacking {
  readonly #memory: LinearMemory;
  readonly #kernel: SnappyKernel;
  readonly #state: Pointer;
  readonly #source: ByteRope;
  readonly #targetLength: number;
  readonly #windowBytes: number;
  /** Bytes of the source that have been in the window. */
  #passed = 0;
  #windowEnd: Pointer;

  constructor(
    windowBytes: number,
    memory: LinearMemory,
    work: Pointer,
    source: ByteRope,
    target: Pointer,
    targetLength: number,
  ) {
    this.#windowBytes = windowBytes;
    this.#memory = memory;
    this.#kernel = kernel<SnappyKernel>(memory.memory, 'snappy');
    this.#state = work;
    this.#source = source;
    this.#targetLength = targetLength;
    const window = work + STATE_BYTES;
    this.#windowEnd = window;
    this.#fill();
    this.#check(this.#kernel.begin(work, window, this.#windowEnd, target, target + targetLength));
  }

  to(until: Pointer): Pointer {
    for (;;) {
      const isLast = this.#passed === this.#source.length;
      const status = this.#kernel.unpack(this.#state, this.#windowEnd, isLast, until);
      if (status !== MORE) {
        this.#check(status);
        return this.#memory.view().getUint32(this.#state + 4, true);
      }
      this.#moveOn();
    }
  }

  /** What the kernel has left goes to the front. */
  #moveOn(): void {
    const view = this.#memory.view();
    const from = view.getUint32(this.#state, true);
    const window = this.#state + STATE_BYTES;
    const left = this.#windowEnd - from;
    new Uint8Array(view.buffer).copyWithin(window, from, from + left);
    view.setUint32(this.#state, window, true);
    this.#windowEnd = window + left;
    this.#fill();
  }

  #fill(): void {
    const room = this.#state + STATE_BYTES + this.#windowBytes - this.#windowEnd;
    const bytes = Math.min(room, this.#source.length - this.#passed);
    this.#source.copyTo(this.#memory.bytes(this.#windowEnd, bytes), this.#passed);
    this.#windowEnd += bytes;
    this.#passed += bytes;
  }

  #check(status: number): void {
    checkStatus(NAME, status, this.#targetLength);
  }
}
