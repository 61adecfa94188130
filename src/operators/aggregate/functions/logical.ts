import type { SqlType, Value } from '../../../common/types.ts';
import { BIGINT, BOOLEAN, isInteger } from '../../../common/types.ts';
import type { Accumulator } from '../accumulator.ts';
import type { AggregateFunction, AggregateOverload } from '../aggregate-function.ts';

/** Combines values pairwise; neither the order nor the grouping matters. */
class Fold implements Accumulator {
  readonly #combine: (a: Value, b: Value) => Value;
  #value: Value = null;

  constructor(combine: (a: Value, b: Value) => Value) {
    this.#combine = combine;
  }

  add(value: Value): void {
    if (value !== null) this.#value = this.#value === null ? value : this.#combine(this.#value, value);
  }

  merge([value]: readonly Value[]): void {
    this.add(value ?? null);
  }

  states(): readonly Value[] {
    return [this.#value];
  }

  result(): Value {
    return this.#value;
  }
}

const fold = (type: SqlType, combine: (a: Value, b: Value) => Value): AggregateOverload => ({
  argTypes: [type],
  type,
  states: [{ type, nullable: true }],
  combinable: true,
  create: () => new Fold(combine),
});

function logical(name: string, meaning: string, decides: boolean): AggregateFunction {
  return {
    name,
    doc: `${name}(a): ${meaning}`,
    resolve: ([arg, ...more]) =>
      more.length === 0 && (arg?.kind === 'boolean' || arg?.kind === 'null')
        ? fold(BOOLEAN, (a, b) => (decides ? a || b : a && b))
        : null,
  };
}

function bitwise(
  name: string,
  meaning: string,
  numbers: (a: number, b: number) => number,
  bigints: (a: bigint, b: bigint) => bigint,
): AggregateFunction {
  return {
    name,
    doc: `${name}(a): ${meaning} of all values`,
    resolve: ([arg, ...more]) => {
      if (!arg || more.length > 0) return null;
      if (arg.kind === 'null') return fold(BIGINT, (a, b) => bigints(a as bigint, b as bigint));
      if (!isInteger(arg)) return null;
      const unsigned = arg.kind === 'uinteger';
      return fold(arg, (a, b) => {
        if (typeof a === 'bigint') return bigints(a, b as bigint);
        const bits = numbers(a as number, b as number);
        return unsigned ? bits >>> 0 : bits;
      });
    },
  };
}

export const LOGICAL: readonly AggregateFunction[] = [
  logical('bool_and', 'true when every value is true', false),
  logical('every', 'true when every value is true', false),
  logical('bool_or', 'true when some value is true', true),
  bitwise(
    'bit_and',
    'bitwise AND',
    (a, b) => a & b,
    (a, b) => a & b,
  ),
  bitwise(
    'bit_or',
    'bitwise OR',
    (a, b) => a | b,
    (a, b) => a | b,
  ),
  bitwise(
    'bit_xor',
    'bitwise exclusive OR',
    (a, b) => a ^ b,
    (a, b) => a ^ b,
  ),
];
