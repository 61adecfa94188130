import { BindError, UnsupportedError } from '../../common/errors.ts';
import { typeName } from '../../common/types.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import { columnExpr } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { FunctionCall } from '../parse/ast-expr.ts';
import { type BindContext, textOf } from './bind-context.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { unnestOver } from './unnest-over.ts';

interface Unnested {
  readonly list: Expr;
  readonly column: Column;
}

/** Gathers the calls of unnest in a select list: their entries stand side by side. */
export class UnnestCollector {
  readonly #context: BindContext;
  readonly #unnested = new Map<string, Unnested>();

  constructor(context: BindContext) {
    this.#context = context;
  }

  add(list: Expr, { span }: FunctionCall): Expr {
    if (list.type.kind === 'map') {
      throw new UnsupportedError('SQ2001', 'unnest of a map in the select list is not supported', {
        span,
        hint: 'it gives two columns: write it in FROM, unnest(m) AS u(key, value)',
      });
    }
    if (list.type.kind !== 'list') {
      throw new BindError('SQ1105', `unnest takes lists, not a value of type ${typeName(list.type)}`, {
        span,
        hint: 'write unnest(ARRAY[…])',
      });
    }
    const key = exprKey(list);
    let unnested = this.#unnested.get(key);
    if (!unnested) {
      const column = this.#context.ids.column(textOf(this.#context.sql, span), list.type.element, true);
      unnested = { list, column };
      this.#unnested.set(key, unnested);
    }
    return columnExpr(unnested.column, span);
  }

  /** The lists whose entries these expressions read. They come off: `place` does not place them. */
  takeReadBy(exprs: readonly Expr[]): readonly Unnested[] {
    const read = new Set<ColumnId>();
    for (const expr of exprs) collectColumns(expr, read);
    const taken = [...this.#unnested].filter(([, { column }]) => read.has(column.id));
    for (const [key] of taken) this.#unnested.delete(key);
    return taken.map(([, unnested]) => unnested);
  }

  /** What is left, on top of the plan. */
  place(plan: LogicalPlan, lift: (expr: Expr) => Expr): LogicalPlan {
    return placeUnnested(plan, [...this.#unnested.values()], lift);
  }
}

export function placeUnnested(
  plan: LogicalPlan,
  unnested: readonly Unnested[],
  lift: (expr: Expr) => Expr = (expr) => expr,
): LogicalPlan {
  if (unnested.length === 0) return plan;
  const lists = unnested.map(({ list }) => lift(list));
  return unnestOver(plan, { lists, ordinality: false, columns: unnested.map(({ column }) => column) }, false);
}

/** `SELECT unnest(list)`: a row for every entry. */
export function bindUnnest(node: FunctionCall, env: ExprEnvironment): Expr {
  const { aggregates, windows, unnests } = env;
  const [arg, another] = node.args;
  if (!arg || another) {
    throw new BindError('SQ1105', 'unnest takes one list in the select list', {
      span: node.span,
      hint: 'write several in FROM: unnest(a, b) AS u(x, y)',
    });
  }
  if (unnests && !('forbiddenIn' in aggregates) && !(windows && 'forbiddenIn' in windows)) {
    return unnests.add(bindExpr(arg, env), node);
  }
  const [forbidden] = [aggregates, windows].flatMap((one) => (one && 'forbiddenIn' in one ? [one.forbiddenIn] : []));
  throw new BindError('SQ1106', `unnest() cannot stand in ${forbidden ?? 'this clause'}`, {
    span: node.span,
    hint: 'write it in FROM: unnest(list) AS u(x)',
  });
}
