import { BOOLEAN, isInteger, type SqlType } from '../../common/types.ts';
import { type Column, caseBranch, type Expr } from '../../operators/expr/expr.ts';
import type { JoinKey, JoinType } from '../../operators/plan.ts';
import { columnExpr, conjunction, literal } from '../expr/build.ts';
import type { LogicalJoin, LogicalPlan } from '../logical/logical-plan.ts';
import { chooseMeeting, type Orientation } from './choose-meeting.ts';
import { type Distribution, type Planned, withEqualities } from './distribution.ts';
import { isTrue, type PhysicalJoin, physicalJoin } from './join-condition.ts';
import type { Meeting, Side } from './join-options.ts';
import type { PhysicalContext } from './physical-context.ts';

/** The other side is built when it is so many times smaller than the one that the plan would build. */
const SWAP_FACTOR = 1.25;
/** Chooses the side that is built, and where the two meet. */
export function planJoin(join: LogicalJoin, context: PhysicalContext): Planned {
  const physical = physicalJoin(join);
  if (!physical) return planThreeValuedMark(join, context);
  const left = sideOf(join.left, context);
  const right = sideOf(join.right, context);
  const asWritten: Built = { join: physical, left, right, columns: join.columns };
  const swapped = SWAPPED[physical.type];
  const { estimates } = context;
  const isLarger = estimates.rows(join.right) > SWAP_FACTOR * estimates.rows(join.left);
  if (!swapped || !mayBuildLeft(physical, join, context)) return built(join, [asWritten], context);
  const keys = physical.keys.map(({ left, right, nullsMatch }): JoinKey => ({ left: right, right: left, nullsMatch }));
  const isLeft = (column: Column) => join.left.columns.some(({ id }) => id === column.id);
  const reordered = [...join.columns.filter((column) => !isLeft(column)), ...join.columns.filter(isLeft)];
  const mirrored: Built = {
    join: { ...physical, type: swapped, keys },
    left: right,
    right: left,
    columns: reordered,
  };
  return built(join, isLarger ? [mirrored, asWritten] : [asWritten, mirrored], context);
}

interface Built extends Orientation {
  readonly columns: readonly Column[];
}

const sideOf = (logical: LogicalPlan, context: PhysicalContext): Side => ({
  logical,
  planned: context.plan(logical),
  size: context.size(logical),
});

function built(
  { mark }: LogicalJoin,
  orientations: readonly [Built, ...(readonly Built[])],
  context: PhysicalContext,
): Planned {
  const meeting = chooseMeeting(orientations, context);
  const { join, columns } = meeting.orientation;
  const { type, keys, residual } = join;
  const { left, right } = meeting;
  return {
    plan: { kind: 'join', type, left: left.plan, right: right.plan, keys, residual, mark, columns },
    distribution: behind(type, keys, meeting),
  };
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
