import { InternalError } from '../../common/errors.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { columnExpr } from '../expr/build.ts';
import type {
  LogicalCommonTable,
  LogicalPlan,
  LogicalRecursive,
  LogicalWith,
  LogicalWorkingTable,
} from '../logical/logical-plan.ts';
import { nodes } from '../logical/rewrite.ts';
import { type Planned, projected, SINGLE } from './distribution.ts';
import { areHashable, broadcast, gathered, inOrder, partitioned, partitionsFor } from './exchanges.ts';
import type { PhysicalContext } from './physical-context.ts';

/** A stage computes the common table, once; whoever names it reads what that stage delivers. */
export function planWith({ table, definition, body }: LogicalWith, context: PhysicalContext): Planned {
  const isOfRound = workingTables(definition).size > 0;
  context.tables.set(
    table,
    isOfRound ? { kind: 'inlined', definition } : { kind: 'shared', planned: shared(definition, context) },
  );
  return context.plan(body);
}

/** Small ones are read whole by every reader, large ones by partition. */
function shared(definition: LogicalPlan, context: PhysicalContext): Planned {
  const planned = inOrder(context.plan(definition), definition.columns);
  const once: Planned = {
    ...planned,
    distribution: planned.distribution.kind === 'single' ? SINGLE : planned.distribution,
  };
  const bytes = context.estimates.bytes(definition);
  const partitions = partitionsFor(context, bytes);
  const keys = definition.columns.map((column): Expr => columnExpr(column)).filter((key) => areHashable([key]));
  if (bytes <= context.limits.gatheredBytes || partitions === 1 || keys.length === 0) return broadcast(once);
  return partitioned(once, keys, partitions);
}

export function planCommonTable(plan: LogicalCommonTable, context: PhysicalContext): Planned {
  const known = context.tables.get(plan.table);
  if (!known) throw new InternalError(`the common table ${plan.name} has no definition`);
  const inlined = known.kind === 'inlined' ? inOrder(context.plan(known.definition), known.definition.columns) : null;
  const { plan: input, distribution } = known.kind === 'shared' ? known.planned : (inlined as Planned);
  const exprs = plan.fields.map((field) => columnExpr(input.columns[field] as Column));
  return {
    plan: { kind: 'project', input, exprs, columns: plan.columns },
    distribution: projected(distribution, exprs, plan.columns),
  };
}

/** All of it in one task: what the step needs besides the rows of the round before is gathered there first. */
export function planRecursive(plan: LogicalRecursive, context: PhysicalContext): Planned {
  const base = gathered(inOrder(context.plan(plan.base), plan.base.columns));
  const step = inOrder(inOneTask(plan.step, context), plan.step.columns);
  const { table, all, columns } = plan;
  return { plan: { kind: 'recursive', table, all, base: base.plan, step: step.plan, columns }, distribution: SINGLE };
}

function inOneTask(step: LogicalPlan, context: PhysicalContext): Planned {
  const planned = context.planWith(step, (input) =>
    readsRound(input, context) ? inOneTask(input, context) : gathered(context.plan(input)),
  );
  if (planned.distribution.kind !== 'single')
    throw new InternalError('the step of a recursive query is in several tasks');
  return planned;
}

export function planWorkingTable({ table, name, fields, columns }: LogicalWorkingTable): Planned {
  return { plan: { kind: 'workingTable', table, name, fields, columns }, distribution: SINGLE };
}

/** The working tables that a plan reads and that are not its own. */
function workingTables(plan: LogicalPlan): ReadonlySet<number> {
  const read = new Set<number>();
  const own = new Set<number>();
  for (const node of nodes(plan)) {
    if (node.kind === 'workingTable') read.add(node.table);
    if (node.kind === 'recursive') own.add(node.table);
  }
  return new Set([...read].filter((table) => !own.has(table)));
}

/** Whether a part of the step has other rows in every round. */
function readsRound(plan: LogicalPlan, { tables }: PhysicalContext): boolean {
  if (workingTables(plan).size > 0) return true;
  return nodes(plan).some((node) => {
    const known = node.kind === 'commonTable' ? tables.get(node.table) : undefined;
    return known?.kind === 'inlined';
  });
}
