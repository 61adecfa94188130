import { BindError } from '../../common/errors.ts';
import type { Column } from '../../operators/expr/expr.ts';
import { inputs, type LogicalPlan } from '../logical/logical-plan.ts';
import type { CommonTable, Query } from '../parse/ast.ts';
import { bindRecursive } from './bind-recursive.ts';
import type { KnownTable, QueryEnvironment } from './query-environment.ts';
import { relationOf } from './relation.ts';

interface BoundCommonTable {
  readonly table: number;
  readonly name: string;
  readonly materialized: boolean | null;
  readonly definition: LogicalPlan;
}

/** What WITH makes known, and how the plan of the query that knows it is put on top of it. */
export interface BoundWith {
  readonly env: QueryEnvironment;
  readonly around: (plan: LogicalPlan) => LogicalPlan;
}

/** WITH: each item sees those before it, in WITH RECURSIVE itself too. Items that nobody reads are checked and left out. */
export function bindWith(query: Pick<Query, 'with' | 'recursive'>, env: QueryEnvironment): BoundWith {
  refuseDuplicates(query.with);
  const bound: BoundCommonTable[] = [];
  let inner = env;
  for (const [i, item] of query.with.entries()) {
    const later = query.with.slice(query.recursive ? i + 1 : i).map(({ name }) => name);
    const around = { ...inner, later: [...env.later, ...later] };
    const table = env.context.scans.next++;
    const plan = query.recursive ? bindRecursive(item, around) : env.bindQuery(item.query, around);
    bound.push({ table, name: item.name, materialized: item.materialized, definition: plan });
    const known: KnownTable = {
      kind: 'common',
      name: item.name,
      table,
      columns: namedColumns(plan, item),
      readings: { count: 0 },
      forbiddenIn: null,
    };
    inner = { ...inner, known: [...inner.known, known] };
  }
  return { env: inner, around: (plan) => withTables(plan, bound) };
}

/** The columns of a common table under the names that it gives them. */
export function namedColumns(plan: LogicalPlan, item: CommonTable): readonly Column[] {
  const aliased = { alias: item.name, columnAliases: item.columns, span: item.span };
  const { visible } = relationOf(plan, aliased, item.name);
  return plan.columns.map((column, i) => ({ ...column, name: visible[i]?.name ?? column.name }));
}

function refuseDuplicates(items: readonly CommonTable[]): void {
  const names = new Set<string>();
  for (const { name, span } of items) {
    if (names.has(name.toLowerCase())) {
      throw new BindError('SQ1111', `WITH names "${name}" twice`, { span, hint: 'give each query its own name' });
    }
    names.add(name.toLowerCase());
  }
}

function withTables(plan: LogicalPlan, bound: readonly BoundCommonTable[]): LogicalPlan {
  const read = new Set(tablesRead(plan));
  return bound.toReversed().reduce<LogicalPlan>((body, item) => {
    if (!read.has(item.table)) return body;
    for (const table of tablesRead(item.definition)) read.add(table);
    return { kind: 'with', ...item, body, columns: body.columns };
  }, plan);
}

function tablesRead(plan: LogicalPlan): ReadonlySet<number> {
  const read = new Set<number>();
  const pending = [plan];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node.kind === 'commonTable') read.add(node.table);
    pending.push(...inputs(node));
  }
  return read;
}
