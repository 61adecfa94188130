import { describe, expect, it } from 'vitest';
import { call, column, ref } from '../../../test/oracle/expr-builder.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { BIGINT, BOOLEAN, INTEGER, VARCHAR } from '../../common/types.ts';
import type { JoinPlan, JoinType, ScanPlan } from '../plan.ts';
import { bagOf, type JoinInput, referenceJoin, runJoin } from './fixtures/join-case.ts';

const TYPES: readonly JoinType[] = ['inner', 'left', 'right', 'full', 'semi', 'anti', 'nullAwareAnti', 'mark'];

const KEY_TYPES: readonly SqlType[] = [
  { kind: 'boolean' },
  { kind: 'tinyint' },
  { kind: 'usmallint' },
  INTEGER,
  BIGINT,
  { kind: 'ubigint' },
  { kind: 'real' },
  { kind: 'double' },
  { kind: 'decimal', precision: 12, scale: 2 },
  { kind: 'decimal', precision: 38, scale: 2 },
  { kind: 'date' },
  { kind: 'timestamp' },
  { kind: 'interval' },
  { kind: 'uuid' },
  VARCHAR,
  { kind: 'blob' },
  { kind: 'null' },
];

/** A generator of whole numbers below a limit. */
function random(seed: number) {
  let state = seed * 2654435761 + 1;
  return (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}

function keyValue(type: SqlType, n: number): Value {
  switch (type.kind) {
    case 'boolean':
      return n % 2 === 1;
    case 'tinyint':
      return (n % 200) - 100;
    case 'real':
    case 'double':
      return [Number.NaN, -0, 0, Number.POSITIVE_INFINITY][n] ?? n / 4;
    case 'bigint':
      return n % 5 === 0 ? BigInt(n) << 40n : -BigInt(n);
    case 'ubigint':
      return n % 3 === 0 ? 2n ** 64n - 1n - BigInt(n) : BigInt(n);
    case 'timestamp':
      return BigInt(n) * 1_000_000n;
    case 'decimal':
      return type.precision > 18 ? BigInt(n - 5) << 90n : BigInt(n);
    case 'interval':
      return n % 2 === 0 ? { months: 0, days: n * 15, micros: 0n } : { months: (n - 1) / 2, days: 15, micros: 0n };
    case 'uuid':
      return `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`;
    case 'varchar':
      return n === 0 ? '' : `${n % 7}${'é'.repeat(n % 23)}${n}`;
    case 'blob':
      return new Uint8Array([n & 255, n >>> 8].slice(0, n % 3));
    case 'null':
      return null;
    default:
      return n;
  }
}

const mark = column(99, 'mark', BOOLEAN);

interface Shape {
  readonly type: JoinType;
  readonly keyTypes: readonly SqlType[];
  readonly nullsMatch?: boolean;
  readonly residual?: boolean;
}

function planOf({ type, keyTypes, nullsMatch = false, residual = false }: Shape): JoinPlan {
  const side = (from: number): ScanPlan => ({
    kind: 'scan',
    scan: from,
    table: `t${from}`,
    columns: [
      ...keyTypes.map((keyType, i) => column(from + i, `k${i}`, keyType)),
      column(from + 8, 'n', INTEGER),
      column(from + 9, 's', VARCHAR),
    ],
  });
  const [left, right] = [side(10), side(30)];
  const of = (plan: ScanPlan, i: number) => ref(plan.columns.at(i) as (typeof plan.columns)[number]);
  const filters = ['semi', 'anti', 'nullAwareAnti', 'mark'].includes(type);
  return {
    kind: 'join',
    type,
    left,
    right,
    keys: keyTypes.map((_, i) => ({ left: of(left, i), right: of(right, i), nullsMatch })),
    residual: residual ? call('<', of(left, -2), of(right, -2)) : null,
    mark: type === 'mark' ? mark : null,
    columns: [...left.columns, ...(filters ? [] : right.columns), ...(type === 'mark' ? [mark] : [])],
  };
}

function rowsOf(seed: number, keyTypes: readonly SqlType[], count: number, values: number, nulls: number): Value[][] {
  const next = random(seed);
  const maybe = (value: Value) => (next(100) < nulls ? null : value);
  return Array.from({ length: count }, (_, i) => [
    ...keyTypes.map((type) => maybe(keyValue(type, next(values)))),
    maybe(next(50)),
    maybe(`${i} ${'x'.repeat(next(30))}`),
  ]);
}

async function expectSame(plan: JoinPlan, left: JoinInput, right: JoinInput, budget?: number): Promise<number> {
  const expected = await referenceJoin(plan, left, right);
  const { rows, spilled } = await runJoin(plan, left, right, budget === undefined ? {} : { budget });
  expect(bagOf(rows)).toEqual(bagOf(expected));
  return spilled;
}

describe.each(TYPES)('%s join', (type) => {
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

  it('without keys', async () => {
    for (const residual of [false, true]) {
      const plan = planOf({ type, keyTypes: [], residual });
      const left: JoinInput = { rows: rowsOf(8, [], 150, 9, 20), options: { morselRows: 60 } };
      const right: JoinInput = { rows: rowsOf(9, [], 120, 9, 20), options: { morselRows: 50 } };
      await expectSame(plan, left, right);
      const spilled = await expectSame(plan, left, right, 1000);
      expect(spilled > 0).toBe(residual || plan.columns.length > 3);
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
