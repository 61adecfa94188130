import { assertNever } from '../common/errors.ts';
import type { ExecutionContext } from '../operators/execution.ts';
import type { Column, Expr } from '../operators/expr/expr.ts';
import { ExprEvaluator } from '../operators/expr/generate/expr-evaluator.ts';
import { KeyHasher } from '../operators/keys/key-hasher.ts';
import type { OutputPartitioning } from '../operators/task.ts';
import { Arena } from '../wasm/arena.ts';
import type { Batch, Pointer } from '../wasm/vector.ts';
import { exchangeKernel } from './exchange-kernel.ts';
import type { MorselOrder } from './partitioned-rows.ts';

/** Says which partition the rows of a batch go to. */
export interface RowPartitioner {
  readonly partitions: number;
  /** The starts are made in `kept`; the rest is valid until the next call. Throws what a key throws. */
  order(batch: Batch, kept: Arena): MorselOrder;
  /** Gives memory back; for the `finally` of an owner. */
  free(): void;
}

/** For rows that are put into their partitions as they come; those of a range are cut when all are there. */
export function rowPartitioner(
  context: ExecutionContext,
  columns: readonly Column[],
  partitioning: Exclude<OutputPartitioning, { readonly kind: 'range' }>,
): RowPartitioner {
  switch (partitioning.kind) {
    case 'hash':
      return new HashPartitioner(context, columns, partitioning);
    case 'roundRobin':
      return new RoundRobinPartitioner(partitioning.partitions);
    default:
      return assertNever(partitioning);
  }
}

/** All rows in one partition, as they come. */
export const onePartition: RowPartitioner = {
  partitions: 1,
  order: ({ length }, kept) => ({ indices: 0, starts: startsOf([0, length], kept) }),
  free: () => undefined,
};

export function startsOf(values: readonly number[], kept: Arena): Pointer {
  const starts = kept.allocate(values.length * 4);
  new Uint32Array(kept.memory.buffer, starts, values.length).set(values);
  return starts;
}

/**
 * By the hash of keys. The hash of equal keys of one type is the same in every task, so that rows with equal keys, NULL among them,
 * end in partitions of one number, whoever wrote them.
 */
class HashPartitioner implements RowPartitioner {
  readonly partitions: number;
  readonly #whole: number;
  readonly #divisor: number;
  readonly #keys: ExprEvaluator;
  readonly #hasher: KeyHasher;
  readonly #arena: Arena;
  readonly #lasting: Arena;
  /** Partition (u32) of each of the `of` numbers; 0: they are the same. */
  #map: Pointer = 0;

  constructor(
    context: ExecutionContext,
    columns: readonly Column[],
    { keys, of, divisor, partitions }: { keys: readonly Expr[]; of: number; divisor: number; partitions: number },
  ) {
    const { memory } = context;
    this.partitions = partitions;
    this.#whole = of;
    this.#divisor = divisor;
    this.#keys = new ExprEvaluator(keys, columns, context, 'keys of an exchange');
    this.#hasher = new KeyHasher(
      keys.map(({ type }) => type),
      { memory },
    );
    this.#arena = new Arena({ memory });
    this.#lasting = new Arena({ memory });
  }

  order({ length, columns }: Batch, kept: Arena): MorselOrder {
    const arena = this.#arena;
    arena.reset();
    const map = this.#mapped();
    const keys = this.#keys.evaluate(
      { rows: length, selection: null, column: (index) => columns[index] as Batch['columns'][number] },
      arena,
    );
    const hashes = arena.allocate(length * 8);
    this.#hasher.hash(keys, length, null, hashes);
    const numbers = arena.allocate(length * 4);
    const indices = arena.allocate(length * 4);
    const starts = kept.allocate((this.partitions + 2) * 4);
    const { partitionRows } = exchangeKernel(arena.memory);
    partitionRows(hashes, length, this.#whole, map, this.partitions, numbers, indices, starts);
    return { indices, starts };
  }

  free(): void {
    this.#keys.close();
    this.#hasher.free();
    this.#arena.reset();
    this.#lasting.reset();
    this.#map = 0;
  }

  #mapped(): Pointer {
    const [whole, divisor, partitions] = [this.#whole, this.#divisor, this.partitions];
    if ((divisor === 1 && whole === partitions) || this.#map !== 0) return this.#map;
    const digits = Array.from({ length: whole }, (_, p) => Math.floor(p / divisor) % partitions);
    this.#map = startsOf(digits, this.#lasting);
    return this.#map;
  }
}

/** Deals rows out as if one at a time, but so that those of a batch that go to one partition are neighbours. */
class RoundRobinPartitioner implements RowPartitioner {
  readonly partitions: number;
  #dealt = 0;

  constructor(partitions: number) {
    this.partitions = partitions;
  }

  order({ length }: Batch, kept: Arena): MorselOrder {
    const { partitions } = this;
    const share = (rows: number, p: number) => Math.floor((rows + partitions - 1 - p) / partitions);
    const starts = [0];
    for (let p = 0; p < partitions; p++) {
      const rows = share(this.#dealt + length, p) - share(this.#dealt, p);
      starts.push((starts[p] as number) + rows);
    }
    this.#dealt += length;
    return { indices: 0, starts: startsOf(starts, kept) };
  }

  free(): void {
    this.#dealt = 0;
  }
}
