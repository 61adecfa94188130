import { assertNever } from '../../common/errors.ts';
import { formatExpr } from '../../operators/expr/format.ts';
import type { SortKey } from '../../operators/plan.ts';
import { inputs, type LogicalAggregateCall, type LogicalPlan } from './logical-plan.ts';

/** The plan as an indented tree, the root first. */
export function formatLogical(plan: LogicalPlan): string {
  return lines(plan, 0).join('\n');
}

function lines(plan: LogicalPlan, depth: number): readonly string[] {
  return [`${'  '.repeat(depth)}${describe(plan)}`, ...inputs(plan).flatMap((input) => lines(input, depth + 1))];
}

function describe(plan: LogicalPlan): string {
  switch (plan.kind) {
    case 'scan': {
      const columns = `[${plan.columns.map(({ name }) => name).join(', ')}]`;
      const where = plan.predicate ? ` where ${formatExpr(plan.predicate)}` : '';
      return `Scan ${plan.source.name} ${columns}${where}`;
    }
    case 'values':
      return `Values ${plan.rows.map((row) => `(${row.map(formatExpr).join(', ')})`).join(', ') || 'nothing'}`;
    case 'filter':
      return `Filter ${formatExpr(plan.predicate)}`;
    case 'project':
      return `Project ${plan.exprs.map((expr, i) => named(formatExpr(expr), plan.columns[i]?.name)).join(', ')}`;
    case 'aggregate': {
      const by = plan.groups.length > 0 ? ` by ${plan.groups.map(formatExpr).join(', ')}` : '';
      const calls = plan.aggregates.map(formatAggregate).join(', ');
      return `Aggregate${calls === '' ? '' : ` ${calls}`}${by}`;
    }
    case 'sort':
      return `Sort ${plan.keys.map(formatSortKey).join(', ')}`;
    case 'limit':
      return formatLimit(plan.limit, plan.offset);
    default:
      return assertNever(plan);
  }
}

const named = (text: string, name: string | undefined) =>
  name === undefined || name === text ? text : `${text} AS ${name}`;

export function formatAggregate(call: LogicalAggregateCall): string {
  const args = call.args.length === 0 ? '*' : call.args.map(formatExpr).join(', ');
  return `${call.function}(${args})${call.filter ? ` FILTER (WHERE ${formatExpr(call.filter)})` : ''}`;
}

export function formatSortKey({ expr, descending, nullsFirst }: SortKey): string {
  const nulls = nullsFirst === descending ? '' : nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${formatExpr(expr)}${descending ? ' DESC' : ''}${nulls}`;
}

export function formatLimit(limit: number | null, offset: number): string {
  return `Limit ${limit ?? 'all'}${offset > 0 ? ` offset ${offset}` : ''}`;
}
