import { assertNever } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../expr/expr.ts';
import type { JoinPlan, JoinType, PhysicalPlan } from '../plan.ts';

/** Where rows may be left out early: behind `plan`, by its column at `position`. */
export interface FilterTarget {
  readonly plan: PhysicalPlan;
  readonly position: number;
  /**
   * A filter that leaves little out may stop doing so: the rows that come through are all complete. Behind an aggregation, for one,
   * they would be groups of some of their rows; nobody wants them, but an expression could stumble over them.
   */
  readonly mayStop: boolean;
}

/** What lies between the join that filters and a node below. */
interface Path {
  /** Something that costs more than a filter sees fewer rows. */
  readonly isWorth: boolean;
  readonly mayStop: boolean;
}

/** Behind an operator whose rows are complete, whatever other rows there are. */
const rowwise = ({ mayStop }: Path): Path => ({ isWorth: true, mayStop });
const WHOLE: Path = { isWorth: true, mayStop: false };

/** Joins that deliver nothing of a left row without a match. */
export const needsMatch = (type: JoinType): boolean =>
  type === 'inner' || type === 'right' || type === 'semi' || type === 'rightSemi' || type === 'rightAnti';

/**
 * The places below `plan` where rows may be left out whose column `id` has none of the values that are wanted of it, because
 * then they are missing in the plan's result exactly where it has other values. Not worth it, and left out, where nothing but
 * filters and projects would see fewer rows.
 */
export function filterTargets(plan: PhysicalPlan, id: ColumnId): readonly FilterTarget[] {
  return targets(plan, id, { isWorth: false, mayStop: true });
}

function targets(plan: PhysicalPlan, id: ColumnId, path: Path): readonly FilterTarget[] {
  switch (plan.kind) {
    case 'scan':
    case 'exchangeSource':
      return path.isWorth ? here(plan, id, path) : [];
    case 'filter':
      // The filter's own predicate goes first: its columns are decoded anyway.
      return plan.input.kind === 'scan' && path.isWorth ? here(plan, id, path) : targets(plan.input, id, path);
    case 'sort':
    case 'unnest':
      return targets(plan.input, id, rowwise(path));
    case 'project':
      return through(plan.input, plan.columns, plan.exprs, id, path);
    case 'aggregate':
      if (plan.groupingSets !== null) return [];
      return through(plan.input, plan.columns, plan.groups, id, WHOLE);
    case 'window':
      return plan.partitionBy.some((expr) => isColumn(expr, id)) ? targets(plan.input, id, WHOLE) : [];
    case 'setOperation': {
      const at = plan.columns.findIndex((column) => column.id === id);
      return plan.inputs.flatMap((input) => {
        const column = at < 0 ? undefined : input.columns[at];
        return column ? targets(input, column.id, plan.operation === 'union' && plan.all ? path : WHOLE) : [];
      });
    }
    case 'join':
      return joinTargets(plan, id, path);
    case 'values':
    case 'topN':
    case 'limit':
    case 'sample':
    case 'recursive':
    case 'workingTable':
      return [];
    default:
      return assertNever(plan);
  }
}

const here = (plan: PhysicalPlan, id: ColumnId, { mayStop }: Path): readonly FilterTarget[] => {
  const position = plan.columns.findIndex((column) => column.id === id);
  return position < 0 ? [] : [{ plan, position, mayStop }];
};

const isColumn = (expr: Expr | undefined, id: ColumnId) => expr?.kind === 'column' && expr.id === id;

/** Columns that are computed as plain columns of the input. */
function through(
  input: PhysicalPlan,
  columns: readonly Column[],
  exprs: readonly Expr[],
  id: ColumnId,
  path: Path,
): readonly FilterTarget[] {
  const expr = exprs[columns.findIndex((column) => column.id === id)];
  return expr?.kind === 'column' ? targets(input, expr.id, path) : [];
}

function joinTargets(plan: JoinPlan, id: ColumnId, above: Path): readonly FilterTarget[] {
  const { type, keys, left, right } = plan;
  const has = (side: PhysicalPlan) => side.columns.some((column) => column.id === id);
  const path = type === 'inner' || type === 'semi' || type === 'rightSemi' ? rowwise(above) : WHOLE;
  const found: FilterTarget[] = [];
  if (has(left) && keepsLeftRows(type)) {
    found.push(...targets(left, id, path));
    for (const key of isDecidedByPairs(type) ? keys : []) {
      if (isColumn(key.left, id) && key.right.kind === 'column') found.push(...targets(right, key.right.id, path));
    }
  } else if (has(right) && keepsRightRows(type)) {
    found.push(...targets(right, id, path));
    for (const key of keys) {
      if (isColumn(key.right, id) && key.left.kind === 'column') found.push(...targets(left, key.left.id, path));
    }
  }
  return found;
}

/** Joins whose result, without the rows of some left rows, is that without these left rows. */
const keepsLeftRows = (type: JoinType): boolean =>
  type === 'inner' ||
  type === 'left' ||
  type === 'semi' ||
  type === 'anti' ||
  type === 'nullAwareAnti' ||
  type === 'mark';

/** As `keepsLeftRows`, for the right side. */
const keepsRightRows = (type: JoinType): boolean =>
  type === 'inner' || type === 'right' || type === 'rightSemi' || type === 'rightAnti';

/** Of those, joins to which right rows that match none of the left rows make no difference. */
const isDecidedByPairs = (type: JoinType): boolean =>
  type === 'inner' || type === 'left' || type === 'semi' || type === 'anti';
