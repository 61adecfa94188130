import { BindError, UnsupportedError } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import { DOUBLE, isInteger, isNumeric } from '../../common/types.ts';
import { evaluateConstant } from '../../operators/expr/interpret.ts';
import { isConstant } from '../../operators/expr/rewrite.ts';
import { castTo } from '../expr/build.ts';
import type { SampleTable } from '../parse/ast.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import { bindExpr } from './bind-expr.ts';
import type { QueryEnvironment } from './query-environment.ts';
import type { Relation } from './relation.ts';
import { Scope } from './scope.ts';

/** TABLESAMPLE over a table. Without REPEATABLE each sample of each query has a seed of its own. */
export function bindSample(node: SampleTable, relation: Relation, env: QueryEnvironment): Relation {
  if (relation.lateral) {
    throw new UnsupportedError('SQ2001', 'TABLESAMPLE of a table that names other tables is not supported', {
      span: node.span,
    });
  }
  const percent = percentOf(node.percent, env);
  const seed = node.seed ? seedOf(node.seed, env) : ownSeed(env);
  const { plan, unnest: _unnest, ...names } = relation;
  return {
    ...names,
    plan: { kind: 'sample', input: plan, method: node.method, percent, seed, columns: plan.columns },
  };
}

/** From the moment when the statement began. */
function ownSeed({ context }: QueryEnvironment): number {
  return Number(BigInt.asUintN(48, context.session.now)) + context.scans.next;
}

function percentOf(node: AstExpr, env: QueryEnvironment): number {
  const value = constant(node, env, (type) => isNumeric(type));
  const percent = value === undefined ? Number.NaN : Number(value);
  if (percent >= 0 && percent <= 100) return percent;
  throw new BindError('SQ1105', 'TABLESAMPLE needs a number from 0 to 100', {
    span: node.span,
    hint: 'write TABLESAMPLE BERNOULLI (10) for a tenth of the rows',
  });
}

function seedOf(node: AstExpr, env: QueryEnvironment): number {
  const value = constant(node, env, isInteger);
  const seed = value === undefined ? Number.NaN : Number(value);
  if (Number.isSafeInteger(seed)) return seed;
  throw new BindError('SQ1105', 'REPEATABLE needs a whole number', { span: node.span, hint: 'write REPEATABLE (42)' });
}

function constant(
  node: AstExpr,
  { context }: QueryEnvironment,
  fits: (type: ReturnType<typeof bindExpr>['type']) => boolean,
): Exclude<Value, null> | undefined {
  const expr = bindExpr(node, { context, scope: new Scope(), aggregates: { forbiddenIn: 'TABLESAMPLE' } });
  if (!isConstant(expr) || !fits(expr.type)) return undefined;
  return evaluateConstant(isInteger(expr.type) ? expr : castTo(expr, DOUBLE)) ?? undefined;
}
