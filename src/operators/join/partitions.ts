import type { Field } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { gather } from '../../wasm/gather.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, SpillFile, SpillSpace } from '../execution.ts';
import type { ExprEvaluator } from '../expr/generate/expr-evaluator.ts';
import type { JoinKey } from '../plan.ts';
import type { RightFacts } from './build-side.ts';
import { type JoinKernel, joinKernel } from './join-kernel.ts';
import { type KeyWords, splitByNulls } from './join-keys.ts';

const BITS_PER_LEVEL = 4;
export const PARTITIONS = 2 ** BITS_PER_LEVEL;
/** After so many levels the bits of the hash are used up. */
export const MAX_LEVEL = 64 / BITS_PER_LEVEL;

export interface PartitionedSide {
  readonly fields: readonly Field[];
  readonly evaluator: ExprEvaluator;
  readonly words: KeyWords;
  /** Of a right side: noted as its rows pass. */
  readonly facts: RightFacts | null;
}

/** The rows of one side, by bits of their keys' hashes, in files. */
export class Partitions {
  readonly files: readonly SpillFile[];
  readonly #side: PartitionedSide;
  readonly #keys: readonly JoinKey[];
  readonly #kernel: JoinKernel;
  readonly #arena: Arena;
  readonly #shift: number;

  constructor(
    side: PartitionedSide,
    keys: readonly JoinKey[],
    level: number,
    context: ExecutionContext,
    spill: SpillSpace,
  ) {
    this.files = Array.from({ length: PARTITIONS }, () => spill.create());
    this.#side = side;
    this.#keys = keys;
    this.#kernel = joinKernel(context.memory);
    this.#arena = new Arena({ memory: context.memory });
    this.#shift = 64 - (level + 1) * BITS_PER_LEVEL;
  }

  /** Writes the live rows of a morsel of the side's columns. */
  async add(morsel: Morsel): Promise<void> {
    const arena = this.#arena;
    const { fields, evaluator, words, facts } = this.#side;
    const live = liveRows(morsel);
    if (live === 0) return;
    const keys = evaluator.evaluate(morsel, arena);
    const list = { rows: morsel.selection?.rows ?? 0, count: live };
    if (facts && splitByNulls(this.#kernel, arena, this.#keys, keys, list).open.length > 0) {
      facts.hasNullKeys = true;
    }
    const hashes = words.hashes(keys, morsel.rows, list, arena);
    const rows = arena.allocate(live * 4);
    const starts = arena.allocate((PARTITIONS + 2) * 4);
    this.#kernel.partition(hashes, list.rows, live, this.#shift, PARTITIONS, rows, starts);
    const ends = [...new Uint32Array(arena.memory.buffer, starts, PARTITIONS + 1)];
    const mark = arena.mark();
    for (const [part, file] of this.files.entries()) {
      const from = ends[part] as number;
      const count = (ends[part + 1] as number) - from;
      if (count === 0) continue;
      const columns = fields.map((_, i) => gather(arena, morsel.column(i), rows + from * 4, count));
      await file.append({ schema: fields, length: count, columns });
      arena.release(mark);
    }
    arena.reset();
  }

  async delete(): Promise<void> {
    this.#arena.reset();
    for (const file of this.files) await file.delete();
  }
}
