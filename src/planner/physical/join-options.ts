import type { Expr } from '../../operators/expr/expr.ts';
import type { JoinType } from '../../operators/plan.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { type Distribution, hashedBy, keyPositions, type Planned } from './distribution.ts';
import { areHashable, broadcast, gathered, isMoved, partitioned, partitionsFor } from './exchanges.ts';
import type { PhysicalJoin } from './join-condition.ts';
import type { PhysicalContext, Size } from './physical-context.ts';

/** How much dearer a byte of many tasks is that one works through alone, told in bytes moved. */
const ALONE_FACTOR = 4;
/** Partitions that are written where nobody knows how many bytes there will be; adjacent ones are read together. */
const SPARE_PARTITIONS = 32;

export interface Side {
  readonly logical: LogicalPlan;
  readonly planned: Planned;
  readonly size: Size;
}

export interface Meeting {
  readonly left: Planned;
  readonly right: Planned;
  readonly distribution: Distribution;
}

/** A way for the sides of a join, of which the right one is built, to meet. */
export interface JoinOption {
  readonly kind: 'together' | 'broadcast' | 'partitioned';
  /** Bytes moved for sides of so many bytes; other costs are told in such bytes. */
  cost(leftBytes: number, rightBytes: number): number;
  meeting(): Meeting;
}

export interface JoinOptions {
  readonly together: JoinOption;
  readonly broadcast: JoinOption | null;
  readonly partitioned: PartitionedOption | null;
}

export interface PartitionedOption extends JoinOption {
  /** All of the right side for each task of the left one, but written by partition, so that both ways are open when its size is known. */
  readonly undecided: (() => Meeting) | null;
}

/** Joins whose left rows are decided, each once, by all rows of the right side: these may be in every task. */
const isLeftDecided = (type: JoinType) =>
  type !== 'right' && type !== 'full' && type !== 'rightSemi' && type !== 'rightAnti';

/** Both in one task, the right side in every task of the left one, both partitioned by the keys: as far as the join allows it. */
export function joinOptions(join: PhysicalJoin, left: Side, right: Side, context: PhysicalContext): JoinOptions {
  return {
    together: inOneTask(left, right, context),
    broadcast: everywhere(join, left, right, context),
    partitioned: byKeys(join, left, right, context),
  };
}

function inOneTask(left: Side, right: Side, context: PhysicalContext): JoinOption {
  const cost = (bytes: number, { planned }: Side) => {
    const isNeeded = planned.distribution.kind === 'parallel';
    return moving(bytes, isNeeded, planned, context) + (isNeeded ? ALONE_FACTOR * bytes : 0);
  };
  return {
    kind: 'together',
    cost: (leftBytes, rightBytes) => cost(leftBytes, left) + cost(rightBytes, right),
    meeting: () => together(gathered(left.planned), gathered(right.planned)),
  };
}

export const together = (left: Planned, right: Planned): Meeting => ({
  left,
  right,
  distribution:
    left.distribution.kind === 'single' && right.distribution.kind === 'single' ? both(left, right) : left.distribution,
});

/** Work that every task may do for itself stays such only if all of it is. */
const both = (left: Planned, right: Planned): Distribution => {
  const isReplicable = ({ distribution }: Planned) => distribution.kind === 'single' && distribution.replicable;
  return { kind: 'single', replicable: isReplicable(left) && isReplicable(right) };
};

function everywhere({ type }: PhysicalJoin, left: Side, right: Side, context: PhysicalContext): JoinOption | null {
  const { distribution } = left.planned;
  const { planned } = right;
  if (distribution.kind !== 'parallel' || !isLeftDecided(type)) return null;
  const isThere = (planned.distribution.kind === 'single' && planned.distribution.replicable) || isMoved(right.planned);
  return {
    kind: 'broadcast',
    cost: (leftBytes, rightBytes) =>
      moving(leftBytes, false, left.planned, context) +
      rightBytes * readersOf(left, leftBytes, context) +
      (isThere ? 0 : rightBytes + context.limits.stageBytes),
    meeting: () => ({ left: left.planned, right: broadcast(planned), distribution }),
  };
}

/** Tasks that will read what is partitioned already: adjacent partitions are read together. */
function readersOf({ planned }: Side, bytes: number, context: PhysicalContext): number {
  const tasks = tasksOf(planned);
  return isMoved(planned) ? Math.min(tasks, partitionsFor(context, bytes)) : tasks;
}

/** What it takes to move rows, or only to read them where they have been moved before. */
function moving(bytes: number, isNeeded: boolean, planned: Planned, { limits }: PhysicalContext): number {
  if (!isNeeded) return isMoved(planned) ? bytes : 0;
  return 2 * bytes + limits.stageBytes;
}

/** A side that is partitioned by some of the keys already stays where it is. */
function byKeys(
  { keys, needsWholeRight, type }: PhysicalJoin,
  { planned: left, size: leftSize }: Side,
  { planned: right, size: rightSize }: Side,
  context: PhysicalContext,
): PartitionedOption | null {
  const [l, r] = [left.distribution, right.distribution];
  const [lefts, rights] = [keys.map((key) => key.left), keys.map((key) => key.right)];
  if (needsWholeRight || !areHashable(lefts)) return null;
  const leftAt = positionsOf(l, lefts);
  const rightAt = positionsOf(r, rights);
  const stays = leftAt ?? rightAt;
  const count = leftAt ? tasksOf(left) : rightAt ? tasksOf(right) : spread(leftSize, rightSize, context);
  if (count === 1) return null;
  const positions = stays ?? keys.map((_, i) => i);
  const movesLeft = leftAt === null;
  const movesRight = !(rightAt && tasksOf(right) === count && rightAt.join() === positions.join());
  const pick = (exprs: readonly Expr[]) => positions.map((i) => exprs[i] as Expr);
  const mayBeWhole = (l.kind === 'single' ? r.kind === 'parallel' : isLeftDecided(type)) && !isMoved(right);
  return {
    kind: 'partitioned',
    cost: (leftBytes, rightBytes) =>
      moving(leftBytes, movesLeft, left, context) + moving(rightBytes, movesRight, right, context),
    meeting: () => ({
      left: movesLeft ? partitioned(left, pick(lefts), count) : left,
      right: movesRight ? partitioned(right, pick(rights), count) : right,
      distribution: hashedBy(pick(lefts), count),
    }),
    undecided: mayBeWhole
      ? () => {
          const written = partitioned(right, pick(rights), count);
          return l.kind === 'single'
            ? together(left, gathered(written))
            : { left, right: broadcast(written), distribution: l };
        }
      : null,
  };
}

/** Over how many tasks both sides are spread. */
function spread(left: Size, right: Size, context: PhysicalContext): number {
  const likely = partitionsFor(context, left.bytes + right.bytes);
  const most = partitionsFor(context, left.high + right.high);
  return Math.max(likely, Math.min(SPARE_PARTITIONS, most));
}

const tasksOf = ({ distribution }: Planned) => (distribution.kind === 'single' ? 1 : distribution.tasks);

/** A stage that scans has no partitions that others could fit. */
function positionsOf(distribution: Distribution, exprs: readonly Expr[]): readonly number[] | null {
  return distribution.kind === 'parallel' && distribution.over === 'partitions'
    ? keyPositions(distribution, exprs)
    : null;
}
