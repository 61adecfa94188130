import { UnsupportedError } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import { comparator } from '../expr/compare-values.ts';
import type { Expr } from '../expr/expr.ts';
import type { RowFunction } from '../expr/interpret.ts';
import type { AggregateCall, AggregatePlan, SortKey } from '../plan.ts';
import { rowKey, type ValueKey } from '../value-key.ts';
import { type Accumulator, accumulatorFactory } from './accumulator.ts';
import { resolveAggregate } from './functions.ts';
import { HolisticAccumulator } from './holistic-accumulator.ts';

/** A call of an aggregate function over rows. */
export interface RowAggregate {
  create(): Accumulator;
  /** Feeds a row into an accumulator that `create` made. */
  feed(accumulator: Accumulator, row: number): void;
}

/** Makes a call ready to run. Throws UnsupportedError SQ2001 when the phase needs states that the call does not have. */
export function rowAggregate(
  call: AggregateCall,
  phase: AggregatePlan['phase'],
  compile: (expr: Expr) => RowFunction<number>,
): RowAggregate {
  checkPhase(call, phase);
  const create = accumulatorFactory(call.function, call.argTypes);
  if (phase === 'final') {
    const states = call.states.map(({ id, name, type }) => compile({ kind: 'column', id, name, type }));
    return { create, feed: (accumulator, row) => accumulator.merge(states.map((state) => state(row))) };
  }
  const args = call.args.map(compile);
  const filter = call.filter && compile(call.filter);
  const aggregate = call.orderBy.length > 0 ? ordered(call, create, args, compile) : plain(call, create, args);
  if (!filter) return aggregate;
  const { feed } = aggregate;
  return {
    create: aggregate.create,
    feed: (accumulator, row) => {
      if (filter(row) === true) feed(accumulator, row);
    },
  };
}

/** Throws UnsupportedError SQ2001 when the call cannot be computed in parts and has to be. */
export function checkPhase(call: AggregateCall, phase: AggregatePlan['phase']): void {
  if (phase === 'single') return;
  const resolved = resolveAggregate(call.function, call.argTypes);
  if (resolved?.combinable && !call.distinct && call.orderBy.length === 0) return;
  const what = `${call.function}(${call.distinct ? 'DISTINCT …' : ''})`;
  throw new UnsupportedError('SQ2001', `${what} cannot be computed in parts`, {
    hint: 'bring all rows of a group together before it',
  });
}

function plain(
  call: AggregateCall,
  create: () => Accumulator,
  [first, second]: readonly RowFunction<number>[],
): RowAggregate {
  const make = distinctFactory(call, create);
  if (!first) return { create: make, feed: (accumulator) => accumulator.add(true) };
  if (!second) return { create: make, feed: (accumulator, row) => accumulator.add(first(row)) };
  return { create: make, feed: (accumulator, row) => accumulator.add(first(row), second(row)) };
}

function ordered(
  call: AggregateCall,
  create: () => Accumulator,
  args: readonly RowFunction<number>[],
  compile: (expr: Expr) => RowFunction<number>,
): RowAggregate {
  const keys = call.orderBy.map(({ expr }) => compile(expr));
  const compare = rowComparator(call.orderBy);
  const make = distinctFactory(call, create);
  return {
    create: () => new OrderedAccumulator(make(), compare),
    feed: (accumulator, row) =>
      (accumulator as OrderedAccumulator).addRow(
        args.map((arg) => arg(row)),
        keys.map((key) => key(row)),
      ),
  };
}

function distinctFactory(call: AggregateCall, create: () => Accumulator): () => Accumulator {
  if (!call.distinct || call.args.length === 0) return create;
  const keyOf = rowKey(call.args.map(({ type }) => type));
  return () => new DistinctAccumulator(create(), keyOf);
}

/** Passes on what it sees for the first time. */
class DistinctAccumulator extends HolisticAccumulator {
  readonly #inner: Accumulator;
  readonly #keyOf: (values: readonly Value[]) => ValueKey;
  readonly #seen = new Set<ValueKey>();

  constructor(inner: Accumulator, keyOf: (values: readonly Value[]) => ValueKey) {
    super();
    this.#inner = inner;
    this.#keyOf = keyOf;
  }

  add(value: Value, second?: Value): void {
    const key = this.#keyOf(second === undefined ? [value] : [value, second]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (second === undefined) this.#inner.add(value);
    else this.#inner.add(value, second);
  }

  result(): Value {
    return this.#inner.result();
  }
}

interface OrderedRow {
  readonly args: readonly Value[];
  readonly keys: readonly Value[];
}

/** Passes on all rows in order, at the end; rows with equal keys as they came. */
class OrderedAccumulator extends HolisticAccumulator {
  readonly #inner: Accumulator;
  readonly #compare: (a: readonly Value[], b: readonly Value[]) => number;
  #rows: OrderedRow[] = [];

  constructor(inner: Accumulator, compare: (a: readonly Value[], b: readonly Value[]) => number) {
    super();
    this.#inner = inner;
    this.#compare = compare;
  }

  add(value: Value, second?: Value): void {
    this.addRow(second === undefined ? [value] : [value, second], []);
  }

  addRow(args: readonly Value[], keys: readonly Value[]): void {
    this.#rows.push({ args, keys });
  }

  result(): Value {
    const rows = this.#rows.sort((a, b) => this.#compare(a.keys, b.keys));
    this.#rows = [];
    for (const { args } of rows) {
      const [value = true, second] = args;
      if (second === undefined) this.#inner.add(value);
      else this.#inner.add(value, second);
    }
    return this.#inner.result();
  }
}

/** The order of rows by the values of their sort keys. */
function rowComparator(orderBy: readonly SortKey[]): (a: readonly Value[], b: readonly Value[]) => number {
  const keys = orderBy.map(({ expr, descending, nullsFirst }) => {
    const compare = comparator(expr.type);
    const nulls = nullsFirst ? -1 : 1;
    const sign = descending ? -1 : 1;
    return (a: Value, b: Value) => {
      if (a === null || b === null) return a === b ? 0 : a === null ? nulls : -nulls;
      return sign * compare(a, b);
    };
  });
  return (a, b) => {
    for (let i = 0; i < keys.length; i++) {
      const order = keys[i]?.(a[i] as Value, b[i] as Value) ?? 0;
      if (order !== 0) return order;
    }
    return 0;
  };
}
