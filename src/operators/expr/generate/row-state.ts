import type { Arena } from '../../../wasm/arena.ts';
import { get, i32, type Local, ret, type Statement, set } from '../../../wasm/emit/code.ts';
import type { FunctionBuilder } from '../../../wasm/emit/module-builder.ts';
import type { Pointer } from '../../../wasm/vector.ts';
import type { TextHeap } from './expr-generator.ts';

/** Why a generated loop over rows stopped. */
export const STATUS = { done: 0, raised: 1, heapFull: 2, left: 3 } as const;

/** Where things stand in the state that a loop and its host share: u32 each. */
const FIELDS = { status: 0, heapTop: 4, heapEnd: 8 };
/** The outputs begin here. */
export const STATE_BYTES = 16;

const FIRST_HEAP_BYTES = 64 * 1024;

/** The side of the generated code: locals that are loaded at the start and saved at every end. */
export class RowState {
  readonly heap: TextHeap;
  readonly #state: Local<'i32'>;
  /** What the function returns when it stops. */
  readonly #position: () => ReturnType<typeof get<'i32'>>;
  readonly #atEnd: (() => readonly Statement[])[] = [];

  constructor(fn: FunctionBuilder, state: Local<'i32'>, position: () => ReturnType<typeof get<'i32'>>) {
    this.#state = state;
    this.#position = position;
    this.heap = {
      top: fn.local('i32', 'heapTop'),
      end: fn.local('i32', 'heapEnd'),
      full: () => this.stop(STATUS.heapFull),
    };
  }

  begin(): readonly Statement[] {
    return [
      set(this.heap.top, i32.load(get(this.#state), FIELDS.heapTop)),
      set(this.heap.end, i32.load(get(this.#state), FIELDS.heapEnd)),
    ];
  }

  /** More to save at every end. */
  onEnd(save: () => readonly Statement[]): void {
    this.#atEnd.push(save);
  }

  stop(status: number): readonly Statement[] {
    return [
      i32.store(get(this.#state), i32.const(status), FIELDS.status),
      i32.store(get(this.#state), get(this.heap.top), FIELDS.heapTop),
      ...this.#atEnd.flatMap((save) => save()),
      ret(this.#position()),
    ];
  }
}

/** The side of the host. */
export class HostState {
  readonly pointer: Pointer;
  readonly #arena: Arena;
  #heapBytes = FIRST_HEAP_BYTES / 2;

  constructor(arena: Arena, outputBytes: number) {
    this.#arena = arena;
    this.pointer = arena.allocate(STATE_BYTES + outputBytes);
    arena.bytes(this.pointer, STATE_BYTES + outputBytes).fill(0);
  }

  get status(): number {
    return this.u32(FIELDS.status);
  }

  /** A field, by its offset. */
  u32(offset: number): number {
    return this.#arena.view().getUint32(this.pointer + offset, true);
  }

  set(offset: number, value: number): void {
    this.#arena.view().setUint32(this.pointer + offset, value, true);
  }

  /** A heap of twice the last one's bytes; what was written before stays. Throws ResourceError SQ4001. */
  moreHeap(): void {
    this.#heapBytes *= 2;
    const heap = this.#arena.allocate(this.#heapBytes);
    this.set(FIELDS.heapTop, heap);
    this.set(FIELDS.heapEnd, heap + this.#heapBytes);
  }
}
