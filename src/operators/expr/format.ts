import { assertNever } from '../../common/errors.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { typeName } from '../../common/types.ts';
import type { Expr } from './expr.ts';
import { valueText } from './value-text.ts';

const LIKES: Readonly<Record<string, string>> = {
  like: 'LIKE',
  not_like: 'NOT LIKE',
  ilike: 'ILIKE',
  not_ilike: 'NOT ILIKE',
  similar_to: 'SIMILAR TO',
  not_similar_to: 'NOT SIMILAR TO',
  is_distinct_from: 'IS DISTINCT FROM',
  is_not_distinct_from: 'IS NOT DISTINCT FROM',
};

const SYMBOLS: ReadonlySet<string> = new Set([
  ...['+', '-', '*', '/', '%', '||', '=', '<>', '<', '<=', '>', '>='],
  ...['&', '|', '#', '<<', '>>', '~', '~*', '!~', '!~*', '//'],
]);

/** Binding strength of what an expression prints as; operands that bind weaker are put in parentheses. */
const LEVEL = { or: 1, and: 2, not: 3, comparison: 4, concat: 5, sum: 6, product: 7, negate: 8, atom: 9 };

interface Printed {
  readonly text: string;
  readonly level: number;
}

/** The expression as SQL-like text for EXPLAIN: with the fewest parentheses, casts that are there, literals in SQL form. */
export function formatExpr(expr: Expr): string {
  return print(expr).text;
}

const atom = (text: string): Printed => ({ text, level: LEVEL.atom });

function inside(expr: Expr, level: number): string {
  const printed = print(expr);
  return printed.level < level ? `(${printed.text})` : printed.text;
}

function print(expr: Expr): Printed {
  switch (expr.kind) {
    case 'column':
      return atom(expr.name);
    case 'literal':
      return atom(formatLiteral(expr.value, expr.type));
    case 'call':
      return printCall(expr.function, expr.args);
    case 'cast':
      return atom(`${expr.try ? 'TRY_CAST' : 'CAST'}(${formatExpr(expr.input)} AS ${typeName(expr.type)})`);
    case 'case': {
      const arms = expr.branches.map(({ when, then }) => `WHEN ${formatExpr(when)} THEN ${formatExpr(then)}`);
      const otherwise = expr.otherwise ? [`ELSE ${formatExpr(expr.otherwise)}`] : [];
      return atom(['CASE', ...arms, ...otherwise, 'END'].join(' '));
    }
    case 'and':
    case 'or': {
      const level = LEVEL[expr.kind];
      return { text: expr.args.map((arg) => inside(arg, level + 1)).join(` ${expr.kind.toUpperCase()} `), level };
    }
    case 'not':
      return { text: `NOT ${inside(expr.input, LEVEL.not)}`, level: LEVEL.not };
    case 'isNull': {
      const text = `${inside(expr.input, LEVEL.comparison + 1)} IS ${expr.negated ? 'NOT ' : ''}NULL`;
      return { text, level: LEVEL.comparison };
    }
    case 'inList': {
      const list = expr.list.map(formatExpr).join(', ');
      const text = `${inside(expr.input, LEVEL.comparison + 1)} ${expr.negated ? 'NOT ' : ''}IN (${list})`;
      return { text, level: LEVEL.comparison };
    }
    default:
      return assertNever(expr);
  }
}

function printCall(name: string, args: readonly Expr[]): Printed {
  const [left, right, ...more] = args;
  if (name === 'negate' && left && !right) return { text: `-${inside(left, LEVEL.atom)}`, level: LEVEL.negate };
  const word = LIKES[name];
  if (left && right && (word || SYMBOLS.has(name))) {
    const level = operatorLevel(name);
    const tail = more.map((item) => ` ESCAPE ${inside(item, LEVEL.comparison + 1)}`).join('');
    const first = inside(left, level === LEVEL.comparison ? level + 1 : level);
    return { text: `${first} ${word ?? name} ${inside(right, level + 1)}${tail}`, level };
  }
  if (left && name.startsWith('.')) return atom(`${inside(left, LEVEL.atom)}${name}`);
  if (left && right && name === '[]') return atom(`${inside(left, LEVEL.atom)}[${formatExpr(right)}]`);
  if (name.startsWith('extract_') && left) {
    return atom(`EXTRACT(${name.slice('extract_'.length)} FROM ${formatExpr(left)})`);
  }
  return atom(`${name}(${args.map(formatExpr).join(', ')})`);
}

function operatorLevel(name: string): number {
  switch (name) {
    case '||':
    case '&':
    case '|':
    case '#':
    case '<<':
    case '>>':
      return LEVEL.concat;
    case '+':
    case '-':
      return LEVEL.sum;
    case '*':
    case '/':
    case '%':
    case '//':
      return LEVEL.product;
    default:
      return LEVEL.comparison;
  }
}

/** A literal as SQL writes it: `DATE '1998-09-02'`, `0.05`, `'it''s'`, `NULL`. */
export function formatLiteral(value: Value, type: SqlType): string {
  if (value === null) return 'NULL';
  const text = valueText(type)(value);
  switch (type.kind) {
    case 'varchar':
      return `'${text.replaceAll("'", "''")}'`;
    case 'date':
    case 'time':
    case 'timestamp':
    case 'interval':
    case 'uuid':
      return `${type.kind.toUpperCase()} '${text}'`;
    case 'timestamptz':
      return `TIMESTAMP WITH TIME ZONE '${text}'`;
    case 'blob':
      return `'${text}'`;
    case 'real':
    case 'double':
      return Number.isFinite(value as number) ? text : `'${text}'`;
    default:
      return text;
  }
}
