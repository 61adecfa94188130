import { assertNever } from '../../src/common/errors.ts';
import type { Expr } from '../../src/operators/expr/expr.ts';
import type { FrameBound, WindowCall, WindowFrame, WindowPlan } from '../../src/operators/plan.ts';
import { isTotal, sortKey } from './duckdb-plan.ts';
import { duckdbType } from './duckdb-sql.ts';
import { Refusal } from './refusal.ts';

/** Functions that look at the whole partition, whatever the frame. */
const UNFRAMED: ReadonlySet<string> = new Set(
  'row_number rank dense_rank percent_rank cume_dist ntile lag lead'.split(' '),
);
/** Functions that tell the peers of a row apart. */
const POSITIONAL: ReadonlySet<string> = new Set(
  'row_number ntile lag lead first_value last_value nth_value'.split(' '),
);
const PEERWISE: ReadonlySet<string> = new Set(
  'rank dense_rank percent_rank cume_dist count sum avg min max bool_and bool_or'.split(' '),
);

export function duckdbWindowCall(plan: WindowPlan, call: WindowCall, sqlOf: (expr: Expr) => string): string {
  const { function: name, args, frame } = call;
  if (!POSITIONAL.has(name) && !PEERWISE.has(name)) throw new Refusal('aggregate', name);
  const keys = [...plan.partitionBy, ...plan.orderBy.map(({ expr }) => expr)];
  if ((POSITIONAL.has(name) || frame.unit === 'rows') && !isTotal(keys, plan.input.columns)) {
    throw new Refusal('window without order', name);
  }
  const partition = plan.partitionBy.length > 0 ? [`PARTITION BY ${plan.partitionBy.map(sqlOf).join(', ')}`] : [];
  const order = plan.orderBy.length > 0 ? [`ORDER BY ${plan.orderBy.map(sortKey).join(', ')}`] : [];
  const frames = UNFRAMED.has(name) ? [] : [frameSql(frame, sqlOf)];
  const list = name === 'count' && args.length === 0 ? '*' : args.map(sqlOf).join(', ');
  const nulls = call.ignoreNulls ? ' IGNORE NULLS' : '';
  const where = call.filter ? ` FILTER (WHERE ${sqlOf(call.filter)})` : '';
  const text = `${name}(${call.distinct ? 'DISTINCT ' : ''}${list}${nulls})${where}`;
  return `CAST(${text} OVER (${[...partition, ...order, ...frames].join(' ')}) AS ${duckdbType(call.type)})`;
}

const EXCLUSIONS: Readonly<Record<WindowFrame['exclude'], string>> = {
  noOthers: '',
  currentRow: ' EXCLUDE CURRENT ROW',
  group: ' EXCLUDE GROUP',
  ties: ' EXCLUDE TIES',
};

function frameSql({ unit, start, end, exclude }: WindowFrame, sqlOf: (expr: Expr) => string): string {
  if (start.kind === 'unboundedFollowing' || end.kind === 'unboundedPreceding' || isEmpty(start, end)) {
    throw new Refusal('bounds of a frame');
  }
  return `${unit.toUpperCase()} BETWEEN ${bound(start, sqlOf)} AND ${bound(end, sqlOf)}${EXCLUSIONS[exclude]}`;
}

/** With EXCLUDE TIES DuckDB finds a row in such a frame. */
function isEmpty(start: FrameBound, end: FrameBound): boolean {
  if (!('offset' in start && 'offset' in end) || start.kind !== end.kind) return false;
  if (start.offset.kind !== 'literal' || end.offset.kind !== 'literal') return false;
  const [from, to] = [Number(start.offset.value), Number(end.offset.value)];
  return start.kind === 'following' ? from > to : from < to;
}

function bound(of: FrameBound, sqlOf: (expr: Expr) => string): string {
  switch (of.kind) {
    case 'unboundedPreceding':
      return 'UNBOUNDED PRECEDING';
    case 'unboundedFollowing':
      return 'UNBOUNDED FOLLOWING';
    case 'currentRow':
      return 'CURRENT ROW';
    case 'preceding':
      return `${sqlOf(of.offset)} PRECEDING`;
    case 'following':
      return `${sqlOf(of.offset)} FOLLOWING`;
    default:
      return assertNever(of);
  }
}
