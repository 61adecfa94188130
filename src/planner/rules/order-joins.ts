import type { ColumnIds } from '../bind/bind-context.ts';
import { Estimator } from '../estimate/estimate.ts';
import { columnExpr } from '../expr/build.ts';
import { printsAlike } from '../logical/format-logical.ts';
import { inputs, type LogicalPlan } from '../logical/logical-plan.ts';
import { overInputs } from '../logical/rebuild.ts';
import { canonicalGraph } from './canonical-graph.ts';
import { buildJoins } from './join-builder.ts';
import { JoinCardinality } from './join-cardinality.ts';
import { beginsRegion, joinGraph } from './join-graph.ts';
import { cheapestTree } from './join-search.ts';
import { deliversAs, isPositional } from './positional.ts';
import type { Rule } from './rule.ts';

/**
 * Joins in the order that costs the least rows by the estimates, whatever order the text has them in; the side with fewer rows
 * on the right, where the hash table is built. Conditions stand at the lowest join that can ask them.
 *
 *     Inner join on r.id = n.region AND n.id = c.nation     Inner join on c.nation = n.id
 *       Inner join                                       ->   Scan customers
 *         Scan customers                                      Inner join on n.region = r.id
 *         Scan regions where r.name = 'ASIA'                    Scan nations
 *       Scan nations                                            Scan regions where r.name = 'ASIA'
 */
export const orderJoins: Rule = {
  name: 'order_joins',
  apply(plan, { ids }) {
    const ordered = new JoinOrder(new Estimator(plan), ids).order(plan);
    if (ordered === plan || !deliversAs(ordered, plan)) return plan;
    // Relations that are alike in everything may have changed places: that is no change.
    return printsAlike(ordered, plan) ? plan : ordered;
  },
};

class JoinOrder {
  readonly #estimator: Estimator;
  readonly #ids: ColumnIds;

  constructor(estimator: Estimator, ids: ColumnIds) {
    this.#estimator = estimator;
    this.#ids = ids;
  }

  /** The plan with its joins ordered. Delivers the same columns, perhaps in another order. */
  order(plan: LogicalPlan): LogicalPlan {
    if (!beginsRegion(plan)) return this.#descend(plan);
    const graph = canonicalGraph(joinGraph(plan, (input) => this.order(input)));
    const tree = cheapestTree(graph, new JoinCardinality(graph, this.#estimator));
    return buildJoins(graph, tree, plan.columns);
  }

  #descend(plan: LogicalPlan): LogicalPlan {
    const replaced = inputs(plan).map((input) =>
      isPositional(plan, input) ? this.#inOrder(input) : this.order(input),
    );
    return overInputs(plan, replaced);
  }

  /** The same, with the columns in the order they had; they may be other columns. */
  #inOrder(plan: LogicalPlan): LogicalPlan {
    const ordered = this.order(plan);
    if (deliversAs(plan, ordered)) return ordered;
    const columns = plan.columns.map(({ name, type, nullable }) => this.#ids.column(name, type, nullable));
    return { kind: 'project', input: ordered, exprs: plan.columns.map((column) => columnExpr(column)), columns };
  }
}
