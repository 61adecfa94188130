import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { columnExpr } from '../expr/build.ts';
import type { LogicalCommonTable, LogicalPlan, LogicalScan } from '../logical/logical-plan.ts';

/** Where the leaves of one block stand in another. */
export interface BlockMatch {
  /** Per leaf of the block: the leaf of the other that reads the same table. Each once. */
  readonly leaves: readonly number[];
  /** By column of the block: the same of the other. Columns that the other does not read yet stand for themselves. */
  readonly meaning: ReadonlyMap<ColumnId, Expr>;
  /** The other's leaves, which read these columns too. */
  readonly others: readonly LogicalPlan[];
}

/** More ways to match are not tried. */
const MAX_MATCHES = 24;

/** All ways to find the leaves of a block, tables and common tables all of them, among those of another. */
export function matchBlocks(leaves: readonly LogicalPlan[], others: readonly LogicalPlan[]): readonly BlockMatch[] {
  const found: (readonly number[])[] = [];
  const place = (taken: readonly number[]): void => {
    if (found.length === MAX_MATCHES) return;
    const leaf = leaves[taken.length];
    if (!leaf) {
      found.push(taken);
      return;
    }
    for (const [i, other] of others.entries()) {
      if (!taken.includes(i) && readSame(leaf, other)) place([...taken, i]);
    }
  };
  place([]);
  return found.map((places) => matched(leaves, places, others));
}

function readSame(a: LogicalPlan, b: LogicalPlan): boolean {
  if (a.kind === 'scan') return b.kind === 'scan' && a.source === b.source;
  return a.kind === 'commonTable' && b.kind === 'commonTable' && a.table === b.table;
}

type Leaf = LogicalScan | LogicalCommonTable;

function matched(
  leaves: readonly LogicalPlan[],
  places: readonly number[],
  others: readonly LogicalPlan[],
): BlockMatch {
  const meaning = new Map<ColumnId, Expr>();
  const wider = [...others];
  for (const [i, place] of places.entries()) {
    const leaf = leaves[i] as Leaf;
    let other = wider[place] as Leaf;
    for (const [j, field] of leaf.fields.entries()) {
      const column = leaf.columns[j] as Column;
      const at = other.fields.indexOf(field);
      if (at < 0) other = { ...other, fields: [...other.fields, field], columns: [...other.columns, column] };
      meaning.set(column.id, columnExpr(at < 0 ? column : (other.columns[at] as Column)));
    }
    wider[place] = other;
  }
  return { leaves: places, meaning, others: wider };
}
