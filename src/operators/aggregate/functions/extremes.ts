import type { SqlType, Value } from '../../../common/types.ts';
import { BOOLEAN } from '../../../common/types.ts';
import { type Comparator, comparator } from '../../expr/compare-values.ts';
import { comparisonType } from '../../expr/functions/comparison.ts';
import type { Accumulator } from '../accumulator.ts';
import type { AggregateFunction, AggregateOverload } from '../aggregate-function.ts';

class Extreme implements Accumulator {
  readonly #compare: Comparator;
  readonly #sign: 1 | -1;
  #best: Value = null;

  constructor(compare: Comparator, sign: 1 | -1) {
    this.#compare = compare;
    this.#sign = sign;
  }

  add(value: Value): void {
    if (value !== null && (this.#best === null || this.#sign * this.#compare(value, this.#best) > 0))
      this.#best = value;
  }

  merge([best]: readonly Value[]): void {
    this.add(best ?? null);
  }

  states(): readonly Value[] {
    return [this.#best];
  }

  result(): Value {
    return this.#best;
  }
}

/** The value of the row whose second value is the extreme one; of several, of the first that came. */
class ArgExtreme implements Accumulator {
  readonly #compare: Comparator;
  readonly #sign: 1 | -1;
  #best: Value = null;
  #value: Value = null;

  constructor(compare: Comparator, sign: 1 | -1) {
    this.#compare = compare;
    this.#sign = sign;
  }

  add(value: Value, by: Value = null): void {
    if (value === null || by === null) return;
    if (this.#best !== null && this.#sign * this.#compare(by, this.#best) <= 0) return;
    this.#best = by;
    this.#value = value;
  }

  merge([value, by]: readonly Value[]): void {
    this.add(value ?? null, by ?? null);
  }

  states(): readonly Value[] {
    return [this.#value, this.#best];
  }

  result(): Value {
    return this.#value;
  }
}

/** `first` and `last` take NULL for a value. */
class Positional implements Accumulator {
  readonly #keepsFirst: boolean;
  readonly #takesNull: boolean;
  #value: Value = null;
  #found = false;

  constructor(keepsFirst: boolean, takesNull: boolean) {
    this.#keepsFirst = keepsFirst;
    this.#takesNull = takesNull;
  }

  add(value: Value): void {
    if ((this.#keepsFirst && this.#found) || (value === null && !this.#takesNull)) return;
    this.#value = value;
    this.#found = true;
  }

  merge([value, found]: readonly Value[]): void {
    if (found === true) this.add(value ?? null);
  }

  states(): readonly Value[] {
    return [this.#value, this.#found];
  }

  result(): Value {
    return this.#value;
  }
}

function extreme(args: readonly SqlType[], sign: 1 | -1): AggregateOverload | null {
  const type = args.length === 1 ? comparisonType(args) : null;
  if (type === null) return null;
  const compare = comparator(type);
  const states = [{ type, nullable: true }];
  return { argTypes: [type], type, states, combinable: true, create: () => new Extreme(compare, sign) };
}

function argExtreme(args: readonly SqlType[], sign: 1 | -1): AggregateOverload | null {
  const [type, by] = args;
  const byType = type && by && args.length === 2 ? comparisonType([by]) : null;
  if (!type || byType === null) return null;
  const compare = comparator(byType);
  const states = [
    { type, nullable: true },
    { type: byType, nullable: true },
  ];
  return { argTypes: [type, byType], type, states, combinable: true, create: () => new ArgExtreme(compare, sign) };
}

function positional([type, ...more]: readonly SqlType[], first: boolean, takesNull: boolean): AggregateOverload | null {
  if (!type || more.length > 0) return null;
  const states = [
    { type, nullable: true },
    { type: BOOLEAN, nullable: false },
  ];
  return { argTypes: [type], type, states, combinable: true, create: () => new Positional(first, takesNull) };
}

const ARG_MAX = 'the a of the row with the greatest b; rows with a NULL are passed over';
const ARG_MIN = 'the a of the row with the least b; rows with a NULL are passed over';

export const EXTREMES: readonly AggregateFunction[] = [
  { name: 'min', doc: 'min(a): the least value', resolve: (args) => extreme(args, -1) },
  { name: 'max', doc: 'max(a): the greatest value; NaN is the greatest number', resolve: (args) => extreme(args, 1) },
  { name: 'arg_max', doc: `arg_max(a, b): ${ARG_MAX}`, resolve: (args) => argExtreme(args, 1) },
  { name: 'max_by', doc: `max_by(a, b): ${ARG_MAX}`, resolve: (args) => argExtreme(args, 1) },
  { name: 'arg_min', doc: `arg_min(a, b): ${ARG_MIN}`, resolve: (args) => argExtreme(args, -1) },
  { name: 'min_by', doc: `min_by(a, b): ${ARG_MIN}`, resolve: (args) => argExtreme(args, -1) },
  {
    name: 'any_value',
    doc: 'any_value(a): a value that is not NULL',
    resolve: (args) => positional(args, true, false),
  },
  {
    name: 'first',
    doc: 'first(a): the value of the first row, NULL or not; which that is only ORDER BY in the call says',
    resolve: (args) => positional(args, true, true),
  },
  {
    name: 'last',
    doc: 'last(a): the value of the last row, NULL or not; which that is only ORDER BY in the call says',
    resolve: (args) => positional(args, false, true),
  },
];
