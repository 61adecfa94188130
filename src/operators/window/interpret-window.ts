import type { Value } from '../../common/types.ts';
import type { Expr } from '../expr/expr.ts';
import type { RowFunction } from '../expr/interpret.ts';
import type { SortKey, WindowPlan } from '../plan.ts';
import { RowExpressions, type Rows, rowsOfArrays } from '../rows.ts';
import { interpretSort } from '../sort/interpret-sort.ts';
import { keyComparator } from '../sort/sorted-order.ts';
import { callInputs } from './call-inputs.ts';
import type { PartitionColumn, WindowPartition } from './frames.ts';
import { windowValues } from './partition-function.ts';
import { windowSortKeys } from './window-keys.ts';

/** Sorts all of its input in JavaScript's memory by partition and order, and computes every function partition by partition. */
export async function* interpretWindow(plan: WindowPlan, input: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  const keys = windowSortKeys(plan);
  const rows = await collect(interpretSort({ input: plan.input, keys }, input), plan.input.columns.length);
  const expressions = new RowExpressions(plan.input.columns);
  const compile = (expr: Expr | null) => expr && expressions.compile(expr);
  const keyFunctions = keys.map(({ expr }) => expressions.compile(expr));
  const calls = plan.functions.map((call) => {
    const { args, filter, start, end } = callInputs(call);
    return {
      call,
      args: args.map((arg) => expressions.compile(arg)),
      filter: compile(filter),
      start: compile(start),
      end: compile(end),
    };
  });
  expressions.over(rows);
  const equal = equalRows(keys, keyFunctions);
  const partitionWidth = plan.partitionBy.length;
  const columns: Value[][] = plan.columns.map(() => []);
  for (let from = 0, to = 0; from < rows.length; from = to) {
    for (to = from + 1; to < rows.length && equal(to - 1, to, 0, partitionWidth); ) to++;
    const first = from;
    const length = to - from;
    const at = (compute: RowFunction<number>): PartitionColumn => {
      const values = Array.from({ length }, (_, row) => compute(first + row));
      return (row) => values[row] as Value;
    };
    const partition = partitionOf(first, length, (a, b) => equal(a, b, partitionWidth, keys.length));
    const [orderKey] = plan.orderBy;
    const value = keyFunctions[partitionWidth];
    const key = orderKey && value && plan.orderBy.length === 1 ? { by: orderKey, value: at(value) } : null;
    rows.columns.forEach(({ read }, i) => {
      for (let row = first; row < to; row++) columns[i]?.push(read(row));
    });
    calls.forEach(({ call, args, filter, start, end }, i) => {
      const values = windowValues(call, partition, {
        args: args.map(at),
        filter: filter && at(filter),
        frame: call.frame,
        key,
        start: start && at(start),
        end: end && at(end),
      });
      for (const result of values) columns[rows.columns.length + i]?.push(result);
    });
  }
  yield rowsOfArrays(columns, rows.length);
}

async function collect(stream: AsyncIterable<Rows>, width: number): Promise<Rows> {
  const columns: Value[][] = Array.from({ length: width }, () => []);
  let length = 0;
  for await (const rows of stream) {
    length += rows.length;
    rows.columns.forEach(({ read }, i) => {
      for (let row = 0; row < rows.length; row++) columns[i]?.push(read(row));
    });
  }
  return rowsOfArrays(columns, length);
}

/** Whether two rows have equal keys, of those from position `from` to `to`. */
function equalRows(keys: readonly SortKey[], values: readonly RowFunction<number>[]) {
  const compare = keys.map(keyComparator);
  return (a: number, b: number, from: number, to: number): boolean => {
    for (let i = from; i < to; i++) {
      const value = values[i] as RowFunction<number>;
      if (compare[i]?.(value(a), value(b)) !== 0) return false;
    }
    return true;
  };
}

function partitionOf(first: number, length: number, peers: (a: number, b: number) => boolean): WindowPartition {
  const starts: number[] = [];
  const ends: number[] = new Array(length);
  for (let row = 0; row < length; row++) {
    starts.push(row > 0 && peers(first + row - 1, first + row) ? (starts[row - 1] as number) : row);
  }
  for (let row = length - 1; row >= 0; row--) {
    ends[row] = row + 1 < length && starts[row + 1] === starts[row] ? (ends[row + 1] as number) : row + 1;
  }
  return { length, peerStart: (row) => starts[row] as number, peerEnd: (row) => ends[row] as number };
}
