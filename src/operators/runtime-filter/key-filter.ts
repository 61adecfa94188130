import type { SqlType } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { KeySet } from './key-set.ts';

/** More keys than these rarely leave much out, and their filter fits no cache. */
const MAX_KEYS = 1 << 21;
/** Bytes of an operator's memory for each key: a filter takes little of it, or is not made. */
const BYTES_PER_KEY = 64;
/** Rows after which a filter that leaves little out is given up. */
const TRIAL_ROWS = 131_072;
/** Share of the rows that a filter has to leave out to be worth its work. */
const WORTH = 0.3;

/** Keys that pass by on one side of a join, as a filter for the rows of the other side. */
export class KeyFilter {
  readonly #memory: LinearMemory;
  readonly #maxKeys: number;
  readonly #set: KeySet;
  #keys = 0;
  #given = false;

  constructor(type: SqlType, { memory, operatorBytes }: Pick<ExecutionContext, 'memory' | 'operatorBytes'>) {
    this.#memory = memory;
    this.#maxKeys = Math.min(MAX_KEYS, operatorBytes / BYTES_PER_KEY);
    this.#set = new KeySet(type, memory);
  }

  /** Passes a stream on; when it has ended, its keys in the column at `position` are known. */
  async *learn(stream: MorselStream, position: number): AsyncGenerator<Morsel> {
    for await (const morsel of stream) {
      this.#add(morsel, position);
      yield morsel;
    }
    if (!this.#given) this.#set.finish();
  }

  /** The rows of a stream whose key in the column at `position` may be among them; all rows while the keys are not known. `mayStop`:
   * and once it turns out that they are most of the rows. */
  async *narrow(stream: MorselStream, position: number, mayStop: boolean): AsyncGenerator<Morsel> {
    const arena = new Arena({ memory: this.#memory });
    let [seen, kept] = [0, 0];
    try {
      for await (const morsel of stream) {
        const count = liveRows(morsel);
        const isTrialOver = mayStop && seen >= TRIAL_ROWS && kept > (1 - WORTH) * seen;
        if (!this.#set.isReady || count === 0 || isTrialOver) {
          yield morsel;
          continue;
        }
        const { rows, selection } = morsel;
        const out = arena.allocate(count * 4 + 4);
        const left = this.#set.select(morsel.column(position), rows, selection, out);
        seen += count;
        kept += left;
        if (left === count) yield morsel;
        else if (left > 0) {
          yield { rows, selection: { rows: out, count: left }, column: (index) => morsel.column(index) };
        }
        arena.reset();
      }
    } finally {
      arena.reset();
    }
  }

  free(): void {
    this.#set.free();
  }

  #add(morsel: Morsel, position: number): void {
    const count = liveRows(morsel);
    if (this.#given || count === 0) return;
    this.#keys += count;
    if (this.#keys > this.#maxKeys) {
      this.#given = true;
      this.#set.free();
      return;
    }
    this.#set.add(morsel.column(position), morsel.rows, morsel.selection);
  }
}
