import type { SqlType, Value } from '../../src/common/types.ts';
import type { Expr } from '../../src/operators/expr/expr.ts';
import { evaluateConstant } from '../../src/operators/expr/interpret.ts';
import { planQuery } from '../../src/planner/plan-query.ts';
import { FakeCatalog } from '../plans/fake-catalog.ts';

const catalog = new FakeCatalog({});

/** An expression without columns, given as SQL, as the planner binds it. */
export async function bindSql(sql: string): Promise<Expr> {
  const { logical } = await planQuery(`SELECT ${sql} AS value`, { catalog });
  const [expr] = logical.kind === 'project' ? logical.exprs : [];
  if (!expr) throw new Error(`SELECT ${sql} was planned as ${logical.kind}`);
  return expr;
}

/** What it gives in the reference interpreter. Throws what it throws. */
export async function evaluateSql(sql: string): Promise<{ readonly type: SqlType; readonly value: Value }> {
  const expr = await bindSql(sql);
  return { type: expr.type, value: evaluateConstant(expr) };
}
