import { assertNever, InternalError, throwIfAborted } from '../common/errors.ts';
import { Arena } from '../wasm/arena.ts';
import { liveRows, type Morsel } from '../wasm/morsel.ts';
import type { Batch } from '../wasm/vector.ts';
import { executeAggregate } from './aggregate/execute-aggregate.ts';
import { inlineProjects } from './aggregate/inline-projects.ts';
import type { ExecutionContext, MorselStream } from './execution.ts';
import { fieldOf } from './expr/expr.ts';
import { positionOf } from './expr/interpret.ts';
import { executeFilter } from './filter/execute-filter.ts';
import { executeJoin } from './join/execute-join.ts';
import { executeLimit } from './limit/execute-limit.ts';
import { batchOfMorsel, morselsOfBatch } from './morsel-batches.ts';
import { children, type JoinPlan, type PhysicalPlan, type WorkingTablePlan } from './plan.ts';
import { executeProject } from './project/execute-project.ts';
import { executeRecursive, type Round } from './recursive/execute-recursive.ts';
import { type FilterTarget, filterTargets, needsMatch } from './runtime-filter/filter-targets.ts';
import { KeyFilter } from './runtime-filter/key-filter.ts';
import { executeSample } from './sample/execute-sample.ts';
import { executeSetOperation } from './set-operation/execute-set-operation.ts';
import { executeSort } from './sort/execute-sort.ts';
import { executeTopN } from './top-n/execute-top-n.ts';
import { executeUnnest } from './unnest/execute-unnest.ts';
import { executeValues } from './values/execute-values.ts';
import { executeWindow } from './window/execute-window.ts';

/**
 * Runs a plan on generated code, pulled by its reader: nothing runs ahead, and ending the iteration ends the sources and
 * frees all memory. A delivered batch is dense, not empty, and valid until the next one is pulled. Throws CancelledError when
 * the signal fires, ResourceError SQ4001 when neither memory nor spilling suffice, and what sources and expressions throw.
 */
export async function* executePlan(plan: PhysicalPlan, context: ExecutionContext): AsyncGenerator<Batch> {
  const schema = plan.columns.map(fieldOf);
  const arena = new Arena({ memory: context.memory });
  const inlined = inlineProjects(plan);
  try {
    for await (const morsel of execute(inlined, {
      context,
      numbers: numbersOf(plan, inlined),
      filters: new Map(),
      rounds: [],
    })) {
      if (liveRows(morsel) === 0) continue;
      yield batchOfMorsel(arena, schema, morsel);
      arena.reset();
    }
  } finally {
    arena.reset();
  }
}

interface AppliedFilter {
  readonly filter: KeyFilter;
  readonly target: FilterTarget;
}

interface PlanRun {
  readonly context: ExecutionContext;
  /** What the nodes are called in ExecutionContext.operatorRows: several numbers where a project was computed by its reader. */
  readonly numbers: ReadonlyMap<PhysicalPlan, readonly number[]>;
  /** What joins know of the rows that their left sides deliver in vain, by the node behind which these are left out. */
  readonly filters: Map<PhysicalPlan, AppliedFilter[]>;
  /** Of the recursions whose steps this is a part of, the innermost first. */
  readonly rounds: readonly Round[];
}

function execute(plan: PhysicalPlan, run: PlanRun): MorselStream {
  const [round, ...rounds] = run.rounds;
  if (round?.invariant.has(plan)) return round.keep(plan, () => execute(plan, { ...run, rounds }));
  const { operatorRows } = run.context;
  let stream = uncounted(plan, run);
  if (operatorRows) stream = counted(stream, operatorRows, run.numbers.get(plan) ?? []);
  for (const { filter, target } of run.filters.get(plan) ?? []) {
    stream = filter.narrow(stream, target.position, target.mayStop);
  }
  return stream;
}

function uncounted(plan: PhysicalPlan, run: PlanRun): MorselStream {
  const { context } = run;
  switch (plan.kind) {
    case 'scan':
      return checked(context.scan(plan), context);
    case 'exchangeSource':
      return checked(morselsOf(context.exchange(plan)), context);
    case 'workingTable':
      return workingTable(plan, run);
    case 'join':
      return executeFiltering(plan, run);
    case 'recursive':
      return executeRecursive(
        plan,
        execute(plan.base, run),
        (round) => execute(plan.step, { ...run, rounds: [round, ...run.rounds] }),
        context,
      );
    default:
      return executeOperator(
        plan,
        children(plan).map((input) => execute(input, run)),
        context,
      );
  }
}

