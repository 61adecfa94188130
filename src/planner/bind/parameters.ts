import { BindError, type Span } from '../../common/errors.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  decimal,
  INTEGER,
  MAX_DECIMAL_PRECISION,
  NULL,
  TIMESTAMP,
  VARCHAR,
} from '../../common/types.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { INTEGER_RANGES } from '../../operators/expr/ranges.ts';
import { literal } from '../expr/build.ts';
import { didYouMean, listed } from '../near-names.ts';
import type { Parameter } from '../parse/ast-expr.ts';
import type { BindContext } from './bind-context.ts';
import { callOf, unified } from './resolve-call.ts';

/**
 * A value for a parameter of a query.
 *
 * | JavaScript | SQL |
 * | --- | --- |
 * | null | NULL of the type that its place wants |
 * | boolean | boolean |
 * | whole number | integer, bigint beyond 32 bits |
 * | other number | double |
 * | bigint | bigint, decimal(38,0) beyond 64 bits |
 * | string | text; beside a value of another type it is read as that type, as a quoted literal is |
 * | Date | timestamp, in UTC |
 * | Uint8Array | blob |
 * | array | list of the common type of its elements |
 */
export type ParameterValue = null | boolean | number | bigint | string | Date | Uint8Array | readonly ParameterValue[];

/** By position (the first is `$1` or the first `?`), or by name for `:name` and `$name`; `{ 1: … }` is `$1`. */
export type ParameterValues = readonly ParameterValue[] | Readonly<Record<string, ParameterValue>>;

/** The values for the parameters of one statement, and which of them it names. */
export class Parameters {
  readonly #values: ReadonlyMap<string, ParameterValue>;
  readonly #used = new Set<string>();

  constructor(given: ParameterValues = []) {
    const entries: (readonly [string, ParameterValue])[] = Array.isArray(given)
      ? given.map((value: ParameterValue, i) => [String(i + 1), value] as const)
      : Object.entries(given);
    this.#values = new Map(entries);
  }

  /** The value for a parameter. Throws BindError SQ1112 when there is none. */
  value(key: number | string, span: Span): ParameterValue {
    const name = String(key);
    const value = this.#values.get(name);
    if (value === undefined) {
      const known = [...this.#values.keys()];
      const given = known.length === 0 ? 'no parameters were given' : `given are ${listed(known.map(written))}`;
      const near = typeof key === 'string' ? didYouMean(key, known) : null;
      throw new BindError('SQ1112', `parameter ${written(name)} has no value`, {
        span,
        hint: near ?? `${given}: --param ${name}=…, or { parameters: … } of query()`,
      });
    }
    this.#used.add(name);
    return value;
  }

  /** Throws BindError SQ1112 for values that no parameter took. */
  refuseUnused(): void {
    const unused = [...this.#values.keys()].filter((name) => !this.#used.has(name));
    const [first] = unused;
    if (first === undefined) return;
    const used = [...this.#used];
    throw new BindError('SQ1112', `the query has no parameter ${written(first)}`, {
      hint: used.length === 0 ? 'it has none' : `it has ${listed(used.map(written))}`,
    });
  }
}

/** `$1`, `:day`. */
const written = (name: string) => (/^\d+$/.test(name) ? `$${name}` : `:${name}`);

/** The value of a parameter as a constant. */
export function bindParameter({ key, span }: Parameter, { session }: BindContext): Expr {
  return constant(session.parameters.value(key, span), written(String(key)), span);
}

function constant(value: ParameterValue, name: string, span: Span): Expr {
  if (value === null) return literal(null, NULL, span);
  switch (typeof value) {
    case 'boolean':
      return literal(value, BOOLEAN, span);
    case 'string':
      return literal(value, VARCHAR, span);
    case 'number':
      return numeric(value, span);
    case 'bigint':
      return wide(value, name, span);
    default:
      break;
  }
  if (value instanceof Uint8Array) return literal(value, BLOB, span);
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw unfit(name, 'an invalid Date', span);
    return literal(BigInt(value.getTime()) * 1000n, TIMESTAMP, span);
  }
  if (Array.isArray(value)) {
    const elements = value.map((element: ParameterValue) => constant(element, name, span));
    return callOf('list_value', elements.length === 0 ? [] : unified(elements, `the list of ${name}`, span), span);
  }
  throw unfit(name, 'a value of no SQL type', span);
}

function numeric(value: number, span: Span): Expr {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return literal(value, DOUBLE, span);
  const { min, max } = INTEGER_RANGES.integer;
  if (value >= Number(min) && value <= Number(max)) return literal(value, INTEGER, span);
  return literal(BigInt(value), BIGINT, span);
}

function wide(value: bigint, name: string, span: Span): Expr {
  const { min, max } = INTEGER_RANGES.bigint;
  if (value >= min && value <= max) return literal(value, BIGINT, span);
  const digits = String(value < 0n ? -value : value).length;
  if (digits > MAX_DECIMAL_PRECISION) throw unfit(name, `a number of ${digits} digits`, span);
  return literal(value, decimal(MAX_DECIMAL_PRECISION, 0), span);
}

function unfit(name: string, what: string, span: Span): BindError {
  return new BindError('SQ1112', `parameter ${name} is ${what}`, {
    span,
    hint: 'give null, a boolean, a number, a bigint, a string, a Date, a Uint8Array or an array of them',
  });
}
