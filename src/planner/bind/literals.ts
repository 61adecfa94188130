import { BindError, ExecutionError, type Span } from '../../common/errors.ts';
import {
  BIGINT,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  MAX_DECIMAL_PRECISION,
  type SqlType,
  typeName,
  VARCHAR,
} from '../../common/types.ts';
import type { LiteralExpr } from '../../operators/expr/expr.ts';
import { evaluateConstant } from '../../operators/expr/interpret.ts';
import { INTEGER_RANGES } from '../../operators/expr/ranges.ts';
import { literal } from '../expr/build.ts';
import type { IntervalField, IntervalLiteral, NumberLiteral } from '../parse/ast-expr.ts';

/**
 * A number in the smallest type that holds it exactly: integer, bigint, decimal with as many digits as written; with an
 * exponent it is a double.
 */
export function numberLiteral({ text, span }: NumberLiteral): LiteralExpr {
  const digits = text.replaceAll('_', '').replace(/^\+/, '');
  if (/^-?0[xob]/i.test(digits)) return wholeNumber(radixNumber(digits), span);
  if (/e/i.test(digits)) return doubleLiteral(digits, span);
  const [whole = '', fraction] = digits.split('.');
  if (fraction === undefined) return wholeNumber(BigInt(digits), span);
  const unscaled = BigInt(`${whole === '' || whole === '-' ? `${whole}0` : whole}${fraction}`);
  const significant = String(unscaled < 0n ? -unscaled : unscaled).length;
  const precision = Math.max(significant, fraction.length, 1);
  if (precision > MAX_DECIMAL_PRECISION) throw tooLong(span);
  return literal(unscaled, decimal(precision, fraction.length), span);
}

function radixNumber(digits: string): bigint {
  return digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits);
}

function wholeNumber(value: bigint, span: Span): LiteralExpr {
  const fits = ({ min, max }: { min: bigint; max: bigint }) => value >= min && value <= max;
  if (fits(INTEGER_RANGES.integer)) return literal(Number(value), INTEGER, span);
  if (fits(INTEGER_RANGES.bigint)) return literal(value, BIGINT, span);
  const precision = String(value < 0n ? -value : value).length;
  if (precision > MAX_DECIMAL_PRECISION) throw tooLong(span);
  return literal(value, decimal(precision, 0), span);
}

function doubleLiteral(digits: string, span: Span): LiteralExpr {
  const value = Number(digits);
  if (!Number.isFinite(value)) throw new BindError('SQ1108', `number ${digits} is out of range for double`, { span });
  return literal(value, DOUBLE, span);
}

function tooLong(span: Span): BindError {
  return new BindError('SQ1108', `a number has at most ${MAX_DECIMAL_PRECISION} digits`, {
    span,
    hint: 'write it with an exponent (1e40) to make it a double',
  });
}

/** `interval '90' day`, `interval '1 month 2 days'`, `interval '1-2' year to month`, `interval '3 04:05' day to minute`. */
export function intervalLiteral({ text, fields, span }: IntervalLiteral): LiteralExpr {
  const [field] = fields;
  if (field === undefined || /[a-z]/i.test(text)) return textAs(text, INTERVAL, span);
  const units = unitsOf(text.trim(), fields);
  if (units !== null) return textAs(units, INTERVAL, span);
  throw new BindError('SQ1108', `'${text}' is not an interval of ${fields.join(', ')}`, {
    span,
    hint: "write the units into the text: interval '1 day 2 hours'",
  });
}

const PART = String.raw`\d+(?:\.\d+)?`;

/** The numbers between `-`, blanks and colons with the names of their fields; null when there are not as many. */
function unitsOf(text: string, fields: readonly IntervalField[]): string | null {
  const isMonths = fields.every((field) => field === 'year' || field === 'month');
  const separators = isMonths ? '-' : ':';
  const [, first = '', days, second = '', rest = ''] =
    new RegExp(`^([-+]?)(?:(\\d+)\\s+([-+]?))?(${PART}(?:${separators}${PART})*)$`).exec(text) ?? [];
  const parts = rest === '' ? [] : rest.split(separators);
  if (parts.length + (days === undefined ? 0 : 1) !== fields.length) return null;
  const named = (sign: string, values: readonly string[], of: readonly IntervalField[]) =>
    values.map((value, i) => `${sign}${value} ${of[i]}`);
  if (days === undefined) return named(first, parts, fields).join(' ');
  if (fields[0] !== 'day') return null;
  return [...named(first, [days], fields), ...named(second, parts, fields.slice(1))].join(' ');
}

/** A constant text in another type, converted while planning. Throws BindError SQ1108 when it is none of its values. */
export function textAs(text: string, type: SqlType, span: Span): LiteralExpr {
  try {
    const value = evaluateConstant({ kind: 'cast', input: literal(text, VARCHAR), type, try: false });
    return literal(value, type, span);
  } catch (cause) {
    if (!(cause instanceof ExecutionError)) throw cause;
    const example = EXAMPLES[type.kind];
    throw new BindError('SQ1108', `'${text}' is not a value of type ${typeName(type)}`, {
      span,
      cause,
      ...(example !== undefined && { hint: `write it as ${example}` }),
    });
  }
}

const EXAMPLES: Readonly<Partial<Record<SqlType['kind'], string>>> = {
  date: "date '1998-09-02'",
  timestamp: "timestamp '1998-09-02 13:30:00'",
  timestamptz: "timestamptz '1998-09-02 13:30:00+02'",
  time: "time '13:30:00'",
  interval: "interval '1 month 2 days'",
};
