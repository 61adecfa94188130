import { assertNever } from '../../src/common/errors.ts';
import type { Interval, SqlType, Value } from '../../src/common/types.ts';
import { isFloat, isInteger, isNumeric, sameType, typeName } from '../../src/common/types.ts';
import { canImplicitlyCast } from '../../src/operators/expr/coerce.ts';
import type { CastExpr, ColumnExpr, Expr } from '../../src/operators/expr/expr.ts';
import { valueText } from '../../src/operators/expr/value-text.ts';
import { Refusal } from './refusal.ts';

/**
 * Expressions as DuckDB's SQL, so that DuckDB means the same by them. Where the two engines differ, the text says what ours
 * means, or the construct is left out of the comparison:
 *
 * | construct | Squall (PostgreSQL) | DuckDB | comparison |
 * | --- | --- | --- | --- |
 * | integer / integer | truncates | a double | printed as // |
 * | division by zero | SQ3003 | NULL, or a float infinity | rows left out |
 * | decimal / decimal, avg of decimals | exact quotient, one rounding | quotient of two doubles | within 4 units of the last place |
 * | decimal * decimal | precisions added, up to 38 digits | up to 18 digits where both operands have no more | operands cast to 38 digits |
 * | infinite result of finite doubles | SQ3002 | an infinity | rows left out |
 * | LIKE without ESCAPE | escape is a backslash | no escape | printed with ESCAPE |
 * | round(double) | half to even | half away from zero | left out |
 * | round(x, n) of a decimal | keeps the scale | scale n | cast to our type |
 * | substring from 0 or below | positions outside the text count | counted from the end | left out |
 * | floor, ceil, trunc, round of an integer | itself | through a double | printed as itself |
 * | sign(NaN) | NaN | 0 | printed as a CASE |
 * | an argument fails beside a NULL | an error | NULL when the NULL is a literal | left out |
 * | upper('ß') | ß, as lengths stay | ẞ | left out |
 * | trim(a) | spaces | spaces | printed with its characters |
 * | EXTRACT(second), EXTRACT(epoch) | decimals with the fraction | whole seconds; a double | left out |
 * | double to decimal | the shortest text, half away from zero | multiplied in binary | left out |
 * | double, boolean, timestamp to varchar | PostgreSQL's form | its own | left out |
 * | varchar beside a number or date | an error | casts | never planned |
 */
export function duckdbSql(expr: Expr, columnName: ColumnName = byName): string {
  const print = (part: Expr) => duckdbSql(part, columnName);
  switch (expr.kind) {
    case 'column':
      return columnName(expr);
    case 'literal':
      return duckdbLiteral(expr.value, expr.type);
    case 'call':
      return `CAST(${call(expr.function, expr.args.map(print), expr.args)} AS ${duckdbType(expr.type)})`;
    case 'cast':
      refuseCast(expr);
      return `${expr.try ? 'TRY_CAST' : 'CAST'}(${print(expr.input)} AS ${duckdbType(expr.type)})`;
    case 'case': {
      const arms = expr.branches.map(({ when, then }) => `WHEN ${print(when)} THEN ${print(then)}`);
      return `CASE ${arms.join(' ')} ELSE ${expr.otherwise ? print(expr.otherwise) : 'NULL'} END`;
    }
    case 'and':
    case 'or':
      return `(${expr.args.map(print).join(` ${expr.kind} `)})`;
    case 'not':
      return `(NOT ${print(expr.input)})`;
    case 'isNull':
      return `(${print(expr.input)} IS ${expr.negated ? 'NOT ' : ''}NULL)`;
    case 'inList':
      return `(${print(expr.input)} ${expr.negated ? 'NOT ' : ''}IN (${expr.list.map(print).join(', ')}))`;
    default:
      return assertNever(expr);
  }
}

/** What a column is called in the text. */
export type ColumnName = (column: ColumnExpr) => string;

const byName: ColumnName = ({ name }) => `"${name}"`;

function refuseCast({ input: { type: from }, type: to }: CastExpr): void {
  const exact = (type: SqlType) => isNumeric(type) && !isFloat(type);
  const agreed =
    sameType(from, to) ||
    canImplicitlyCast(from, to) ||
    (exact(from) && (isNumeric(to) || to.kind === 'varchar')) ||
    (isFloat(from) && (isFloat(to) || isInteger(to))) ||
    (from.kind === 'timestamp' && to.kind === 'date') ||
    (from.kind === 'date' && to.kind === 'varchar');
  if (!agreed) throw new Refusal('cast', `${typeName(from)} to ${typeName(to)}`);
}

