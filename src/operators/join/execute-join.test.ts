import { describe, expect, it } from 'vitest';
import type { SqlType } from '../../common/types.ts';
import { BIGINT, INTEGER, VARCHAR } from '../../common/types.ts';
import { liveRows } from '../../wasm/morsel.ts';
import type { JoinPlan } from '../plan.ts';
import { type JoinInput, runJoin } from './fixtures/join-case.ts';
import { compareJoin, JOIN_TYPES, KEY_TYPES, planOf, rowsOf } from './fixtures/random-join.ts';

async function expectSame(plan: JoinPlan, left: JoinInput, right: JoinInput, budget?: number): Promise<number> {
  const { delivered, expected, spilled } = await compareJoin(plan, left, right, budget);
  expect(delivered).toEqual(expected);
  return spilled;
}

describe.each(JOIN_TYPES)('%s join', (type) => {
  it('by keys of every type', async () => {
    for (const [i, keyType] of KEY_TYPES.entries()) {
      for (const [values, nulls] of [
        [4, 0],
        [60, 10],
        [2000, 3],
      ] as const) {
        for (const nullsMatch of [false, true]) {
          const plan = planOf({ type, keyTypes: [keyType], nullsMatch, residual: (i + values) % 3 === 0 });
          const left: JoinInput = {
            rows: rowsOf(i * 7 + 1, [keyType], 90, values, nulls),
            options: { morselRows: 40 },
          };
          const right: JoinInput = {
            rows: rowsOf(i * 7 + 2, [keyType], 70, values, nulls),
            options: { morselRows: 33 },
          };
          await expectSame(plan, left, right);
        }
      }
    }
  });

  it('by several keys, over selections and dictionaries', async () => {
    const keySets: readonly (readonly SqlType[])[] = [
      [INTEGER, INTEGER],
      [{ kind: 'tinyint' }, { kind: 'boolean' }, { kind: 'date' }],
      [{ kind: 'ubigint' }, BIGINT],
      [VARCHAR, BIGINT],
      [{ kind: 'uuid' }, VARCHAR, { kind: 'double' }],
    ];
    for (const [i, keyTypes] of keySets.entries()) {
      for (const residual of [false, true]) {
        for (const nullsMatch of [false, true]) {
          const plan = planOf({ type, keyTypes, nullsMatch, residual });
          const text = keyTypes.indexOf(VARCHAR);
          const dictionary = [...(text < 0 ? [] : [text]), keyTypes.length + 1];
          const left: JoinInput = {
            rows: rowsOf(i + 50, keyTypes, 150, 6, 12),
            options: { morselRows: 64, selected: (row) => row % 5 !== 2, dictionary },
          };
          const right: JoinInput = {
            rows: rowsOf(i + 60, keyTypes, 80, 6, 12),
            options: { morselRows: 31, selected: (row) => row % 7 !== 3, dictionary },
          };
          await expectSame(plan, left, right);
          await expectSame(plan, { ...left, options: { ...left.options, dictionary: [] } }, right);
        }
      }
    }
  });

  it('with empty sides', async () => {
    const keyTypes = [INTEGER];
    const some = { rows: rowsOf(3, keyTypes, 20, 5, 20) };
    const none = { rows: [] };
    const unselected: JoinInput = { ...some, options: { selected: () => false } };
    for (const residual of [false, true]) {
      const plan = planOf({ type, keyTypes, residual });
      for (const [left, right] of [
        [some, none],
        [none, some],
        [none, none],
        [some, unselected],
        [unselected, some],
      ] as const) {
        await expectSame(plan, left, right);
      }
    }
  });

  it('passes no empty morsel on', async () => {
    const keyTypes = [INTEGER];
    const left: JoinInput = {
      rows: rowsOf(4, keyTypes, 60, 20, 10),
      options: { morselRows: 5, selected: (row) => row % 20 < 4 },
    };
    const right: JoinInput = { rows: rowsOf(5, keyTypes, 12, 20, 10), options: { morselRows: 3 } };
    for (const budget of [1 << 30, 2000]) {
      const lengths: number[] = [];
      await runJoin(planOf({ type, keyTypes }), left, right, {
        budget,
        onMorsel: (morsel) => lengths.push(liveRows(morsel)),
      });
      expect(lengths).not.toContain(0);
    }
  });

  it('without keys', async () => {
    for (const residual of [false, true]) {
      const plan = planOf({ type, keyTypes: [], residual });
      const left: JoinInput = { rows: rowsOf(8, [], 150, 9, 20), options: { morselRows: 60 } };
      const right: JoinInput = { rows: rowsOf(9, [], 120, 9, 20), options: { morselRows: 50 } };
      await expectSame(plan, left, right);
      const spilled = await expectSame(plan, left, right, 1000);
      expect(spilled > 0).toBe(
        residual || plan.columns.some(({ id }) => plan.right.columns.some((column) => column.id === id)),
      );
    }
  });

  it('with a right side that is put aside in parts', async () => {
    for (const keyTypes of [[INTEGER], [VARCHAR, BIGINT], [{ kind: 'double' } as SqlType]]) {
      for (const residual of [false, true]) {
        const plan = planOf({ type, keyTypes, residual });
        const left: JoinInput = { rows: rowsOf(21, keyTypes, 1200, 700, 5), options: { morselRows: 100 } };
        const right: JoinInput = { rows: rowsOf(22, keyTypes, 900, 700, 5), options: { morselRows: 90 } };
        expect(await expectSame(plan, left, right, 30_000)).toBeGreaterThan(1000);
      }
    }
  });

  it('with few keys, which no hash splits', async () => {
    const keyTypes = [INTEGER];
    for (const residual of [false, true]) {
      const plan = planOf({ type, keyTypes, residual });
      const left: JoinInput = { rows: rowsOf(31, keyTypes, 120, 3, 10), options: { morselRows: 50 } };
      const right: JoinInput = { rows: rowsOf(32, keyTypes, 600, 2, 10), options: { morselRows: 40 } };
      expect(await expectSame(plan, left, right, 8000)).toBeGreaterThan(1000);
    }
  });
});
