import { assertNever, ExecutionError } from '../../../common/errors.ts';
import type { SqlType, Value } from '../../../common/types.ts';
import { DOUBLE, isNumeric, TIMESTAMP } from '../../../common/types.ts';
import { type Comparator, comparator } from '../../expr/compare-values.ts';
import { comparisonType } from '../../expr/functions/comparison.ts';
import { type ValueKey, valueKey } from '../../value-key.ts';
import type { AggregateFunction, AggregateOverload } from '../aggregate-function.ts';
import { HolisticAccumulator } from '../holistic-accumulator.ts';

/** The value at a fraction of the way through the sorted values, of which there is at least one. */
type Pick = (sorted: readonly Value[], fraction: number) => Value;

class Quantile extends HolisticAccumulator {
  readonly #compare: Comparator;
  readonly #pick: Pick;
  readonly #values: Value[] = [];
  #fraction = 0.5;

  constructor(compare: Comparator, pick: Pick) {
    super();
    this.#compare = compare;
    this.#pick = pick;
  }

  add(value: Value, fraction: Value = 0.5): void {
    if (value === null) return;
    this.#fraction = checkedFraction(fraction);
    this.#values.push(value);
  }

  result(): Value {
    if (this.#values.length === 0) return null;
    return this.#pick(this.#values.sort(this.#compare), this.#fraction);
  }
}

function checkedFraction(fraction: Value): number {
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) {
    throw new ExecutionError('SQ3002', `a quantile lies between 0 and 1, not at ${String(fraction)}`);
  }
  return fraction;
}

/** The first value of which at least this fraction is not greater. */
const discrete: Pick = (sorted, fraction) => {
  const n = sorted.length;
  return sorted[Math.max(1, n - Math.floor(n - fraction * n)) - 1] as Value;
};

const continuous =
  (between: (low: Value, high: Value, part: number) => Value): Pick =>
  (sorted, fraction) => {
    const at = (sorted.length - 1) * fraction;
    const low = Math.floor(at);
    return between(sorted[low] as Value, sorted[Math.ceil(at)] as Value, at - low);
  };

const betweenNumbers = (low: Value, high: Value, part: number) => {
  const [a, b] = [Number(low), Number(high)];
  return a === b || part === 0 ? a : a * (1 - part) + b * part;
};

/** Of the distance between two bigints, cut off below their unit. */
const betweenBigints =
  (rounds: boolean) =>
  (low: Value, high: Value, part: number): Value => {
    const distance = (high as bigint) - (low as bigint);
    const whole = BigInt(Math.round(part * 2 ** 40));
    return (low as bigint) + ((distance * whole + (rounds ? 1n << 39n : 0n)) >> 40n);
  };

const MICROS_PER_DAY = 86_400_000_000n;

/** Type and rule of interpolation; null for types in which nothing lies between two values. */
function interpolation(type: SqlType): { type: SqlType; pick: Pick } | null {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'double':
      return { type: DOUBLE, pick: continuous(betweenNumbers) };
    case 'real':
      return { type, pick: continuous((low, high, part) => Math.fround(betweenNumbers(low, high, part))) };
    case 'decimal':
      return { type, pick: continuous(betweenBigints(false)) };
    case 'timestamp':
    case 'timestamptz':
    case 'time':
      return { type, pick: continuous(betweenBigints(true)) };
    case 'date': {
      const micros = (day: Value) => BigInt(day as number) * MICROS_PER_DAY;
      const between = betweenBigints(true);
      return { type: TIMESTAMP, pick: continuous((low, high, part) => between(micros(low), micros(high), part)) };
    }
    case 'null':
    case 'boolean':
    case 'interval':
    case 'varchar':
    case 'blob':
    case 'uuid':
    case 'list':
    case 'struct':
    case 'map':
      return null;
    default:
      return assertNever(type);
  }
}

type Method = 'continuous' | 'discrete' | 'median';

function quantile(args: readonly SqlType[], method: Method): AggregateOverload | null {
  const [first, second] = args;
  const type = first && comparisonType([first]);
  const fraction = second && (isNumeric(second) || second.kind === 'null');
  if (!type || (method === 'median' ? args.length !== 1 : args.length !== 2 || !fraction)) return null;
  const between = method === 'discrete' ? null : interpolation(type);
  if (!between && method === 'continuous') return null;
  const compare = comparator(type);
  return {
    argTypes: method === 'median' ? [type] : [type, DOUBLE],
    type: between?.type ?? type,
    states: [],
    combinable: false,
    create: () => new Quantile(compare, between?.pick ?? discrete),
  };
}

/** The most frequent value; of several the one that came first. */
class Mode extends HolisticAccumulator {
  readonly #key: (value: Value) => ValueKey;
  readonly #counts = new Map<ValueKey, { readonly value: Value; count: number }>();

  constructor(type: SqlType) {
    super();
    this.#key = valueKey(type);
  }

  add(value: Value): void {
    if (value === null) return;
    const key = this.#key(value);
    const entry = this.#counts.get(key);
    if (entry) entry.count++;
    else this.#counts.set(key, { value, count: 1 });
  }

  result(): Value {
    let best: { readonly value: Value; count: number } | null = null;
    for (const entry of this.#counts.values()) if (!best || entry.count > best.count) best = entry;
    return best?.value ?? null;
  }
}

const CONTINUOUS =
  'the value a fraction f of the way through the sorted values, between the two next to it; integers give a double, dates a timestamp';
const DISCRETE = 'the first of the sorted values of which at least a fraction f is not greater';

export const QUANTILES: readonly AggregateFunction[] = [
  { name: 'quantile_cont', doc: `quantile_cont(a, f): ${CONTINUOUS}`, resolve: (args) => quantile(args, 'continuous') },
  {
    name: 'percentile_cont',
    doc: `percentile_cont(a, f): ${CONTINUOUS}`,
    resolve: (args) => quantile(args, 'continuous'),
  },
  { name: 'quantile_disc', doc: `quantile_disc(a, f): ${DISCRETE}`, resolve: (args) => quantile(args, 'discrete') },
  { name: 'quantile', doc: `quantile(a, f): ${DISCRETE}`, resolve: (args) => quantile(args, 'discrete') },
  { name: 'percentile_disc', doc: `percentile_disc(a, f): ${DISCRETE}`, resolve: (args) => quantile(args, 'discrete') },
  {
    name: 'median',
    doc: 'median(a): quantile_cont(a, 0.5); of types without interpolation quantile_disc(a, 0.5)',
    resolve: (args) => quantile(args, 'median'),
  },
  {
    name: 'mode',
    doc: 'mode(a): the most frequent value',
    resolve: (args) => {
      const type = args.length === 1 ? comparisonType(args) : null;
      return type && { argTypes: [type], type, states: [], combinable: false, create: () => new Mode(type) };
    },
  },
];
