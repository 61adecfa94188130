import { assertNever, InternalError } from '../common/errors.ts';
import { formatExpr } from './expr/format.ts';
import { type AggregateCall, type AggregatePlan, children, type PhysicalPlan, type SortKey } from './plan.ts';

/** A plan as indented text for EXPLAIN, one operator a line, inputs below what reads them. */
export function formatPlan(plan: PhysicalPlan): string {
  return lines(plan, 0).join('\n');
}

function lines(plan: PhysicalPlan, depth: number): string[] {
  const line = '  '.repeat(depth) + describe(plan);
  return [line, ...children(plan).flatMap((child) => lines(child, depth + 1))];
}

/** One operator, without its inputs. */
function describe(plan: PhysicalPlan): string {
  switch (plan.kind) {
    case 'scan':
      return `Scan ${plan.table} [${plan.columns.map(({ name }) => name).join(', ')}]`;
    case 'exchangeSource':
      return `Exchange from stage ${plan.stage} [${plan.columns.map(({ name }) => name).join(', ')}]`;
    case 'values':
      return `Values ${plan.rows.length} ${plan.rows.length === 1 ? 'row' : 'rows'}`;
    case 'filter':
      return `Filter ${formatExpr(plan.predicate)}`;
    case 'project':
      return `Project [${plan.exprs.map((expr, i) => named(formatExpr(expr), plan.columns[i]?.name)).join(', ')}]`;
    case 'aggregate': {
      const groups = plan.groups.length > 0 ? ` by ${plan.groups.map(formatExpr).join(', ')}` : '';
      const phase = plan.phase === 'single' ? '' : ` (${plan.phase})`;
      return `Aggregate${phase}${groups} [${plan.aggregates.map((call) => formatAggregate(call, plan.phase)).join(', ')}]`;
    }
    case 'sort':
      return `Sort ${plan.keys.map(formatKey).join(', ')}`;
    case 'limit': {
      const offset = plan.offset > 0 ? ` offset ${plan.offset}` : '';
      return `Limit ${plan.limit ?? 'all'}${offset}`;
    }
    case 'join':
    case 'topN':
    case 'window':
    case 'setOperation':
    case 'unnest':
      throw new InternalError(`a ${plan.kind} has no text yet`);
    default:
      return assertNever(plan);
  }
}

const named = (text: string, name: string | undefined) =>
  name === undefined || name === text ? text : `${text} AS ${name}`;

function formatAggregate(call: AggregateCall, phase: AggregatePlan['phase']): string {
  const inputs = phase === 'final' ? call.states.map(({ name }) => name) : call.args.map(formatExpr);
  const list = call.function === 'count' && inputs.length === 0 ? '*' : inputs.join(', ');
  const filter = phase !== 'final' && call.filter ? ` FILTER (WHERE ${formatExpr(call.filter)})` : '';
  return `${call.function}(${list})${filter}`;
}

function formatKey({ expr, descending, nullsFirst }: SortKey): string {
  const nulls = nullsFirst === descending ? '' : nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${formatExpr(expr)}${descending ? ' DESC' : ''}${nulls}`;
}
