import { ExecutionError } from '../../../common/errors.ts';
import type { SqlType, Value } from '../../../common/types.ts';
import { BIGINT, BOOLEAN, typeName, VARCHAR } from '../../../common/types.ts';
import { canImplicitlyCast, commonType } from '../coerce.ts';
import { caseBranch, type Expr } from '../expr.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { comparisonType } from './comparison.ts';
import { alias, overload } from './define.ts';

/** Never called: the interpreter runs what the call expands to. */
const neverEvaluated = () => null;

function firstPresent(args: readonly Expr[], type: SqlType): Expr {
  const branches = args.slice(0, -1).map((input) => {
    const present: Expr = { kind: 'isNull', input, negated: true, type: BOOLEAN };
    return caseBranch(present, input);
  });
  return { kind: 'case', branches, otherwise: args.at(-1) ?? null, type };
}

const presence = (name: string, doc: string, arity: number | null): ScalarFunction => ({
  name,
  doc,
  nulls: 'own',
  expand: firstPresent,
  resolve: (args) => {
    const type = commonType(args);
    if (args.length === 0 || (arity !== null && args.length !== arity) || type === null) return null;
    const result = type.kind === 'null' ? VARCHAR : type;
    return overload(
      args.map(() => result),
      result,
      neverEvaluated,
    );
  },
});

const NULLIF: ScalarFunction = {
  name: 'nullif',
  doc: 'nullif(a, b): NULL when a equals b, else a',
  nulls: 'own',
  expand: ([a, b], type) => {
    const when: Expr = { kind: 'call', function: '=', args: [a as Expr, b as Expr], type: BOOLEAN };
    const nothing: Expr = { kind: 'literal', value: null, type };
    return { kind: 'case', branches: [caseBranch(when, nothing)], otherwise: a as Expr, type };
  },
  resolve: (args) => {
    const type = args.length === 2 ? comparisonType(args) : null;
    return type && overload([type, type], type, neverEvaluated);
  },
};

const IF: ScalarFunction = {
  name: 'if',
  doc: 'if(condition, a, b): a when the condition is true, else b; the other is not evaluated',
  nulls: 'own',
  expand: ([when, yes, no], type) => ({
    kind: 'case',
    branches: [caseBranch(when as Expr, yes as Expr)],
    otherwise: no as Expr,
    type,
  }),
  resolve: ([condition, ...values]) => {
    const type = values.length === 2 ? commonType(values) : null;
    if (type === null || !(condition?.kind === 'boolean' || condition?.kind === 'null')) return null;
    const result = type.kind === 'null' ? VARCHAR : type;
    return overload([BOOLEAN, result, result], result, neverEvaluated);
  },
};

const TYPEOF: ScalarFunction = {
  name: 'typeof',
  doc: 'typeof(a): the name of the type',
  nulls: 'own',
  resolve: ([type, ...more]) => (type && more.length === 0 ? overload([type], VARCHAR, () => typeName(type)) : null),
};

/** What the planner writes around the value of a scalar subquery that may deliver several rows. */
const SINGLE_ROW: ScalarFunction = {
  name: 'single_row',
  doc: 'single_row(a, rows): a; an error where there is more than one row',
  nulls: 'own',
  resolve: ([type, rows, ...more]) => {
    if (!type || !rows || more.length > 0 || !canImplicitlyCast(rows, BIGINT)) return null;
    const result = type.kind === 'null' ? VARCHAR : type;
    return overload([result, BIGINT], result, (value: Value, count: bigint | null) => {
      if (count === null || count <= 1n) return value;
      throw new ExecutionError('SQ3009', 'a query inside an expression gave more than one row', {
        hint: 'aggregate in it, or add LIMIT 1',
      });
    });
  },
};

const IFNULL = presence('ifnull', 'ifnull(a, b): a, or b when a is NULL', 2);

export const CONDITIONAL: readonly ScalarFunction[] = [
  presence('coalesce', 'coalesce(a, …): the first argument that is not NULL; those after it are not evaluated', null),
  NULLIF,
  IFNULL,
  alias(IFNULL, 'nvl'),
  IF,
  alias(IF, 'iff'),
  TYPEOF,
  SINGLE_ROW,
];
