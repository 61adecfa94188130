import { assertNever } from '../common/errors.ts';
import type { Expr } from './expr/expr.ts';
import { formatExpr } from './expr/format.ts';
import {
  type AggregateCall,
  type AggregatePlan,
  children,
  type FrameBound,
  type JoinPlan,
  type PhysicalPlan,
  type SortKey,
  type WindowCall,
  type WindowFrame,
  type WindowPlan,
} from './plan.ts';

/** A plan as indented text for EXPLAIN, one operator a line, inputs below what reads them. */
export function formatPlan(plan: PhysicalPlan): string {
  return planLines(plan).join('\n');
}

/** The lines of `formatPlan`, one per node in preorder. */
export const planLines = (plan: PhysicalPlan): readonly string[] => lines(plan, 0);

function lines(plan: PhysicalPlan, depth: number): string[] {
  const line = '  '.repeat(depth) + describePlan(plan);
  return [line, ...children(plan).flatMap((child) => lines(child, depth + 1))];
}

/** One operator, without its inputs. */
export function describePlan(plan: PhysicalPlan): string {
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
    case 'aggregate':
      return formatAggregation(plan);
    case 'join':
      return formatJoin(plan);
    case 'sort':
      return `Sort ${plan.keys.map(formatKey).join(', ')}`;
    case 'topN':
      return `TopN ${plan.limit}${offsetOf(plan.offset)} by ${plan.keys.map(formatKey).join(', ')}`;
    case 'limit':
      return `Limit ${plan.limit ?? 'all'}${offsetOf(plan.offset)}`;
    case 'window':
      return formatWindow(plan);
    case 'setOperation':
      return `${OPERATIONS[plan.operation]}${plan.all ? ' all' : ''}`;
    case 'unnest': {
      const options = `${plan.outer ? ' outer' : ''}${plan.ordinality ? ' with ordinality' : ''}`;
      return `Unnest${options} [${plan.lists.map(formatExpr).join(', ')}]`;
    }
    case 'sample':
      return `Sample ${plan.method} ${plan.percent} % seed ${plan.seed}`;
    case 'recursive':
      return `Recursive ${plan.all ? 'union all' : 'union'}`;
    case 'workingTable':
      return `Working table ${plan.name} [${plan.columns.map(({ name }) => name).join(', ')}]`;
    default:
      return assertNever(plan);
  }
}

const named = (text: string, name: string | undefined) =>
  name === undefined || name === text ? text : `${text} AS ${name}`;

const offsetOf = (offset: number) => (offset > 0 ? ` offset ${offset}` : '');

const OPERATIONS = { union: 'Union', intersect: 'Intersect', except: 'Except' } as const;

function formatAggregation({ phase, groups, groupingSets, aggregates }: AggregatePlan): string {
  const keys = groups.map(formatExpr);
  const by = keys.length > 0 ? ` by ${keys.join(', ')}` : '';
  const sets = groupingSets?.map((set) => `(${set.map((key) => keys[key]).join(', ')})`);
  const calls = aggregates.map((call) => formatAggregate(call, phase));
  return `Aggregate${phase === 'single' ? '' : ` (${phase})`}${by}${sets ? ` in sets ${sets.join(', ')}` : ''} [${calls.join(', ')}]`;
}

function formatAggregate(call: AggregateCall, phase: AggregatePlan['phase']): string {
  if (phase === 'final')
    return formatCall(
      call.function,
      call.states.map(({ name }) => name),
      '',
    );
  const order = call.orderBy.length > 0 ? ` ORDER BY ${call.orderBy.map(formatKey).join(', ')}` : '';
  return formatArguments(call, order) + formatFilter(call.filter);
}

function formatCall(name: string, inputs: readonly string[], order: string): string {
  return `${name}(${name === 'count' && inputs.length === 0 ? '*' : inputs.join(', ')}${order})`;
}

function formatArguments(call: AggregateCall | WindowCall, order = ''): string {
  const [first, ...rest] = call.args.map(formatExpr);
  const inputs = first === undefined ? [] : [`${call.distinct ? 'DISTINCT ' : ''}${first}`, ...rest];
  return formatCall(call.function, inputs, order);
}

const formatFilter = (filter: Expr | null) => (filter ? ` FILTER (WHERE ${formatExpr(filter)})` : '');

/** Keys after `on`, what else a pair must fulfil after `where`. */
function formatJoin({ type, keys, residual, mark }: JoinPlan): string {
  const pairs = keys.map(
    ({ left, right, nullsMatch }) =>
      `${formatExpr(left)} ${nullsMatch ? 'IS NOT DISTINCT FROM' : '='} ${formatExpr(right)}`,
  );
  const on = pairs.length > 0 ? ` on ${pairs.join(' AND ')}` : '';
  const where = residual ? ` where ${formatExpr(residual)}` : '';
  return `Join ${type}${on}${where}${mark ? ` AS ${mark.name}` : ''}`;
}

function formatWindow({ input, partitionBy, orderBy, functions, columns }: WindowPlan): string {
  const partition = partitionBy.length > 0 ? ` partition by ${partitionBy.map(formatExpr).join(', ')}` : '';
  const order = orderBy.length > 0 ? ` order by ${orderBy.map(formatKey).join(', ')}` : '';
  const calls = functions.map((call, i) => named(formatWindowCall(call), columns[input.columns.length + i]?.name));
  return `Window${partition}${order} [${calls.join(', ')}]`;
}

export function formatWindowCall(call: WindowCall): string {
  const nulls = call.ignoreNulls ? ' IGNORE NULLS' : '';
  return `${formatArguments(call)}${nulls}${formatFilter(call.filter)}${formatFrame(call.frame)}`;
}

const EXCLUSIONS: Readonly<Record<WindowFrame['exclude'], string>> = {
  noOthers: '',
  currentRow: ' EXCLUDE CURRENT ROW',
  group: ' EXCLUDE GROUP',
  ties: ' EXCLUDE TIES',
};

/** Nothing for the frame that SQL means when a query names none. */
function formatFrame({ unit, start, end, exclude }: WindowFrame): string {
  const usual = unit === 'range' && start.kind === 'unboundedPreceding' && end.kind === 'currentRow';
  if (usual && exclude === 'noOthers') return '';
  return ` ${unit.toUpperCase()} BETWEEN ${formatBound(start)} AND ${formatBound(end)}${EXCLUSIONS[exclude]}`;
}

function formatBound(bound: FrameBound): string {
  switch (bound.kind) {
    case 'unboundedPreceding':
      return 'UNBOUNDED PRECEDING';
    case 'unboundedFollowing':
      return 'UNBOUNDED FOLLOWING';
    case 'currentRow':
      return 'CURRENT ROW';
    case 'preceding':
      return `${formatExpr(bound.offset)} PRECEDING`;
    case 'following':
      return `${formatExpr(bound.offset)} FOLLOWING`;
    default:
      return assertNever(bound);
  }
}

export function formatKey({ expr, descending, nullsFirst }: SortKey): string {
  const nulls = nullsFirst === descending ? '' : nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${formatExpr(expr)}${descending ? ' DESC' : ''}${nulls}`;
}
