import type { SqlType, Value } from '../../../common/types.ts';
import { BIGINT, BLOB, BOOLEAN } from '../../../common/types.ts';
import { comparisonType } from '../../expr/functions/comparison.ts';
import { valueKey } from '../../value-key.ts';
import type { Accumulator } from '../accumulator.ts';
import type { AggregateFunction, AggregateOverload } from '../aggregate-function.ts';
import { HyperLogLog, textHash } from './hyperloglog.ts';

class Count implements Accumulator {
  #count = 0;

  add(value: Value): void {
    if (value !== null) this.#count++;
  }

  merge([count]: readonly Value[]): void {
    this.#count += Number(count);
  }

  states(): readonly Value[] {
    return [this.result()];
  }

  result(): Value {
    return BigInt(this.#count);
  }
}

class CountIf extends Count {
  override add(value: Value): void {
    if (value === true) super.add(value);
  }
}

class ApproxCountDistinct implements Accumulator {
  readonly #sketch = new HyperLogLog();
  readonly #text: (value: Value) => string;

  constructor(type: SqlType) {
    const key = valueKey(type);
    this.#text = (value) => String(key(value));
  }

  add(value: Value): void {
    if (value !== null) this.#sketch.add(textHash(this.#text(value)));
  }

  merge([state]: readonly Value[]): void {
    this.#sketch.merge(state as Uint8Array);
  }

  states(): readonly Value[] {
    return [this.#sketch.toBytes()];
  }

  result(): Value {
    return BigInt(Math.round(this.#sketch.estimate()));
  }
}

const counts = (argTypes: readonly SqlType[], create: () => Accumulator): AggregateOverload => ({
  argTypes,
  type: BIGINT,
  states: [{ type: BIGINT, nullable: false }],
  combinable: true,
  create,
});

export const COUNTING: readonly AggregateFunction[] = [
  {
    name: 'count',
    doc: 'count(*), count(a): rows, rows where a is not NULL, as bigint',
    resolve: (args) => (args.length > 1 ? null : counts(args, () => new Count())),
  },
  {
    name: 'count_if',
    doc: 'count_if(a): rows where a is true, as bigint',
    resolve: ([arg, ...more]) =>
      more.length === 0 && (arg?.kind === 'boolean' || arg?.kind === 'null')
        ? counts([BOOLEAN], () => new CountIf())
        : null,
  },
  {
    name: 'approx_count_distinct',
    doc: 'approx_count_distinct(a): about how many different values, by HyperLogLog of 4,096 registers: standard error 1.6 %, exact below 256',
    resolve: (args) => {
      const type = args.length === 1 ? comparisonType(args) : null;
      if (type === null) return null;
      return {
        argTypes: [type],
        type: BIGINT,
        states: [{ type: BLOB, nullable: false }],
        combinable: true,
        create: () => new ApproxCountDistinct(type),
      };
    },
  },
];
