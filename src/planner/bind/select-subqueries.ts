import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import type { SubqueryExpression } from '../parse/ast-expr.ts';
import type { ExprEnvironment, Subqueries } from './bind-expr.ts';
import { addedBy, type PendingApply, readBy, SubqueryCollector } from './bind-subquery.ts';
import type { QueryEnvironment } from './query-environment.ts';

/** The queries inside the expressions of a SELECT, by where they are applied: below its aggregation, for HAVING, or above it. */
export class SelectSubqueries {
  readonly #below: SubqueryCollector;
  readonly #having: SubqueryCollector;
  readonly #above: SubqueryCollector;

  constructor(env: QueryEnvironment) {
    this.#below = new SubqueryCollector(env);
    this.#having = new SubqueryCollector(env);
    this.#above = new SubqueryCollector(env);
  }

  /** For the select list, QUALIFY and ORDER BY; inside an aggregate they are computed below it. */
  get list(): Subqueries {
    return split(this.#below, this.#above);
  }

  get having(): Subqueries {
    return split(this.#below, this.#having);
  }

  /** For GROUP BY: one that the select list has too is the same. */
  get groups(): Subqueries {
    return {
      value: (node, env) => {
        const [known] = this.#above.find(node, env) ?? [];
        return known ?? this.#below.value(node, env);
      },
      row: (node, env) => this.#above.find(node, env) ?? this.#below.row(node, env),
    };
  }

  /** What the aggregation needs. */
  below(groups: readonly Expr[]): readonly PendingApply[] {
    const read = new Set<ColumnId>();
    for (const group of groups) collectColumns(group, read);
    return [...this.#below.applies, ...this.#above.release(read)];
  }

  get havingApplies(): readonly PendingApply[] {
    return this.#having.applies;
  }

  /** Those that read the result of a window function are late. */
  above(isWindow: (id: ColumnId) => boolean): {
    readonly early: readonly PendingApply[];
    readonly late: readonly PendingApply[];
  } {
    const known = new Set<ColumnId>();
    const early: PendingApply[] = [];
    const late: PendingApply[] = [];
    for (const apply of this.#above.applies) {
      const isLate = [...readBy(apply)].some((id) => known.has(id) || isWindow(id));
      (isLate ? late : early).push(apply);
      if (isLate) for (const { id } of addedBy(apply)) known.add(id);
    }
    return { early, late };
  }
}

function split(below: SubqueryCollector, above: SubqueryCollector): Subqueries {
  const of = ({ aggregates }: ExprEnvironment) => ('forbiddenIn' in aggregates ? below : above);
  return {
    value: (node: SubqueryExpression, env) => of(env).value(node, env),
    row: (node: SubqueryExpression, env) => of(env).row(node, env),
  };
}