/** A join that, once it knows the keys of its right side, has rows left out early that its left side would deliver in vain. */
async function* executeFiltering(plan: JoinPlan, run: PlanRun): AsyncGenerator<Morsel> {
  const { context, filters } = run;
  const made: KeyFilter[] = [];
  let learn = (right: MorselStream): MorselStream => right;
  // What a recursion keeps from round to round must not depend on the round.
  const keys = needsMatch(plan.type) && run.rounds.length === 0 ? plan.keys : [];
  for (const { left, right } of keys) {
    if (left.kind !== 'column' || right.kind !== 'column') continue;
    const targets = filterTargets(plan.left, left.id);
    if (targets.length === 0) continue;
    const filter = new KeyFilter(right.type, context);
    made.push(filter);
    for (const target of targets) {
      filters.set(target.plan, [...(filters.get(target.plan) ?? []), { filter, target }]);
    }
    const before = learn;
    learn = (stream) => filter.learn(before(stream), positionOf(right, plan.right.columns));
  }
  try {
    yield* executeJoin(plan, execute(plan.left, run), learn(execute(plan.right, run)), context);
  } finally {
    for (const filter of made) filter.free();
  }
}

async function* workingTable({ table, name, fields }: WorkingTablePlan, { rounds }: PlanRun): AsyncGenerator<Morsel> {
  const round = rounds.find((each) => each.table === table);
  if (!round) throw new InternalError(`the working table ${name} is read outside of its recursion`);
  for await (const morsel of round.working()) {
    const { rows, selection } = morsel;
    yield { rows, selection, column: (index) => morsel.column(fields[index] as number) };
  }
}

async function* counted(morsels: MorselStream, rows: number[], numbers: readonly number[]): AsyncGenerator<Morsel> {
  for await (const morsel of morsels) {
    for (const number of numbers) rows[number] = (rows[number] ?? 0) + liveRows(morsel);
    yield morsel;
  }
}

/** The numbers, in preorder, that the nodes of a plan have, by the nodes that do their work. */
function numbersOf(plan: PhysicalPlan, inlined: PhysicalPlan): ReadonlyMap<PhysicalPlan, readonly number[]> {
  const numbers = new Map<PhysicalPlan, readonly number[]>();
  let next = 0;
  visit(plan, inlined, []);
  return numbers;

  function visit(node: PhysicalPlan, doing: PhysicalPlan, also: readonly number[]): void {
    numbers.set(doing, [...also, next++]);
    const workers = children(doing);
    for (const [i, input] of children(node).entries()) {
      const worker = workers[i] as PhysicalPlan;
      // A project delivers as many rows as its input.
      if (input.kind === 'project' && worker.columns !== input.columns) visit(input.input, worker, [next++]);
      else visit(input, worker, []);
    }
  }
}

/** One operator of a plan over the morsels of its inputs, one stream for each. */
export function executeOperator(
  plan: Exclude<PhysicalPlan, { readonly kind: 'scan' | 'exchangeSource' | 'recursive' | 'workingTable' }>,
  inputs: readonly MorselStream[],
  context: ExecutionContext,
): MorselStream {
  const [input] = inputs as [MorselStream];
  switch (plan.kind) {
    case 'values':
      return executeValues(plan, context);
    case 'filter':
      return executeFilter(plan, input, context);
    case 'project':
      return executeProject(plan, input, context);
    case 'join':
      return executeJoin(plan, ...(inputs as [MorselStream, MorselStream]), context);
    case 'sort':
      return executeSort(plan, input, context);
    case 'topN':
      return executeTopN(plan, input, context);
    case 'limit':
      return executeLimit(plan, input, context);
    case 'aggregate':
      return executeAggregate(plan, input, context);
    case 'window':
      return executeWindow(plan, input, context);
    case 'setOperation':
      return executeSetOperation(plan, inputs, context);
    case 'unnest':
      return executeUnnest(plan, input, context);
    case 'sample':
      return executeSample(plan, input, context);
    default:
      return assertNever(plan);
  }
}

async function* checked(morsels: MorselStream, { signal }: ExecutionContext): AsyncGenerator<Morsel> {
  throwIfAborted(signal);
  for await (const morsel of morsels) {
    yield morsel;
    throwIfAborted(signal);
  }
}

async function* morselsOf(batches: AsyncIterable<Batch>): AsyncGenerator<Morsel> {
  for await (const batch of batches) yield* morselsOfBatch(batch);
}
