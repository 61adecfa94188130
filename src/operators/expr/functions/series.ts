import { ExecutionError } from '../../../common/errors.ts';
import type { Interval, SqlType, Value } from '../../../common/types.ts';
import { BIGINT, INTERVAL, TIMESTAMP, TIMESTAMPTZ } from '../../../common/types.ts';
import { addInterval, checkedTimestamp, MICROS_PER_DAY } from '../calendar.ts';
import { canImplicitlyCast } from '../coerce.ts';
import type { Overload, ScalarFunction } from '../scalar-function.ts';
import { intervalText } from '../value-text.ts';
import { overload } from './define.ts';

const MOST_ELEMENTS = 10_000_000;
/** Days. */
const LONGEST_MONTH = 31;

const tooMany = (name: string, count: string) =>
  new ExecutionError('SQ3007', `${name}: ${count} elements are more than ${MOST_ELEMENTS}`);

const zeroStep = (name: string) => new ExecutionError('SQ3007', `${name}: the step is zero`);

interface Series {
  readonly name: string;
  /** Whether the end belongs to it. */
  readonly inclusive: boolean;
}

function wholeNumbers({ name, inclusive }: Series, first: bigint, last: bigint, step: bigint): readonly Value[] {
  if (step === 0n) throw zeroStep(name);
  const up = step > 0n;
  const end = inclusive ? last + (up ? 1n : -1n) : last;
  const distance = up ? end - first : first - end;
  const size = up ? step : -step;
  const length = distance <= 0n ? 0n : (distance + size - 1n) / size;
  if (length > MOST_ELEMENTS) throw tooMany(name, String(length));
  return Array.from({ length: Number(length) }, (_, i) => first + BigInt(i) * step);
}

/** Each element is the one before it and the step: after a month's last day that is cut the days stay there. */
function moments({ name, inclusive }: Series, first: bigint, last: bigint, step: Interval): readonly Value[] {
  const parts = [step.months, step.days, Number(step.micros)].filter((part) => part !== 0);
  if (parts.length === 0) throw zeroStep(name);
  const up = parts.every((part) => part > 0);
  if (!up && parts.some((part) => part > 0)) {
    throw new ExecutionError('SQ3007', `${name}: the step ${intervalText(step)} goes both ways`);
  }
  const longest = BigInt(step.months * LONGEST_MONTH + step.days) * MICROS_PER_DAY + step.micros;
  const fewest = (last - first) / longest;
  if (fewest > MOST_ELEMENTS) throw tooMany(name, String(fewest));
  const found: Value[] = [];
  const belongs = (at: bigint) => (up ? at < last : at > last) || (inclusive && at === last);
  for (let at = first; belongs(at); at = addInterval(at, step)) {
    if (found.length === MOST_ELEMENTS) throw tooMany(name, `${MOST_ELEMENTS + 1}`);
    found.push(checkedTimestamp(at, () => name));
  }
  return found;
}

const convert = (args: readonly SqlType[], to: SqlType) => args.every((type) => canImplicitlyCast(type, to));

function resolve(series: Series, args: readonly SqlType[]): Overload | null {
  if (args.length < 1 || args.length > 3) return null;
  if (convert(args, BIGINT)) {
    const evaluate = (...bounds: bigint[]) => {
      const [from, end] = bounds.length === 1 ? [0n, bounds[0] as bigint] : (bounds as [bigint, bigint]);
      return wholeNumbers(series, from, end, bounds[2] ?? 1n);
    };
    return overload(
      args.map(() => BIGINT),
      { kind: 'list', element: BIGINT },
      evaluate,
    );
  }
  const [from, to, step] = args;
  if (!from || !to || !step || !convert([step], INTERVAL)) return null;
  const type = [TIMESTAMP, TIMESTAMPTZ].find((one) => convert([from, to], one));
  if (!type) return null;
  const evaluate = (first: bigint, last: bigint, by: Interval) => moments(series, first, last, by);
  return overload([type, type, INTERVAL], { kind: 'list', element: type }, evaluate);
}

const seriesFunction = (series: Series, doc: string): ScalarFunction => ({
  name: series.name,
  doc,
  nulls: 'strict',
  resolve: (args) => resolve(series, args),
});

export const SERIES: readonly ScalarFunction[] = [
  seriesFunction(
    { name: 'range', inclusive: false },
    'range([from,] end [, step]): the list of whole numbers from `from` (0) up to before the end, or of timestamps at intervals',
  ),
  seriesFunction(
    { name: 'generate_series', inclusive: true },
    'generate_series([from,] end [, step]): the same with the end',
  ),
];
