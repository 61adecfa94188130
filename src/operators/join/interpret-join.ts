import { assertNever } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import { comparator } from '../expr/compare-values.ts';
import type { Column, Expr } from '../expr/expr.ts';
import { interpret, positionOf } from '../expr/interpret.ts';
import type { JoinKey, JoinPlan } from '../plan.ts';
import { columnValues, type Rows, rowCount, rowsOfArrays } from '../rows.ts';
import { rowKey, type ValueKey } from '../value-key.ts';

type Row = readonly Value[];

interface Keyed {
  readonly row: Row;
  readonly keys: Row;
}

/** Rows delivered at once. */
const CHUNK = 4096;

/**
 * Joins in JavaScript's memory. Rows come in the order of the left side, those of one left row in the order of the right side; right
 * rows without a match last.
 */
export async function* interpretJoin(
  plan: JoinPlan,
  left: AsyncIterable<Rows>,
  right: AsyncIterable<Rows>,
): AsyncGenerator<Rows> {
  const deliver = pairsToColumns(plan);
  let pairs: Pair[] = [];
  for await (const pair of joinRows(plan, left, right)) {
    pairs.push(pair);
    if (pairs.length < CHUNK) continue;
    yield deliver(pairs);
    pairs = [];
  }
  yield deliver(pairs);
}

interface Pair {
  readonly left: Row | null;
  readonly right: Row | null;
  readonly mark?: boolean | null;
}

async function* joinRows(plan: JoinPlan, left: AsyncIterable<Rows>, right: AsyncIterable<Rows>): AsyncGenerator<Pair> {
  const { type } = plan;
  const rightRows: Keyed[] = [];
  for await (const keyed of keyedRows(
    right,
    plan.right.columns,
    plan.keys.map((key) => key.right),
  )) {
    rightRows.push(keyed);
  }
  const candidates = candidateFinder(plan, rightRows);
  const holds = pairTest(plan);
  const matched = new Set<Keyed>();
  for await (const leftRow of keyedRows(
    left,
    plan.left.columns,
    plan.keys.map((key) => key.left),
  )) {
    const matches: Keyed[] = [];
    let unknown = false;
    for (const rightRow of candidates(leftRow)) {
      const result = holds(leftRow, rightRow);
      if (result === null) unknown = true;
      if (result === true) matches.push(rightRow);
    }
    switch (type) {
      case 'inner':
      case 'left':
      case 'right':
      case 'full':
        for (const match of matches) {
          matched.add(match);
          yield { left: leftRow.row, right: match.row };
        }
        if (matches.length === 0 && (type === 'left' || type === 'full')) yield { left: leftRow.row, right: null };
        break;
      case 'rightSemi':
      case 'rightAnti':
        for (const match of matches) matched.add(match);
        break;
      case 'semi':
        if (matches.length > 0) yield { left: leftRow.row, right: null };
        break;
      case 'anti':
        if (matches.length === 0) yield { left: leftRow.row, right: null };
        break;
      case 'nullAwareAnti':
        if (matches.length === 0 && !unknown) yield { left: leftRow.row, right: null };
        break;
      case 'mark':
        yield { left: leftRow.row, right: null, mark: matches.length > 0 ? true : unknown ? null : false };
        break;
      default:
        assertNever(type);
    }
  }
  if (type !== 'right' && type !== 'full' && type !== 'rightSemi' && type !== 'rightAnti') return;
  for (const rightRow of rightRows) {
    if (matched.has(rightRow) === (type === 'rightSemi')) yield { left: null, right: rightRow.row };
  }
}

async function* keyedRows(
  input: AsyncIterable<Rows>,
  columns: readonly Column[],
  exprs: readonly Expr[],
): AsyncGenerator<Keyed> {
  const compute = exprs.map((expr) => interpret(expr, columns));
  for await (const rows of input) {
    const values = rows.columns.map(({ read }) => columnValues(rows, read));
    for (let i = 0; i < rowCount(rows); i++) {
      const row = values.map((column) => column[i] as Value);
      yield { row, keys: compute.map((key) => key(row)) };
    }
  }
}

/** True, false or NULL: the keys compared as SQL compares rows, where the residual is true; false where it is not. */
function pairTest({ keys, residual, left, right }: JoinPlan): (left: Keyed, right: Keyed) => boolean | null {
  const compare = keys.map(keysEqual);
  const test = residual && interpret(residual, [...left.columns, ...right.columns]);
  return (leftRow, rightRow) => {
    let equal: boolean | null = true;
    for (let i = 0; i < compare.length; i++) {
      const result = compare[i]?.(leftRow.keys[i] as Value, rightRow.keys[i] as Value);
      if (result === false) return false;
      if (result === null) equal = null;
    }
    return !test || test([...leftRow.row, ...rightRow.row]) === true ? equal : false;
  };
}

function keysEqual({ left, nullsMatch }: JoinKey): (a: Value, b: Value) => boolean | null {
  const compare = left.type.kind === 'null' ? () => 0 : comparator(left.type);
  return (a, b) => {
    if (a === null || b === null) return nullsMatch ? a === b : null;
    return compare(a, b) === 0;
  };
}

/** The right rows, in their order, that may match a left row or leave open whether they do. */
function candidateFinder({ keys, type }: JoinPlan, rightRows: readonly Keyed[]): (left: Keyed) => readonly Keyed[] {
  const isOpen = (row: Keyed) => keys.some(({ nullsMatch }, i) => !nullsMatch && row.keys[i] === null);
  const threeValued = type === 'mark' || type === 'nullAwareAnti';
  const openRows = threeValued ? rightRows.filter(isOpen) : [];
  const keyOf = rowKey(keys.map((key) => key.left.type));
  const byKey = new Map<ValueKey, Keyed[]>();
  for (const row of rightRows) {
    if (isOpen(row)) continue;
    const key = keyOf(row.keys);
    const known = byKey.get(key);
    if (known) known.push(row);
    else byKey.set(key, [row]);
  }
  return (leftRow) => {
    if (isOpen(leftRow)) return threeValued ? rightRows : [];
    return [...(byKey.get(keyOf(leftRow.keys)) ?? []), ...openRows];
  };
}

function pairsToColumns(plan: JoinPlan): (pairs: readonly Pair[]) => Rows {
  const { left, right, mark } = plan;
  const readers = plan.columns.map((column): ((pair: Pair) => Value) => {
    if (mark && column.id === mark.id) return (pair) => pair.mark ?? null;
    if (left.columns.some(({ id }) => id === column.id)) {
      const position = positionOf(column, left.columns);
      return (pair) => (pair.left ? (pair.left[position] as Value) : null);
    }
    const position = positionOf(column, right.columns);
    return (pair) => (pair.right ? (pair.right[position] as Value) : null);
  });
  return (pairs) =>
    rowsOfArrays(
      readers.map((read) => pairs.map(read)),
      pairs.length,
    );
}
