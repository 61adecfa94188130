import { BOOLEAN, isInteger, type SqlType } from '../../common/types.ts';
import { type Column, caseBranch, type Expr } from '../../operators/expr/expr.ts';
import type { JoinKey, JoinType } from '../../operators/plan.ts';
import { columnExpr, conjunction, literal } from '../expr/build.ts';
import type { LogicalJoin, LogicalPlan } from '../logical/logical-plan.ts';
import { type Distribution, hashedBy, keyPositions, type Planned, withEqualities } from './distribution.ts';
import { areHashable, broadcast, gathered, partitioned, partitionsFor } from './exchanges.ts';
import { isTrue, type PhysicalJoin, physicalJoin } from './join-condition.ts';
import type { PhysicalContext } from './physical-context.ts';

/** The other side is built when it is so many times smaller than the one that the plan would build. */
const SWAP_FACTOR = 1.25;
/** How much dearer a byte is that one task works through alone, told in bytes moved. */
const ALONE_FACTOR = 4;

/** Chooses the side that is built, and where the two meet. */
export function planJoin(join: LogicalJoin, context: PhysicalContext): Planned {
  const physical = physicalJoin(join);
  if (!physical) return planThreeValuedMark(join, context);
  const left: Side = { logical: join.left, planned: context.plan(join.left) };
  const right: Side = { logical: join.right, planned: context.plan(join.right) };
  const { columns, mark } = join;
  const swapped = SWAPPED[physical.type];
  const { estimates } = context;
  const isLarger = estimates.rows(join.right) > SWAP_FACTOR * estimates.rows(join.left);
  if (swapped && isLarger && mayBuildLeft(physical, join, context)) {
    const keys = physical.keys.map(
      ({ left, right, nullsMatch }): JoinKey => ({ left: right, right: left, nullsMatch }),
    );
    const isLeft = (column: Column) => join.left.columns.some(({ id }) => id === column.id);
    const reordered = [...columns.filter((column) => !isLeft(column)), ...columns.filter(isLeft)];
    return meet({ ...physical, type: swapped, keys }, right, left, reordered, mark, context);
  }
  return meet(physical, left, right, columns, mark, context);
}

/** Rows of one key up to which trying all of its pairs costs little. */
const FEW_ROWS_OF_A_KEY = 16;

/**
 * A semi or anti join that delivers the side it builds has to find every pair where one match per row would do: not for hot keys. Of
 * single keys that are no longer than a word the rows are matched together.
 */
function mayBuildLeft({ type, keys, residual }: PhysicalJoin, { left, right }: LogicalJoin, context: PhysicalContext) {
  if (type !== 'semi' && type !== 'anti') return true;
  const [first] = keys;
  if (!first) return false;
  if (keys.length === 1 && residual === null && isWord(first.left.type)) return true;
  const rowsOfAKey = (plan: LogicalPlan, exprs: readonly Expr[]) =>
    context.estimates.rows(plan) / Math.max(1, ...exprs.map((expr) => context.estimates.distinct(plan, expr)));
  return (
    rowsOfAKey(
      left,
      keys.map((key) => key.left),
    ) <= FEW_ROWS_OF_A_KEY &&
    rowsOfAKey(
      right,
      keys.map((key) => key.right),
    ) <= FEW_ROWS_OF_A_KEY
  );
}

const isWord = (type: SqlType) => isInteger(type) || type.kind === 'date' || type.kind === 'timestamp';

/** The type with the sides exchanged. */
const SWAPPED: Readonly<Partial<Record<JoinType, JoinType>>> = {
  inner: 'inner',
  left: 'right',
  right: 'left',
  full: 'full',
  semi: 'rightSemi',
  anti: 'rightAnti',
};

interface Side {
  readonly logical: LogicalPlan;
  readonly planned: Planned;
}

interface Meeting {
  readonly left: Planned;
  readonly right: Planned;
  readonly distribution: Distribution;
}

function meet(
  join: PhysicalJoin,
  left: Side,
  right: Side,
  columns: readonly Column[],
  mark: Column | null,
  context: PhysicalContext,
): Planned {
  const { type, keys, residual } = join;
  const meeting = cheapest(join, left, right, context);
  return {
    plan: {
      kind: 'join',
      type,
      left: meeting.left.plan,
      right: meeting.right.plan,
      keys,
      residual,
      mark,
      columns,
    },
    distribution: behind(type, keys, meeting),
  };
}

/** Joins whose left rows are decided, each once, by all rows of the right side: these may be in every task. */
const isLeftDecided = (type: JoinType) =>
  type !== 'right' && type !== 'full' && type !== 'rightSemi' && type !== 'rightAnti';

