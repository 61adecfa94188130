import { assertNever, InternalError } from '../../common/errors.ts';
import { type StageId, stageId } from '../../common/ids.ts';
import { type PhysicalPlan, preorder } from '../../operators/plan.ts';
import { type DistributedPlan, type ExchangePlan, withoutExchanges } from '../physical/distributed-plan.ts';
import type { PhysicalQuery } from '../physical/plan-physical.ts';
import type { StageOutput } from './stage-graph.ts';

/** Bounds divide a piece of each producer: of so many a task it reads that share more than its own. */
const PIECES_PER_TASK = 2;
const MOST_PIECES_PER_TASK = 16;
/** Each of them is named, with its keys, in the report of every task that sorts. */
const ENOUGH_PIECES = 512;

/** A stage before its tasks are known. */
export interface StagePlan {
  readonly id: StageId;
  readonly plan: PhysicalPlan;
  readonly inputs: readonly InputPlan[];
  /** Stages that have to be there before it begins, besides its inputs. */
  readonly after: readonly StageId[];
  readonly output: StageOutput;
  /** The exchange that its rows go through; null: they are the result. */
  readonly exchange: ExchangePlan | null;
  /** Rows that each node of the plan, in preorder, is thought to deliver; null: nobody has thought of it. */
  readonly estimatedRows: readonly (number | null)[];
}

/** What a stage reads of another one. */
export interface InputPlan {
  readonly stage: StageId;
  readonly exchange: ExchangePlan;
  /** All of it in every task, though it may be partitioned. */
  readonly whole: boolean;
}

/** The id of the stage whose rows go through an exchange (null: of the last one), and which of them are stages already. */
export interface CutOptions {
  readonly idOf: (exchange: ExchangePlan | null) => StageId;
  readonly isBegun: (exchange: ExchangePlan) => boolean;
}

export interface RangeReaders {
  readonly tasks: number;
  /** So many of the first rows are all that is wanted; null: every row is. */
  readonly first: number | null;
}

/** Cuts at the exchanges; producers come first, the stage that delivers the result last. What has begun is not cut again. */
export function cutStages(
  { plan: root, rows }: Pick<PhysicalQuery, 'plan' | 'rows'>,
  { idOf, isBegun }: CutOptions = inOrderOfStages(),
): readonly StagePlan[] {
  const stages: StagePlan[] = [];
  const known = new Map<ExchangePlan, StageId>();
  cut(root, null);
  return stages;

  function cut(plan: DistributedPlan, exchange: ExchangePlan | null): StageId {
    const inputs = new Map<StageId, InputPlan>();
    const estimates = new Map<PhysicalPlan, number | null>();
    const own = build(plan);
    const after = exchange?.after?.map(stageOf) ?? [];
    const id = idOf(exchange);
    const estimatedRows = preorder(own).map((node) => estimates.get(node) ?? null);
    const output: StageOutput = exchange ? outputOf(exchange) : { kind: 'whole' };
    stages.push({ id, plan: own, inputs: [...inputs.values()], after, output, exchange, estimatedRows });
    return id;

    function build(node: DistributedPlan): PhysicalPlan {
      const built = operator(node);
      const computed = node.kind === 'whole' ? node.exchange.input : node.kind === 'exchange' ? node.input : node;
      estimates.set(built, rows.get(computed) ?? null);
      return built;
    }

    function operator(node: DistributedPlan): PhysicalPlan {
      if (node.kind === 'whole') return source(node.exchange, true);
      return node.kind === 'exchange' ? source(node, !isDivided(node)) : withoutExchanges(node, build);
    }

    function source(exchange: ExchangePlan, whole: boolean): PhysicalPlan {
      const stage = stageOf(exchange);
      if (inputs.get(stage)?.whole === !whole) throw new InternalError(`stage ${stage} is read in two ways at once`);
      inputs.set(stage, { stage, exchange, whole });
      return { kind: 'exchangeSource', stage, columns: exchange.columns };
    }
  }

  function stageOf(exchange: ExchangePlan): StageId {
    const stage = known.get(exchange) ?? (isBegun(exchange) ? idOf(exchange) : cut(exchange.input, exchange));
    known.set(exchange, stage);
    return stage;
  }
}

function inOrderOfStages(): CutOptions {
  let next = 0;
  return { idOf: () => stageId(next++), isBegun: () => false };
}

const isDivided = ({ output }: ExchangePlan) => output.kind === 'hash' || output.kind === 'range';

function outputOf({ output }: ExchangePlan): StageOutput {
  switch (output.kind) {
    case 'gather':
    case 'broadcast':
      return { kind: 'whole' };
    case 'hash': {
      const { keys, partitions } = output;
      if (partitions < 2) throw new InternalError(`rows partitioned into ${partitions} parts`);
      return { kind: 'hash', keys, of: partitions, divisor: 1, partitions };
    }
    case 'range':
      return { kind: 'range', keys: output.keys, partitions: piecesFor(output.tasks) };
    default:
      return assertNever(output);
  }
}

export const rangesOf = ({ output }: ExchangePlan): RangeReaders | null =>
  output.kind === 'range' ? { tasks: output.tasks, first: output.first } : null;

/** Pieces that a task cuts its sorted rows into, so that `tasks` ranges made of them are about equal and few rows are read in vain. */
function piecesFor(tasks: number): number {
  return Math.max(tasks * PIECES_PER_TASK, Math.min(tasks * MOST_PIECES_PER_TASK, ENOUGH_PIECES));
}
