import { assertNever, ExecutionError } from '../../../common/errors.ts';
import type { SqlType, Value } from '../../../common/types.ts';
import { DOUBLE, isNumeric, TIMESTAMP } from '../../../common/types.ts';
import { type Comparator, comparator } from '../../expr/compare-values.ts';
import { ratioToDouble } from '../../expr/exact-ratio.ts';
import { comparisonType } from '../../expr/functions/comparison.ts';
import { divideHalfAway } from '../../expr/ranges.ts';
import { type ValueKey, valueKey } from '../../value-key.ts';
import type { AggregateFunction, AggregateOverload } from '../aggregate-function.ts';
import { HolisticAccumulator } from '../holistic-accumulator.ts';

/** numerator / denominator, both whole and not negative. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The value at a fraction of the way through the sorted values, of which there is at least one. */
type Pick = (sorted: readonly Value[], fraction: Fraction) => Value;

class Quantile extends HolisticAccumulator {
  readonly #compare: Comparator;
  readonly #pick: Pick;
  readonly #values: Value[] = [];
  #fraction: Value = 0.5;

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
    return this.#pick(this.#values.sort(this.#compare), asWritten(this.#fraction as number));
  }
}

function checkedFraction(fraction: Value): number {
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) {
    throw new ExecutionError('SQ3002', `a quantile lies between 0 and 1, not at ${String(fraction)}`);
  }
  return fraction;
}

/** The decimal that a number between 0 and 1 is written as: 0.3 is three tenths, though no double is. */
function asWritten(fraction: number): Fraction {
  const [digits, exponent] = fraction.toExponential().split('e') as [string, string];
  const [whole, decimals = ''] = digits.split('.') as [string, string?];
  const scale = decimals.length - Number(exponent);
  return { numerator: BigInt(whole + decimals), denominator: 10n ** BigInt(Math.max(scale, 0)) };
}

/** The first value of which at least this fraction is not greater. */
const discrete: Pick = (sorted, fraction) => sorted[rank(sorted, fraction) - 1] as Value;

/** The same of the values in descending order. */
const discreteDescending: Pick = (sorted, fraction) => sorted[sorted.length - rank(sorted, fraction)] as Value;

/** From 1: how many values make up at least this fraction of them. */
const rank = ({ length }: readonly Value[], { numerator, denominator }: Fraction) =>
  Math.max(Number((BigInt(length) * numerator + denominator - 1n) / denominator), 1);

const continuous =
  (between: (low: Value, high: Value, part: Fraction) => Value): Pick =>
  (sorted, { numerator, denominator }) => {
    const at = BigInt(sorted.length - 1) * numerator;
    const low = Number(at / denominator);
    const part = at % denominator;
    const value = sorted[low] as Value;
    return between(value, part === 0n ? value : (sorted[low + 1] as Value), { numerator: part, denominator });
  };

const betweenNumbers = (low: Value, high: Value, { numerator, denominator }: Fraction) => {
  const [a, b] = [Number(low), Number(high)];
  if (a === b || numerator === 0n) return a;
  return a * ratioToDouble(denominator - numerator, denominator) + b * ratioToDouble(numerator, denominator);
};

/** Rounded half away from zero. */
const betweenBigints = (low: Value, high: Value, { numerator, denominator }: Fraction): Value => {
  const [a, b] = [low as bigint, high as bigint];
  return divideHalfAway(a * denominator + (b - a) * numerator, denominator);
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
      return { type, pick: continuous(betweenBigints) };
    case 'timestamp':
    case 'timestamptz':
    case 'time':
      return { type, pick: continuous(betweenBigints) };
    case 'date': {
      const micros = (day: Value) => BigInt(day as number) * MICROS_PER_DAY;
      const between = (low: Value, high: Value, part: Fraction) => betweenBigints(micros(low), micros(high), part);
      return { type: TIMESTAMP, pick: continuous(between) };
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

type Method = 'continuous' | 'discrete' | 'descending' | 'median';

function quantile(args: readonly SqlType[], method: Method): AggregateOverload | null {
  const [first, second] = args;
  const type = first && comparisonType([first]);
  const fraction = second && (isNumeric(second) || second.kind === 'null');
  if (!type || (method === 'median' ? args.length !== 1 : args.length !== 2 || !fraction)) return null;
  const between = method === 'continuous' || method === 'median' ? interpolation(type) : null;
  if (!between && method === 'continuous') return null;
  const compare = comparator(type);
  const pick = between?.pick ?? (method === 'descending' ? discreteDescending : discrete);
  return {
    argTypes: method === 'median' ? [type] : [type, DOUBLE],
    type: between?.type ?? type,
    states: [],
    combinable: false,
    create: () => new Quantile(compare, pick),
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
    name: 'percentile_disc_desc',
    doc: 'percentile_disc_desc(a, f): percentile_disc of the values in descending order',
    resolve: (args) => quantile(args, 'descending'),
  },
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
