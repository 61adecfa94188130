import { type Random, seededRandom } from '../../../src/common/clock.ts';
import { SquallError } from '../../../src/common/errors.ts';
import type { Value } from '../../../src/common/types.ts';
import { mutate } from '../../../src/parquet/codec/fixtures/mutate.ts';
import { openRowGroup } from '../../../src/parquet/open-row-group.ts';
import { Arena } from '../../../src/wasm/arena.ts';
import { LinearMemory, type PageRun } from '../../../src/wasm/linear-memory.ts';
import { columnReader } from '../../../src/wasm/read-vector.ts';
import type { CorpusFile } from './check-case.ts';
import { openFile } from './read-file.ts';
import { sameValue } from './same-value.ts';

/** What damaged files came to: error codes, `right` (all values as before) or `changed` (damage that nothing can show). */
export type Outcomes = Map<string, number>;

/** Rows after which a damaged file that claims billions is left alone. */
const MAX_ROWS = 100_000;
const CANARY = Buffer.alloc(65536, 0x3d);

/** Reads damaged copies of files. Throws an Error naming file and seed for any outcome but values and SquallErrors. */
export class FileFuzzer {
  readonly outcomes: Outcomes = new Map();
  readonly #memory = new LinearMemory({ maxBytes: 128 * 1024 * 1024, poison: true });
  readonly #canaries: readonly PageRun[];

  constructor() {
    const canaries: PageRun[] = [];
    const gaps: PageRun[] = [];
    for (let pages = 1; pages < 12; pages++) {
      canaries.push(this.#memory.allocateRun(1));
      gaps.push(this.#memory.allocateRun(pages * 65536));
    }
    for (const gap of gaps) this.#memory.freeRun(gap);
    for (const { pointer, bytes } of canaries) this.#memory.bytes(pointer, bytes).set(CANARY);
    this.#canaries = canaries;
  }

  async run(file: CorpusFile, seed: number): Promise<void> {
    const damaged = damage(seededRandom(seed), file.bytes);
    const used = this.#memory.used;
    let outcome: string;
    try {
      outcome = await this.#read(damaged, file.values, seededRandom(seed));
    } catch (error) {
      if (!(error instanceof SquallError) || error.code === 'SQ9000') {
        throw new Error(`seed ${seed} of ${file.title}: ${String(error)}`, { cause: error });
      }
      outcome = error.code;
    }
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (this.#memory.used !== used) throw new Error(`seed ${seed} of ${file.title}: memory was kept`);
    for (const { pointer, bytes } of this.#canaries) {
      if (CANARY.compare(this.#memory.bytes(pointer, bytes)) !== 0) {
        throw new Error(`seed ${seed} of ${file.title}: memory of others was written`);
      }
    }
  }

  async #read(bytes: Uint8Array, expected: ReadonlyMap<string, readonly Value[]>, random: Random): Promise<string> {
    const file = await openFile(bytes);
    let right = file.fields.length === expected.size;
    let first = 0;
    for (const { input, fetched } of file.groups) {
      const arena = new Arena({ memory: this.#memory });
      const reader = await openRowGroup(input, fetched, { columns: file.fields, memory: this.#memory });
      try {
        for (let read = 0; read < MAX_ROWS; ) {
          const morsel = reader.next(1 + Math.floor(random.next() * 400));
          if (morsel === null) break;
          for (const [i, { name }] of file.fields.entries()) {
            const wanted = expected.get(name);
            const valueAt = columnReader(arena, morsel.column(i));
            for (let row = 0; row < morsel.rows; row++) {
              const value = valueAt(row);
              right &&= wanted !== undefined && sameValue(value, wanted[first + row]);
            }
          }
          first += morsel.rows;
          read += morsel.rows;
        }
      } finally {
        reader.close();
      }
    }
    return right && [...expected.values()].every(({ length }) => length === first) ? 'right' : 'changed';
  }
}

/** Damages the footer, the first bytes, or anything in between. */
function damage(random: Random, bytes: Uint8Array): Uint8Array {
  const footerStart = bytes.length - 8 - new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true);
  const dice = random.next();
  if (dice < 0.1) return mutate(random, bytes);
  const [from, to] =
    dice < 0.4
      ? [footerStart, bytes.length - 8]
      : dice < 0.6
        ? [4, Math.min(200, footerStart)]
        : piece(random, footerStart);
  const replaced = mutate(random, bytes.subarray(from, to));
  const keepLength = random.next() < 0.8;
  if (keepLength) {
    const copy = Uint8Array.from(bytes);
    copy.set(replaced.subarray(0, to - from), from);
    return copy;
  }
  return Uint8Array.from([...bytes.subarray(0, from), ...replaced, ...bytes.subarray(to)]);
}

function piece(random: Random, end: number): readonly [number, number] {
  const from = 4 + Math.floor(random.next() * Math.max(0, end - 4));
  return [from, Math.min(end, from + 64)];
}
