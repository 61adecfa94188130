import { isNested, UINTEGER } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import type { Expr } from '../expr/expr.ts';
import { ExprEvaluator } from '../expr/generate/expr-evaluator.ts';
import { groupKernel } from '../keys/group-kernel.ts';
import { GroupTable } from '../keys/group-table.ts';
import type { AggregateCall, AggregatePlan } from '../plan.ts';
import { type AggregateCode, AggregateStates, aggregateCode } from './aggregate-states.ts';
import { planStates } from './generate/state-plan.ts';

/** What all states of one DISTINCT call share. */
export interface DistinctCode {
  /** The plan with this call alone, without DISTINCT. */
  readonly plan: AggregatePlan;
  readonly inner: AggregateCode;
  readonly argument: ExprEvaluator;
  readonly grouped: boolean;
}

/** Null when the call has no generated form even without DISTINCT. */
export function distinctCode(
  plan: AggregatePlan,
  call: AggregateCall,
  context: ExecutionContext,
  title: string,
): DistinctCode | null {
  const [arg, second] = call.args;
  if (!call.distinct || !arg || second || isNested(arg.type) || plan.phase !== 'single') return null;
  const seen = filtered(arg, call.filter);
  const alone: AggregatePlan = { ...plan, aggregates: [{ ...call, args: [seen], distinct: false, filter: null }] };
  if (planStates(alone).others.length > 0) return null;
  return {
    plan: alone,
    inner: aggregateCode(alone, context, title),
    argument: new ExprEvaluator([seen], plan.input.columns, context, title),
    grouped: plan.groups.length > 0 || plan.groupingSets !== null,
  };
}

/** All functions in question pass over NULL. */
function filtered(arg: Expr, filter: Expr | null): Expr {
  if (!filter) return arg;
  // biome-ignore lint/suspicious/noThenProperty: the name is SQL's, and a plan is never awaited
  return { kind: 'case', type: arg.type, branches: [{ when: filter, then: arg }], otherwise: null };
}

/** A call with DISTINCT: pairs of group and argument are numbered, and only the first row of each pair gets to the states. */
export class DistinctAggregate {
  readonly #code: DistinctCode;
  readonly #memory: LinearMemory;
  readonly #states: AggregateStates;
  readonly #pairs: GroupTable;

  constructor(code: DistinctCode, context: ExecutionContext) {
    const types = code.plan.aggregates.map(({ args }) => (args[0] as Expr).type);
    this.#code = code;
    this.#memory = context.memory;
    this.#states = new AggregateStates(code.plan, context, code.inner);
    this.#pairs = new GroupTable(code.grouped ? [UINTEGER, ...types] : types, context);
  }

  get bytes(): number {
    return this.#states.bytes + this.#pairs.bytes;
  }

  bytesToGrow(more: number): number {
    return this.#states.bytesToGrow(more) + this.#pairs.bytesToGrow(more);
  }

  ensure(groups: number): void {
    this.#states.ensure(groups);
  }

  update(morsel: Morsel, groups: Pointer, arena: Arena): void {
    const { rows, selection } = morsel;
    const count = liveRows(morsel);
    const kernel = groupKernel(this.#memory);
    const [argument] = this.#code.argument.evaluate(morsel, arena) as [Vector];
    const [ids, firstRows, firstGroups] = [0, 1, 2].map(() => arena.allocate(count * 4)) as [Pointer, Pointer, Pointer];
    const before = this.#pairs.groups;
    const keys = this.#code.grouped ? [this.#groupVector(morsel, groups, arena), argument] : [argument];
    this.#pairs.find(keys, rows, selection, ids, 'insert');
    const added = this.#pairs.groups - before;
    if (added === 0) return;
    const marks = arena.allocate(added);
    arena.bytes(marks, added).fill(0);
    const found = kernel.firsts(selection?.rows ?? 0, ids, count, before, marks, groups, firstRows, firstGroups);
    const part: Morsel = {
      rows,
      selection: { rows: firstRows, count: found },
      column: (index) => morsel.column(index),
    };
    this.#states.update(part, groups === 0 ? 0 : firstGroups, arena);
  }

  columns(from: number, count: number, arena: Arena): Vector[] {
    return this.#states.columns(from, count, arena);
  }

  clear(): void {
    this.#states.clear();
    this.#pairs.free();
  }

  /** The rows' groups as a column. */
  #groupVector({ rows, selection }: Morsel, groups: Pointer, arena: Arena): Vector {
    let data = groups;
    if (selection) {
      data = arena.allocate(rows * 4);
      groupKernel(this.#memory).scatter(selection.rows, groups, selection.count, data);
    }
    return { kind: 'fixed', type: UINTEGER, width: 4, length: rows, validity: 0, data };
  }
}
