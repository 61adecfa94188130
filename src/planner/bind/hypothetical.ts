import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { BIGINT, BOOLEAN, DOUBLE, INTEGER } from '../../common/types.ts';
import { caseBranch, type Expr } from '../../operators/expr/expr.ts';
import { isConstant } from '../../operators/expr/rewrite.ts';
import type { SortKey } from '../../operators/plan.ts';
import { castTo, conjunction, literal } from '../expr/build.ts';
import type { FunctionCall } from '../parse/ast-expr.ts';
import { aggregateFilter, aggregateHome, sortKeys } from './aggregates.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { callOf, unified } from './resolve-call.ts';

const HYPOTHETICAL: ReadonlySet<string> = new Set(['rank', 'dense_rank', 'percent_rank', 'cume_dist']);

export const isHypothetical = ({ name, withinGroup }: FunctionCall) => withinGroup && HYPOTHETICAL.has(name);

/** A value that the row of the arguments would have, beside the one that a row of the group has. */
interface Place {
  readonly key: SortKey;
  readonly wanted: Expr;
}

/**
 * `rank(5000) WITHIN GROUP (ORDER BY salary)`: what the window function would say of a row with these values if it stood among those
 * of the group. It follows from how many of these come before it.
 */
export function bindHypothetical(node: FunctionCall, around: ExprEnvironment): Expr {
  const { name, span } = node;
  const { aggregates, inner } = aggregateHome(node, around);
  const places = placesOf(node, inner);
  const filter = aggregateFilter(node, inner);
  const count = (counted: readonly Expr[], distinct: readonly Expr[] = []) => {
    const conditions = [...(filter ? [filter] : []), ...counted];
    const call = {
      function: 'count',
      args: distinct,
      argTypes: distinct.map(({ type }) => type),
      distinct: distinct.length > 0,
      orderBy: [],
      filter: conditions.length === 0 ? null : conjunction(conditions, span),
    };
    return aggregates.add(call, BIGINT, span);
  };
  const one = literal(1, INTEGER, span);
  const plusOne = (expr: Expr) => callOf('+', [expr, one], span);
  const preceding = before(places, span);
  const share = (part: Expr, whole: Expr) => callOf('/', [castTo(part, DOUBLE), castTo(whole, DOUBLE)], span);
  switch (name) {
    case 'rank':
      return plusOne(count([preceding]));
    case 'dense_rank': {
      const [{ key }, another] = places as [Place, Place?];
      if (another) {
        throw new UnsupportedError('SQ2001', 'dense_rank() WITHIN GROUP with several values is not supported', {
          span,
          hint: 'rank() takes several',
        });
      }
      const missing = count([isNull(key.expr, span), preceding]);
      const ofNull = callOf('least', [missing, one], span);
      return plusOne(callOf('+', [count([preceding], [key.expr]), ofNull], span));
    }
    case 'percent_rank': {
      const all = count([]);
      const none = callOf('=', [all, literal(0, INTEGER, span)], span);
      const branches = [caseBranch(none, literal(0, DOUBLE, span))];
      return { kind: 'case', branches, otherwise: share(count([preceding]), all), type: DOUBLE, span };
    }
    default: {
      const equal = conjunction(
        places.map((place) => same(place, span)),
        span,
      );
      const notAfter: Expr = { kind: 'or', args: [preceding, equal], type: BOOLEAN, span };
      return share(plusOne(count([notAfter])), plusOne(count([])));
    }
  }
}

function placesOf(node: FunctionCall, env: ExprEnvironment): readonly [Place, ...Place[]] {
  const { name, span } = node;
  const wanted = node.args.map((arg) => bindExpr(arg, env));
  const keys = sortKeys(node, env);
  if (wanted.length !== keys.length || wanted.length === 0) {
    throw new BindError(
      'SQ1105',
      `${name}() WITHIN GROUP takes as many arguments as there are expressions in ORDER BY`,
      {
        span,
        hint: `write ${name}(5, 'x') WITHIN GROUP (ORDER BY a, b)`,
      },
    );
  }
  const varying = wanted.find((expr) => !isConstant(expr));
  if (varying) {
    throw new UnsupportedError('SQ2001', `${name}() WITHIN GROUP of a value that is not constant is not supported`, {
      span: varying.span ?? span,
      hint: `count the rows before it: 1 + count(*) FILTER (WHERE x < …)`,
    });
  }
  const places = keys.map((key, i): Place => {
    const both = unified([key.expr, wanted[i] as Expr], `${name}() WITHIN GROUP`, span);
    return { key: { ...key, expr: both[0] as Expr }, wanted: both[1] as Expr };
  });
  return places as readonly Place[] as readonly [Place, ...Place[]];
}

/** Whether a row of the group comes before the row of the arguments: never NULL where it does. */
function before([place, ...rest]: readonly [Place, ...Place[]], span: Span): Expr {
  const { key, wanted } = place;
  const less = callOf(key.descending ? '>' : '<', [key.expr, wanted], span);
  const [first, last] = key.nullsFirst ? [key.expr, wanted] : [wanted, key.expr];
  const byNull = conjunction([isNull(first, span), isNull(last, span, true)], span);
  const [next, ...more] = rest;
  const tied = next ? [conjunction([same(place, span), before([next, ...more], span)], span)] : [];
  return { kind: 'or', args: [less, byNull, ...tied], type: BOOLEAN, span };
}

const same = ({ key, wanted }: Place, span: Span) => callOf('is_not_distinct_from', [key.expr, wanted], span);

const isNull = (input: Expr, span: Span, negated = false): Expr => ({
  kind: 'isNull',
  input,
  negated,
  type: BOOLEAN,
  span,
});
