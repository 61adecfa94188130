import { ExecutionError } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { compileExpr } from '../../operators/expr/interpret.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import type { PartitionTest } from '../catalog/table-source.ts';
import type { LogicalScan } from './logical-plan.ts';

/** What the scan's predicate says of the files' partitions; null when it says nothing. */
export function partitionTest({ source, columns, fields, predicate }: LogicalScan): PartitionTest | null {
  const partitions = source.partitionColumns ?? [];
  if (!predicate || partitions.length === 0) return null;
  const known = new Map<ColumnId, number>();
  for (const [i, { id }] of columns.entries()) {
    const position = partitions.indexOf(fields[i] as number);
    if (position >= 0) known.set(id, position);
  }
  return known.size === 0 ? null : testOf(predicate, known);
}

/** Null when other columns can make it true whatever the partition. */
function testOf(predicate: Expr, known: ReadonlyMap<ColumnId, number>): PartitionTest | null {
  if (isTold(predicate, known)) return computed(predicate, known);
  if (predicate.kind === 'and') {
    const tests = predicate.args.map((arg) => testOf(arg, known)).filter((test) => test !== null);
    return tests.length === 0 ? null : (values) => tests.every((test) => test(values));
  }
  if (predicate.kind === 'or') {
    const tests = predicate.args.map((arg) => testOf(arg, known));
    return tests.includes(null) ? null : (values) => tests.some((test) => (test as PartitionTest)(values));
  }
  return null;
}

function isTold(expr: Expr, known: ReadonlyMap<ColumnId, number>): boolean {
  const columns = new Set<ColumnId>();
  collectColumns(expr, columns);
  return [...columns].every((id) => known.has(id));
}

/** A predicate that raises an error for a partition raises it where its rows are read. */
function computed(predicate: Expr, known: ReadonlyMap<ColumnId, number>): PartitionTest {
  const value = compileExpr(predicate, ({ id }) => {
    const position = known.get(id) as number;
    return (values: Parameters<PartitionTest>[0]) => values[position] ?? null;
  });
  return (values) => {
    try {
      return value(values) === true;
    } catch (error) {
      if (error instanceof ExecutionError) return true;
      throw error;
    }
  };
}
