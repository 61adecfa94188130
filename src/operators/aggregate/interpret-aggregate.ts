import { INTEGER, type SqlType, type Value } from '../../common/types.ts';
import type { RowFunction } from '../expr/interpret.ts';
import type { AggregatePlan } from '../plan.ts';
import { forEachRow, RowExpressions, type Rows, rowsOfArrays } from '../rows.ts';
import { rowKey, type ValueKey } from '../value-key.ts';
import type { Accumulator } from './accumulator.ts';
import { type RowAggregate, rowAggregate } from './aggregate-call.ts';
import { emptyGroups, type GroupingSet, groupingColumn, groupingSets } from './grouping-sets.ts';

/** Rows delivered at once. */
const CHUNK = 16_384;

interface Group {
  /** Of its first row; of grouping sets then the number of its set. */
  readonly keys: readonly Value[];
  readonly accumulators: readonly Accumulator[];
}

/** The keys of the groups that a row belongs to. */
type KeysOfRow = (row: number) => readonly (readonly Value[])[];

/**
 * Groups by hash, groups in the order of their first rows; NULLs of a key are one group. The groups live in JavaScript's
 * memory. Without keys there is one group, over no row too. Throws UnsupportedError SQ2001 for a call that has no states in a
 * phase that needs them.
 */
export async function* interpretAggregate(plan: AggregatePlan, input: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  const expressions = new RowExpressions(plan.input.columns);
  const aggregates = plan.aggregates.map((call) => rowAggregate(call, plan.phase, (expr) => expressions.compile(expr)));
  const keysOf = keysOfRow(plan, expressions);
  const groups = new Groups(plan, aggregates);
  for await (const rows of input) {
    expressions.over(rows);
    forEachRow(rows, (row) => {
      for (const keys of keysOf(row)) {
        const { accumulators } = groups.of(keys);
        for (let i = 0; i < aggregates.length; i++) {
          (aggregates[i] as RowAggregate).feed(accumulators[i] as Accumulator, row);
        }
      }
    });
  }
  yield* delivered(plan, groups);
}

class Groups {
  readonly #groups = new Map<ValueKey, Group>();
  readonly #keyOf: (values: readonly Value[]) => ValueKey;
  readonly #aggregates: readonly RowAggregate[];

  constructor(plan: AggregatePlan, aggregates: readonly RowAggregate[]) {
    this.#aggregates = aggregates;
    this.#keyOf = rowKey(keyTypes(plan));
    for (const { has, grouping } of emptyGroups(plan)) {
      this.of(plan.groupingSets ? [...has.map(() => null), grouping] : []);
    }
  }

  of(keys: readonly Value[]): Group {
    const key = this.#keyOf(keys);
    let group = this.#groups.get(key);
    if (!group) {
      group = { keys, accumulators: this.#aggregates.map(({ create }) => create()) };
      this.#groups.set(key, group);
    }
    return group;
  }

  values(): Iterable<Group> {
    return this.#groups.values();
  }
}

function keyTypes(plan: AggregatePlan): readonly SqlType[] {
  const types = plan.groups.map(({ type }) => type);
  return plan.groupingSets ? [...types, INTEGER] : types;
}

function keysOfRow(plan: AggregatePlan, expressions: RowExpressions): KeysOfRow {
  const keys: RowFunction<number>[] = plan.groups.map((expr) => expressions.compile(expr));
  const sets = groupingSets(plan);
  if (sets && plan.phase === 'final') keys.push(expressions.compile(groupingColumn(plan)));
  if (sets === null || plan.phase === 'final') return (row) => [keys.map((key) => key(row))];
  return (row) => {
    const values = keys.map((key) => key(row));
    return sets.map(({ has, grouping }) => [...values.map((value, i) => (has[i] ? value : null)), grouping]);
  };
}

function* delivered(plan: AggregatePlan, groups: Groups): Generator<Rows> {
  const width = plan.columns.length;
  const sets = groupingSets(plan);
  const rounds = plan.phase === 'partial' ? 1 : Math.max(1, ...(sets ?? []).map(({ times }) => times));
  const output = (accumulator: Accumulator) =>
    plan.phase === 'partial' ? accumulator.states() : [accumulator.result()];
  const rows: (readonly Value[])[] = [];
  for (const { keys, accumulators } of groups.values()) rows.push([...keys, ...accumulators.flatMap(output)]);
  let columns: Value[][] = Array.from({ length: width }, () => []);
  let length = 0;
  for (let round = 0; round < rounds; round++) {
    for (const values of rows) {
      if (round > 0 && !isRepeated(sets, values[plan.groups.length] as Value, round)) continue;
      for (let i = 0; i < width; i++) columns[i]?.push(values[i] as Value);
      length++;
      if (length < CHUNK) continue;
      yield rowsOfArrays(columns, length);
      columns = Array.from({ length: width }, () => []);
      length = 0;
    }
  }
  if (length > 0) yield rowsOfArrays(columns, length);
}

/** A set that the plan names several times is delivered as often. */
const isRepeated = (sets: readonly GroupingSet[] | null, grouping: Value, round: number) =>
  (sets ?? []).some((set) => set.grouping === grouping && set.times > round);
