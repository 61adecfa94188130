import { assertNever } from '../../common/errors.ts';
import { formatExpr } from '../../operators/expr/format.ts';
import { formatWindowCall } from '../../operators/format-plan.ts';
import type { SortKey } from '../../operators/plan.ts';
import {
  inputs,
  type LogicalAggregate,
  type LogicalAggregateCall,
  type LogicalApply,
  type LogicalJoin,
  type LogicalPlan,
} from './logical-plan.ts';

/** How many rows a node is supposed to deliver. */
export interface RowEstimates {
  rows(plan: LogicalPlan): number;
}

/** The plan as an indented tree, the root first; with estimates, each line ends in `~rows`. */
export function formatLogical(plan: LogicalPlan, estimates?: RowEstimates): string {
  const lines: string[] = [];
  const visit = (node: LogicalPlan, indent: string): void => {
    const rows = estimates ? `  ~${formatRows(estimates.rows(node))}` : '';
    lines.push(`${indent}${describeLogical(node)}${rows}`);
    for (const input of inputs(node)) visit(input, `${indent}  `);
  };
  visit(plan, '');
  return lines.join('\n');
}

/** Whether two plans print as the same. */
export function printsAlike(a: LogicalPlan, b: LogicalPlan): boolean {
  if (a === b) return true;
  const [below, others] = [inputs(a), inputs(b)];
  if (a.kind !== b.kind || below.length !== others.length || describeLogical(a) !== describeLogical(b)) return false;
  return below.every((input, i) => printsAlike(input, others[i] as LogicalPlan));
}

/** Rounded, at least one: `1,500 rows`. */
export function formatRows(rows: number): string {
  const whole = Math.max(1, Math.round(rows));
  return `${whole.toLocaleString('en')} ${whole === 1 ? 'row' : 'rows'}`;
}

/** One node, without its inputs. */
export function describeLogical(plan: LogicalPlan): string {
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
      const by = plan.groups.length > 0 ? ` by ${formatGroups(plan)}` : '';
      const calls = plan.aggregates.map(formatAggregate).join(', ');
      return `Aggregate${calls === '' ? '' : ` ${calls}`}${by}`;
    }
    case 'join': {
      const name = `${titleOf(plan.type)} join`;
      return [name, ...formatConditions(plan)].join(' ');
    }
    case 'apply':
      return [`Apply ${plan.type}`, ...formatConditions(plan)].join(' ');
    case 'window': {
      const partition = plan.partitionBy.length > 0 ? ` by ${plan.partitionBy.map(formatExpr).join(', ')}` : '';
      const order = plan.orderBy.length > 0 ? ` order ${plan.orderBy.map(formatSortKey).join(', ')}` : '';
      return `Window ${plan.functions.map(formatWindowCall).join(', ')}${partition}${order}`;
    }
    case 'setOperation':
      return `${titleOf(plan.operation)}${plan.all ? ' all' : ''}`;
    case 'unnest': {
      const ordinality = plan.ordinality ? ' with ordinality' : '';
      return `Unnest ${plan.lists.map(formatExpr).join(', ')}${plan.outer ? ' outer' : ''}${ordinality}`;
    }
    case 'sample':
      return `Sample ${plan.method} ${plan.percent} % seed ${plan.seed}`;
    case 'with':
      return `With ${plan.name}`;
    case 'commonTable':
      return `Common table ${plan.name}`;
    case 'recursive':
      return `Recursive ${plan.name}${plan.all ? ' all' : ''}`;
    case 'workingTable':
      return `Working table ${plan.name}`;
    case 'sort':
      return `Sort ${plan.keys.map(formatSortKey).join(', ')}`;
    case 'limit':
      return formatLimit(plan.limit, plan.offset);
    default:
      return assertNever(plan);
  }
}

const titleOf = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

function formatConditions({ condition, compare }: LogicalJoin | LogicalApply): readonly string[] {
  const on = condition ? [`on ${formatExpr(condition)}`] : [];
  return compare ? [...on, `in ${formatExpr(compare)}`] : on;
}

function formatGroups({ groups, groupingSets }: LogicalAggregate): string {
  const keys = groups.map(formatExpr);
  if (!groupingSets) return keys.join(', ');
  return `sets ${groupingSets.map((set) => `(${set.map((i) => keys[i]).join(', ')})`).join(', ')}`;
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
