import type { Value } from '../../common/types.ts';
import type { RowFunction } from '../expr/interpret.ts';
import type { AggregateCall, AggregatePlan } from '../plan.ts';
import { forEachRow, RowExpressions, type Rows, rowsOfArrays } from '../rows.ts';
import { rowKey, type ValueKey } from '../value-key.ts';
import { type Accumulator, accumulatorFactory } from './accumulator.ts';

/** Rows delivered at once. */
const CHUNK = 16_384;

interface Group {
  /** Of its first row. */
  readonly keys: readonly Value[];
  readonly accumulators: readonly Accumulator[];
}

/** Feeds a row into an accumulator. */
type Feed = (accumulator: Accumulator, row: number) => void;

/**
 * Groups by hash, groups in the order of their first rows; NULLs of a key are one group. The groups live in JavaScript's
 * memory. Without keys there is one group, over no row too.
 */
export async function* interpretAggregate(plan: AggregatePlan, input: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  const expressions = new RowExpressions(plan.input.columns);
  const keys = plan.groups.map((expr) => expressions.compile(expr));
  const keyOf = rowKey(plan.groups.map((expr) => expr.type));
  const feeds = plan.aggregates.map((call) => feed(call, plan, expressions));
  const factories = plan.aggregates.map((call) => accumulatorFactory(call.function, call.argTypes));
  const newGroup = (values: readonly Value[]): Group => ({
    keys: values,
    accumulators: factories.map((create) => create()),
  });

  const groups = new Map<ValueKey, Group>();
  if (keys.length === 0) groups.set(keyOf([]), newGroup([]));
  const everything = groups.values().next().value;
  for await (const rows of input) {
    expressions.over(rows);
    forEachRow(rows, (row) => {
      const { accumulators } = everything ?? groupOf(groups, keys, keyOf, newGroup, row);
      for (let i = 0; i < feeds.length; i++) (feeds[i] as Feed)(accumulators[i] as Accumulator, row);
    });
  }
  yield* delivered(plan, groups);
}

function groupOf(
  groups: Map<ValueKey, Group>,
  keys: readonly RowFunction<number>[],
  keyOf: (values: readonly Value[]) => ValueKey,
  newGroup: (values: readonly Value[]) => Group,
  row: number,
): Group {
  const values = keys.map((key) => key(row));
  const key = keyOf(values);
  let group = groups.get(key);
  if (!group) {
    group = newGroup(values);
    groups.set(key, group);
  }
  return group;
}

function feed(call: AggregateCall, plan: AggregatePlan, expressions: RowExpressions): Feed {
  if (plan.phase === 'final') {
    const states = call.states.map((column) =>
      expressions.compile({ kind: 'column', id: column.id, name: column.name, type: column.type }),
    );
    return (accumulator, row) => accumulator.merge(states.map((state) => state(row)));
  }
  const [argument] = call.args;
  const value: RowFunction<number> = argument ? expressions.compile(argument) : () => true;
  if (!call.filter) return (accumulator, row) => accumulator.add(value(row));
  const filter = expressions.compile(call.filter);
  return (accumulator, row) => {
    if (filter(row) === true) accumulator.add(value(row));
  };
}

function* delivered(plan: AggregatePlan, groups: ReadonlyMap<ValueKey, Group>): Generator<Rows> {
  const width = plan.columns.length;
  const output = (accumulator: Accumulator) =>
    plan.phase === 'partial' ? accumulator.states() : [accumulator.result()];
  let columns: Value[][] = Array.from({ length: width }, () => []);
  let length = 0;
  for (const { keys, accumulators } of groups.values()) {
    const values = [...keys, ...accumulators.flatMap(output)];
    for (let i = 0; i < width; i++) columns[i]?.push(values[i] as Value);
    length++;
    if (length === CHUNK) {
      yield rowsOfArrays(columns, length);
      columns = Array.from({ length: width }, () => []);
      length = 0;
    }
  }
  if (length > 0) yield rowsOfArrays(columns, length);
}
