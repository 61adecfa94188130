import { assertNever } from '../../common/errors.ts';
import { inputs, type LogicalAggregateCall, type LogicalPlan, withInputs } from '../logical/logical-plan.ts';
import type { Rule } from './rule.ts';

/**
 * A sort goes when nothing above sees its order: below joins, groups, set operations, windows and other sorts.
 *
 *     Aggregate count(*) by x        Aggregate count(*) by x
 *       Sort y                  ->     Scan t [x]
 *         Scan t [x, y]
 */
export const dropSorts: Rule = {
  name: 'drop_sorts',
  apply: (plan) => drop(plan, true),
};

function drop(plan: LogicalPlan, ordered: boolean): LogicalPlan {
  if (plan.kind === 'sort' && !ordered) return drop(plan.input, false);
  return withInputs(
    plan,
    inputs(plan).map((input, i) => drop(input, seesOrder(plan, i, ordered))),
  );
}

function seesOrder(plan: LogicalPlan, index: number, ordered: boolean): boolean {
  switch (plan.kind) {
    case 'limit':
      return true;
    case 'aggregate':
      return !plan.aggregates.every(ignoresOrder);
    case 'with':
      return index === 1 && ordered;
    case 'project':
    case 'filter':
    case 'unnest':
    case 'sample':
      return ordered;
    case 'scan':
    case 'values':
    case 'join':
    case 'apply':
    case 'window':
    case 'setOperation':
    case 'sort':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return false;
    default:
      return assertNever(plan);
  }
}

const ORDERLESS: ReadonlySet<string> = new Set([
  ...['count', 'count_if', 'sum', 'avg', 'min', 'max', 'bool_and', 'bool_or', 'every', 'bit_and', 'bit_or', 'bit_xor'],
  ...['stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp', 'corr', 'covar_pop', 'covar_samp'],
  ...['median', 'quantile', 'quantile_cont', 'quantile_disc', 'percentile_cont', 'percentile_disc'],
  'percentile_disc_desc',
  ...['approx_count_distinct', 'approx_distinct'],
]);

const ignoresOrder = (call: LogicalAggregateCall) => call.orderBy.length > 0 || ORDERLESS.has(call.function);
