import { assertNever, throwIfAborted } from '../../common/errors.ts';
import { BIGINT, type Field, isNested, type SqlType } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { outOfBudget } from '../../wasm/linear-memory.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { fieldOf } from '../expr/expr.ts';
import { morselsOfBatch } from '../morsel-batches.ts';
import type { SetOperationPlan } from '../plan.ts';
import { CountedGroups, type Taking } from './counted-groups.ts';
import { interpretedSetOperation } from './host-set-operation.ts';
import { MAX_DEPTH, PARTITIONS, RowPartitions } from './row-partitions.ts';

/**
 * UNION ALL passes its inputs on, one after the other. The others keep the distinct rows they have to know with a counter each, and pass on
 * the rows of their inputs that are delivered, narrowed and not copied. What outgrows the budget is put aside by hash and done
 * part by part; then the order of the rows is another.
 */
export async function* executeSetOperation(
  plan: SetOperationPlan,
  inputs: readonly MorselStream[],
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  if (plan.operation === 'union' && plan.all) {
    for (const input of inputs) yield* input;
    return;
  }
  if (plan.columns.some(({ type }) => isNested(type))) {
    yield* interpretedSetOperation(plan, inputs, context);
    return;
  }
  const [left, right] = inputs as [MorselStream, MorselStream];
  const set = new SetOperation(plan, context);
  if (plan.operation === 'union') yield* set.run(chained(inputs), null, null, 0);
  else yield* set.run(left, right, null, 0);
}

async function* chained(inputs: readonly MorselStream[]): AsyncGenerator<Morsel> {
  for (const input of inputs) yield* input;
}

function takingOf({ operation, all }: SetOperationPlan): Taking {
  switch (operation) {
    case 'union':
      return 'unseen';
    case 'intersect':
      return all ? 'matched' : 'matchedOnce';
    case 'except':
      return all ? 'unmatched' : 'unseen';
    default:
      return assertNever(operation);
  }
}

class SetOperation {
  readonly #context: ExecutionContext;
  readonly #taking: Taking;
  readonly #types: readonly SqlType[];
  readonly #leftSchema: readonly Field[];
  /** Rows and how often they count. */
  readonly #rightSchema: readonly Field[];

  constructor(plan: SetOperationPlan, context: ExecutionContext) {
    this.#context = context;
    this.#taking = takingOf(plan);
    this.#types = plan.columns.map(({ type }) => type);
    this.#leftSchema = plan.columns.map(fieldOf);
    this.#rightSchema = [...this.#leftSchema, { name: 'count', type: BIGINT, nullable: false }];
  }

  /** `amounts`: the column of the right side with its rows' multiplicity, null where each row counts once. */
  async *run(
    left: MorselStream,
    right: MorselStream | null,
    amounts: number | null,
    depth: number,
  ): AsyncGenerator<Morsel> {
    const groups = new CountedGroups(this.#types, this.#context);
    const arena = new Arena({ memory: this.#context.memory });
    const parts: Parts = { left: null, right: null };
    const keepsAll = this.#taking === 'unseen';
    try {
      for await (const morsel of right ?? []) {
        throwIfAborted(this.#context.signal);
        if (liveRows(morsel) === 0) continue;
        if (parts.right) await this.#addRight(parts.right, morsel, amounts, arena);
        else groups.count(morsel, amounts, arena);
        arena.reset();
        if (!parts.right) await this.#putAside(groups, parts, depth, arena);
      }
      for await (const morsel of left) {
        throwIfAborted(this.#context.signal);
        if (liveRows(morsel) === 0) continue;
        if (parts.left) {
          await parts.left.add(morsel);
          continue;
        }
        const selection = groups.take(morsel, this.#taking, arena);
        if (selection.count > 0) yield { rows: morsel.rows, selection, column: (index) => morsel.column(index) };
        arena.reset();
        if (keepsAll) await this.#putAside(groups, parts, depth, arena);
      }
      groups.free();
      if (parts.left && parts.right) yield* this.#partByPart(parts.left, parts.right, depth + 1);
    } finally {
      groups.free();
      arena.reset();
      await parts.left?.free();
      await parts.right?.free();
    }
  }

  async *#partByPart(left: RowPartitions, right: RowPartitions, depth: number): AsyncGenerator<Morsel> {
    for (let part = 0; part < PARTITIONS; part++) {
      yield* this.run(left.read(part), right.read(part), this.#leftSchema.length, depth);
      await left.delete(part);
      await right.delete(part);
    }
  }

  /**
   * Over the budget, writes the groups as rows of the right side, and has everything written that is still to come. Groups that all bits of
   * the hash do not tell apart stay: they are few.
   */
  async #putAside(groups: CountedGroups, parts: Parts, depth: number, arena: Arena): Promise<void> {
    const { operatorBytes, spill } = this.#context;
    const { bytes } = groups;
    if (bytes <= operatorBytes || groups.groups <= 1 || depth === MAX_DEPTH) return;
    if (!spill) throw outOfBudget(bytes, 0, operatorBytes);
    parts.left = new RowPartitions(this.#types, this.#leftSchema, depth, this.#context, spill);
    parts.right = new RowPartitions(this.#types, this.#rightSchema, depth, this.#context, spill);
    for (const batch of groups.batches(this.#rightSchema, arena)) {
      for (const morsel of morselsOfBatch(batch)) await parts.right.add(morsel);
    }
    groups.free();
  }

  async #addRight(right: RowPartitions, morsel: Morsel, amounts: number | null, arena: Arena): Promise<void> {
    const width = this.#leftSchema.length;
    if (amounts === width) return right.add(morsel);
    const data = arena.allocate(morsel.rows * 8);
    new BigInt64Array(arena.memory.buffer, data, morsel.rows).fill(1n);
    const ones = { kind: 'fixed', type: BIGINT, width: 8, length: morsel.rows, validity: 0, data } as const;
    const { rows, selection } = morsel;
    return right.add({ rows, selection, column: (index) => (index === width ? ones : morsel.column(index)) });
  }
}

interface Parts {
  left: RowPartitions | null;
  right: RowPartitions | null;
}