const LIKES: Readonly<Record<string, string>> = {
  like: 'LIKE',
  not_like: 'NOT LIKE',
  ilike: 'ILIKE',
  not_ilike: 'NOT ILIKE',
};

/** Functions that mean the same in both engines, or are printed so that they do. */
const AGREED: ReadonlySet<string> = new Set(
  [
    '+ - * / % = <> < <= > >= || negate abs sign floor ceil ceiling trunc round greatest least',
    'is_distinct_from is_not_distinct_from concat lower upper length char_length character_length octet_length',
    'trim btrim ltrim rtrim replace substring substr strpos position starts_with date_trunc',
    'extract_year extract_quarter extract_month extract_week extract_day extract_dow extract_isodow extract_doy',
    'extract_hour extract_minute',
  ].flatMap((names) => names.split(' ')),
);

function call(name: string, args: readonly string[], exprs: readonly Expr[]): string {
  const [a = '', b = '', c] = args;
  const like = LIKES[name];
  if (like) return `(${a} ${like} ${b} ESCAPE ${c ?? "'\\'"})`;
  const wide = (text: string, i: number) => {
    const type = exprs[i]?.type;
    return type?.kind === 'decimal' ? `CAST(${text} AS DECIMAL(38,${type.scale}))` : text;
  };
  const float = exprs[0]?.type.kind === 'double' || exprs[0]?.type.kind === 'real';
  if (['floor', 'ceil', 'trunc', 'round'].includes(name) && exprs[0] && isInteger(exprs[0].type)) return a;
  if (name === 'round' && float) throw new Refusal('round of a float');
  if (!AGREED.has(name)) throw new Refusal('function', name);
  switch (name) {
    case 'sign':
      return float ? `(CASE WHEN isnan(${a}) THEN ${a} ELSE sign(${a}) END)` : `sign(${a})`;
    case '/':
      return exprs[0] && isInteger(exprs[0].type) ? `(${a} // ${b})` : `(${a} / ${b})`;
    case '*':
      return `(${wide(a, 0)} * ${wide(b, 1)})`;
    case '+':
    case '-':
    case '%':
    case '||':
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return `(${a} ${name} ${b})`;
    case 'negate':
      return `(- ${a})`;
    case 'is_distinct_from':
      return `(${a} IS DISTINCT FROM ${b})`;
    case 'is_not_distinct_from':
      return `(${a} IS NOT DISTINCT FROM ${b})`;
    case 'trim':
    case 'ltrim':
    case 'rtrim':
      return `${name}(${a}, ${b || "' '"})`;
    case 'btrim':
      return `trim(${a}, ${b || "' '"})`;
    case 'position':
      return `strpos(${a}, ${b})`;
    case 'octet_length':
      return `octet_length(encode(${a}))`;
    case 'extract_year':
      return `(CASE WHEN year(${a}) > 0 THEN year(${a}) ELSE year(${a}) - 1 END)`;
    default:
      return name.startsWith('extract_')
        ? `date_part('${name.slice('extract_'.length)}', ${a})`
        : `${name}(${args.join(', ')})`;
  }
}

/** The type as DuckDB names it. */
export function duckdbType(type: SqlType): string {
  return type.kind === 'null' ? 'INTEGER' : typeName(type);
}

/** A literal as a cast text: `CAST('1.5' AS double)`. */
export function duckdbLiteral(value: Value, type: SqlType): string {
  if (value === null) return `CAST(NULL AS ${duckdbType(type)})`;
  return `CAST('${literalText(value, type).replaceAll("'", "''")}' AS ${duckdbType(type)})`;
}

function literalText(value: Value, type: SqlType): string {
  switch (type.kind) {
    case 'real':
    case 'double':
      return Object.is(value, -0) ? '-0.0' : String(value);
    case 'interval': {
      const { months, days, micros } = value as Interval;
      return `${months} months ${days} days ${micros} microseconds`;
    }
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return valueText(type)(value).replace(/ BC$/, ' (BC)');
    default:
      return valueText(type)(value);
  }
}
