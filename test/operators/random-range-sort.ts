import { expect } from 'vitest';
import type { Random } from '../../src/common/clock.ts';
import { INTEGER, type SqlType, type Value } from '../../src/common/types.ts';
import type { Column } from '../../src/operators/expr/expr.ts';
import type { ScanPlan, SortKey } from '../../src/operators/plan.ts';
import { randomValue, SORTABLE_TYPES } from '../../src/operators/sort/fixtures/random-rows.ts';
import { interpretedRows } from '../../src/operators/sort/fixtures/run-operator.ts';
import { column, ref } from '../oracle/expr-builder.ts';
import { dealt, rangeSort } from './range-sort.ts';

/** Random rows of up to 7 tasks, sorted by random keys over up to 5 tasks, are those of one stable sort. */
export async function randomRangeSort(random: Random, mostRows: number): Promise<void> {
  const below = (count: number) => Math.floor(random.next() * count);
  const types = Array.from({ length: 1 + below(4) }, () => SORTABLE_TYPES[below(SORTABLE_TYPES.length)] as SqlType);
  const columns = [...types.map((type, i) => column(i + 1, `c${i}`, type)), column(90, 'id', INTEGER)];
  const rows = Array.from({ length: below(mostRows) }, (_, id): Value[] => [
    ...types.map((type) => carried(randomValue(random, type))),
    id,
  ]);
  // All rows equal in the first column, or half of them.
  const skew = below(4);
  if (skew < 2 && rows.length > 0) {
    const [common] = rows[0] as Value[];
    for (const row of rows) if (skew === 0 || below(2) === 0) row[0] = common as Value;
  }
  const keys = Array.from(
    { length: 1 + below(3) },
    (): SortKey => ({
      expr: ref(columns[below(types.length)] as Column),
      descending: below(2) === 0,
      nullsFirst: below(2) === 0,
    }),
  );
  const input: ScanPlan = { kind: 'scan', scan: 0, table: 't', columns };
  const plan = { kind: 'sort', input, keys, columns } as const;
  const count = 1 + below(7);
  const empty = below(3) === 0 ? below(count) : -1;
  const producers = dealt(rows, count, () => {
    const to = below(count);
    return to === empty ? (to + 1) % count : to;
  });
  const dictionary = types.flatMap((type, i) => (type.kind === 'varchar' && below(2) ? [i] : []));
  const { parts } = await rangeSort(plan, producers, {
    pieces: 1 + below(40),
    consumers: 1 + below(5),
    inline: below(2) === 0,
    operatorBytes: below(3) ? 1e9 : 20_000,
    input: { morselRows: 1 + below(rows.length + 1), dictionary },
  });
  expect(parts.flat()).toEqual(await interpretedRows(plan, [producers.flat()]));
}

/** Arrow has room for intervals of 292 years. */
export function carried(value: Value): Value {
  if (value === null || typeof value !== 'object' || !('micros' in value)) return value;
  return { ...value, micros: value.micros / 1000n };
}