/** One of three: both in one task, the right side in every task of the left one, both partitioned by the keys. */
function cheapest(join: PhysicalJoin, left: Side, right: Side, context: PhysicalContext): Meeting {
  const [l, r] = [left.planned.distribution, right.planned.distribution];
  if (l.kind === 'single' && r.kind === 'single') return together(left.planned, right.planned);
  const { estimates, limits } = context;
  const [leftBytes, rightBytes] = [estimates.bytes(left.logical), estimates.bytes(right.logical)];
  const move = (bytes: number, isNeeded: boolean) => (isNeeded ? 2 * bytes + limits.stageBytes : 0);
  const options = [
    {
      cost:
        move(leftBytes, l.kind === 'parallel') +
        move(rightBytes, r.kind === 'parallel') +
        ALONE_FACTOR * (leftBytes + rightBytes),
      meeting: () => together(gathered(left.planned), gathered(right.planned)),
    },
  ];
  if (l.kind === 'parallel' && isLeftDecided(join.type)) {
    const isFree = r.kind === 'single' && r.replicable;
    options.push({
      cost: rightBytes * l.tasks + (isFree ? 0 : rightBytes + limits.stageBytes),
      meeting: () => ({ left: left.planned, right: broadcast(right.planned), distribution: l }),
    });
  }
  const hashed = hashedMeeting(join, left.planned, right.planned, partitionsFor(context, leftBytes + rightBytes));
  if (hashed) {
    options.push({
      cost: move(leftBytes, hashed.movesLeft) + move(rightBytes, hashed.movesRight),
      meeting: hashed.meeting,
    });
  }
  return options.reduce((best, option) => (option.cost < best.cost ? option : best)).meeting();
}

const together = (left: Planned, right: Planned): Meeting => ({
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

interface HashedMeeting {
  readonly movesLeft: boolean;
  readonly movesRight: boolean;
  readonly meeting: () => Meeting;
}

/** A side that is partitioned by some of the keys already stays where it is. */
function hashedMeeting(
  { keys, needsWholeRight }: PhysicalJoin,
  left: Planned,
  right: Planned,
  partitions: number,
): HashedMeeting | null {
  const [lefts, rights] = [keys.map((key) => key.left), keys.map((key) => key.right)];
  if (needsWholeRight || !areHashable(lefts)) return null;
  const leftAt = positionsOf(left.distribution, lefts);
  const rightAt = positionsOf(right.distribution, rights);
  const stays = leftAt ?? rightAt;
  const count = leftAt ? tasksOf(left) : rightAt ? tasksOf(right) : partitions;
  if (count === 1) return null;
  const positions = stays ?? keys.map((_, i) => i);
  const movesLeft = leftAt === null;
  const movesRight = !(rightAt && tasksOf(right) === count && rightAt.join() === positions.join());
  const pick = (exprs: readonly Expr[]) => positions.map((i) => exprs[i] as Expr);
  return {
    movesLeft,
    movesRight,
    meeting: () => ({
      left: movesLeft ? partitioned(left, pick(lefts), count) : left,
      right: movesRight ? partitioned(right, pick(rights), count) : right,
      distribution: hashedBy(pick(lefts), count),
    }),
  };
}

const tasksOf = ({ distribution }: Planned) => (distribution.kind === 'single' ? 1 : distribution.tasks);

/** A stage that scans has no partitions that others could fit. */
function positionsOf(distribution: Distribution, exprs: readonly Expr[]): readonly number[] | null {
  return distribution.kind === 'parallel' && distribution.over === 'partitions'
    ? keyPositions(distribution, exprs)
    : null;
}

/** What is known of the rows behind the join. */
function behind(type: JoinType, keys: readonly JoinKey[], { left, right, distribution }: Meeting): Distribution {
  if (distribution.kind === 'single') return distribution;
  const [lefts, rights] = [keys.map((key) => key.left), keys.map((key) => key.right)];
  switch (type) {
    case 'inner':
      return withEqualities(left.distribution, lefts, rights);
    case 'right':
    case 'rightSemi':
    case 'rightAnti':
      return right.distribution;
    case 'full':
      return { ...distribution, keys: [] };
    default:
      return left.distribution;
  }
}

/**
 * A mark of IN by another comparison than equality: true where one is true, else NULL where one is NULL, else false. Two joins ask
 * for the two.
 */
function planThreeValuedMark(join: LogicalJoin, context: PhysicalContext): Planned {
  const { condition, left, mark, columns } = join;
  const compare = join.compare as Expr;
  const parts = condition ? [condition] : [];
  const isNull: Expr = { kind: 'isNull', input: compare, negated: false, type: BOOLEAN };
  const asked = (input: LogicalPlan, question: Expr): LogicalJoin => {
    const answer = context.ids.column((mark as Column).name, BOOLEAN, false);
    return {
      ...join,
      left: input,
      condition: conjunction([...parts, question]),
      compare: null,
      mark: answer,
      columns: [...input.columns, answer],
    };
  };
  const first = context.once(join, 'first question', () => asked(left, isTrue(compare)));
  const second = context.once(join, 'second question', () => asked(first, isNull));
  const { plan, distribution } = planJoin(second, context);
  const value: Expr = {
    kind: 'case',
    branches: [
      caseBranch(columnExpr(first.mark as Column), literal(true, BOOLEAN)),
      caseBranch(columnExpr(second.mark as Column), literal(null, BOOLEAN)),
    ],
    otherwise: literal(false, BOOLEAN),
    type: BOOLEAN,
  };
  const exprs = columns.map((column) => (column.id === mark?.id ? value : columnExpr(column)));
  return { plan: { kind: 'project', input: plan, exprs, columns }, distribution };
}
