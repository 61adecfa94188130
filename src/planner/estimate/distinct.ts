import { assertNever } from '../../common/errors.ts';
import type { CallExpr, Expr } from '../../operators/expr/expr.ts';
import { positionSpan } from './position.ts';
import type { FactsOf } from './selectivity.ts';

const DAYS_A_YEAR = 365.2425;
const MICROS_A_DAY = 86_400_000_000;

/** Values of parts of dates and times that come round again. */
const PART_VALUES: Readonly<Record<string, number>> = {
  extract_month: 12,
  extract_quarter: 4,
  extract_day: 31,
  extract_dow: 7,
  extract_isodow: 7,
  extract_doy: 366,
  extract_week: 53,
  extract_hour: 24,
  extract_minute: 60,
};

/** Texts that a substring of so few characters takes, each one a letter or a digit of some thirty that are in use. */
const CHARACTERS = 30;

/** Different values of an expression; not bounded by the number of rows. */
export function distinctOf(expr: Expr, input: FactsOf): number {
  switch (expr.kind) {
    case 'column':
      return input.facts(expr).distinct;
    case 'literal':
      return 1;
    case 'cast':
      return distinctOf(expr.input, input);
    case 'case':
      return [...expr.branches.map((branch) => branch.then), ...(expr.otherwise ? [expr.otherwise] : [])].reduce(
        (sum, value) => sum + distinctOf(value, input),
        0,
      );
    case 'and':
    case 'or':
    case 'not':
    case 'isNull':
    case 'inList':
      return 2;
    case 'call':
      return callValues(expr, input);
    default:
      return assertNever(expr);
  }
}

function callValues(call: CallExpr, input: FactsOf): number {
  if (call.type.kind === 'boolean') return 2;
  const values = call.args.reduce((product, arg) => Math.min(input.rows, product * distinctOf(arg, input)), 1);
  const part = PART_VALUES[call.function];
  if (part !== undefined) return Math.min(values, part);
  if (call.function === 'extract_year') return Math.min(values, yearsOf(call.args[0] as Expr, input));
  const length = call.args[2];
  if (call.function === 'substring' && length?.kind === 'literal' && length.value !== null) {
    return Math.min(values, prefixes(call, Number(length.value), input));
  }
  return values;
}

/** Texts that the first characters make: what lies between those of the bounds when all are digits. */
function prefixes({ args: [text, start] }: CallExpr, length: number, input: FactsOf): number {
  const guess = CHARACTERS ** Math.max(0, length);
  if (text?.kind !== 'column' || start?.kind !== 'literal' || Number(start.value) !== 1) return guess;
  const { min, max } = input.facts(text);
  if (typeof min !== 'string' || typeof max !== 'string') return guess;
  const [first, last] = [min.slice(0, length), max.slice(0, length)];
  return /^\d+$/.test(first) && /^\d+$/.test(last) ? Math.max(1, Number(last) - Number(first) + 1) : guess;
}

function yearsOf(arg: Expr, input: FactsOf): number {
  const source = arg.kind === 'cast' ? arg.input : arg;
  if (source.kind !== 'column') return Number.POSITIVE_INFINITY;
  const { min, max } = input.facts(source);
  const span = min === undefined || max === undefined ? null : positionSpan(min, max);
  if (span === null) return Number.POSITIVE_INFINITY;
  return Math.ceil((source.type.kind === 'date' ? span : span / MICROS_A_DAY) / DAYS_A_YEAR);
}
