import { expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { INTEGER, type SqlType, type Value } from '../../src/common/types.ts';
import type { Column } from '../../src/operators/expr/expr.ts';
import type { ScanPlan, SortKey } from '../../src/operators/plan.ts';
import { executeSort } from '../../src/operators/sort/execute-sort.ts';
import { randomValue, SORTABLE_TYPES } from '../../src/operators/sort/fixtures/random-rows.ts';
import { interpretedRows, OperatorRun } from '../../src/operators/sort/fixtures/run-operator.ts';
import { executeTopN } from '../../src/operators/top-n/execute-top-n.ts';
import { column, ref } from '../oracle/expr-builder.ts';

it.each(Array.from({ length: 20 }, (_, i) => i))('sorts and top-N of random rows, batch %i', async (batch) => {
  for (let seed = batch * 100; seed < batch * 100 + 100; seed++) {
    const random = seededRandom(50_000 + seed);
    const below = (count: number) => Math.floor(random.next() * count);
    const types = Array.from({ length: 1 + below(4) }, () => SORTABLE_TYPES[below(SORTABLE_TYPES.length)] as SqlType);
    const columns = [...types.map((type, i) => column(i + 1, `c${i}`, type)), column(90, 'id', INTEGER)];
    const count = 1 + below(below(10) ? 200 : 5000);
    const rows = Array.from({ length: count }, (_, id): Value[] => [
      ...types.map((type) => randomValue(random, type)),
      id,
    ]);
    const keys = Array.from(
      { length: 1 + below(3) },
      (): SortKey => ({
        expr: ref(columns[below(types.length)] as Column),
        descending: below(2) === 0,
        nullsFirst: below(2) === 0,
      }),
    );
    const input: ScanPlan = { kind: 'scan', scan: 0, table: 't', columns };
    const sort = { kind: 'sort', input, keys, columns } as const;
    const topN = { ...sort, kind: 'topN', limit: below(count + 5), offset: below(3) } as const;
    const dictionary = types.flatMap((type, i) => (type.kind === 'varchar' && below(2) ? [i] : []));
    const selected = below(2) ? { selected: (row: number) => row % 3 > 0 } : {};
    const inputs = [{ morselRows: 1 + below(count), dictionary, ...selected }];
    const [sorted, first] = [
      await interpretedRows(sort, [rows], { inputs }),
      await interpretedRows(topN, [rows], { inputs }),
    ];
    for (const operatorBytes of [1e9, 60_000]) {
      const run = new OperatorRun({ inputs, operatorBytes });
      const all = executeSort(sort, run.input(input, 0, rows), run.context);
      expect(await run.rows(all, columns.length), `seed ${seed}`).toEqual(sorted);
      const some = executeTopN(topN, run.input(input, 0, rows), run.context);
      expect(await run.rows(some, columns.length), `seed ${seed}`).toEqual(first);
      expect([run.memory.used, run.spill?.held]).toEqual([0, 0]);
    }
  }
});
