import type { Rule } from '../rule.ts';
import { Decorrelation } from './decorrelation.ts';

/**
 * Takes every apply away: a query inside an expression, or a lateral one, is computed for all outer rows at once and joined to them. What
 * it compares for equality with the outer row becomes a key of its aggregations and of the join; only where it needs an outer value
 * otherwise, it is computed over the distinct outer values.
 *
 *     Filter x < avg                           Filter x < avg
 *       Apply left                               Left join on k = k
 *         Scan t [k, x]                            Scan t [k, x]
 *         Aggregate avg(y)                ->       Aggregate avg(y) by k
 *           Filter k = t.k                           Scan u [k, y]
 *             Scan u [k, y]
 *
 * Thomas Neumann and Alfons Kemper, "Unnesting Arbitrary Queries", BTW 2015; Thomas Neumann, "Improving Unnesting of Complex
 * Queries", BTW 2025.
 */
export const decorrelate: Rule = {
  name: 'decorrelate',
  apply: (plan, { ids }) => new Decorrelation(plan, ids).result(),
};
