import { assertNever } from '../../common/errors.ts';
import type { Column } from '../../operators/expr/expr.ts';
import { inputs, type LogicalApply, type LogicalJoin, type LogicalPlan, withInputs } from './logical-plan.ts';

/**
 * The node over inputs that may deliver more columns, or in another order: what passes columns on passes on all of them. Nodes
 * that take their inputs by position (set operations, common tables, recursion) need inputs whose columns stand as before.
 */
export function overInputs(plan: LogicalPlan, replaced: readonly LogicalPlan[]): LogicalPlan {
  if (inputs(plan).every((input, i) => input === replaced[i])) return plan;
  const node = withInputs(plan, replaced);
  switch (node.kind) {
    case 'filter':
    case 'sample':
    case 'sort':
    case 'limit':
      return { ...node, columns: node.input.columns };
    case 'with':
      return { ...node, columns: node.body.columns };
    case 'window':
    case 'unnest': {
      const before = (plan as typeof node).input.columns.length;
      return { ...node, columns: [...node.input.columns, ...node.columns.slice(before)] };
    }
    case 'join':
    case 'apply':
      return { ...node, columns: pairColumns(node) };
    case 'scan':
    case 'values':
    case 'commonTable':
    case 'workingTable':
    case 'project':
    case 'aggregate':
    case 'setOperation':
    case 'recursive':
      return node;
    default:
      return assertNever(node);
  }
}

type Pairs = Pick<LogicalJoin | LogicalApply, 'type' | 'left' | 'right' | 'mark'>;

/** All that a join of this type can deliver. */
export function pairColumns({ type, left, right, mark }: Pairs): readonly Column[] {
  switch (type) {
    case 'semi':
    case 'anti':
      return left.columns;
    case 'mark':
      return mark ? [...left.columns, mark] : left.columns;
    case 'inner':
      return [...left.columns, ...right.columns];
    case 'left':
      return [...left.columns, ...right.columns.map(optional)];
    case 'right':
      return [...left.columns.map(optional), ...right.columns];
    case 'full':
      return [...left.columns, ...right.columns].map(optional);
    default:
      return assertNever(type);
  }
}

const optional = (column: Column): Column => (column.nullable ? column : { ...column, nullable: true });

/** A join that delivers all it can. */
export function join(parts: Omit<LogicalJoin, 'kind' | 'columns'>): LogicalJoin {
  return { kind: 'join', ...parts, columns: pairColumns(parts) };
}
