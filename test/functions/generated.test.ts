import { expect, it } from 'vitest';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  type SqlType,
  TIMESTAMP,
  typeName,
  VARCHAR,
  type Value,
} from '../../src/common/types.ts';
import { functionNames, resolveFunction } from '../../src/operators/expr/functions.ts';
import { difference } from '../../src/operators/expr/generate/fixtures/differential.ts';
import { call, castTo, column, ref } from '../oracle/expr-builder.ts';

/** Values of each type: one a row, with NULLs between. */
const POOL: readonly (readonly [SqlType, readonly Value[]])[] = [
  [INTEGER, [0, 1, -2, null, 12, 2020, 3]],
  [VARCHAR, ['', 'aß🦆', 'day', null, '%Y', 'l+', '12']],
  [DOUBLE, [0, 0.5, -2.5, null, Number.NaN, 1e10, 3]],
  [decimal(9, 2), [0n, 150n, -250n, null, 12345n, -1n, 300n]],
  [DATE, [0, 18321, -1, null, 10957, 59, 730]],
  [TIMESTAMP, [0n, 1582981445678901n, -1n, null, 946684800000000n, 5n, 86400000000n]],
  [
    INTERVAL,
    [
      { months: 14, days: 3, micros: 5n },
      { months: 0, days: 0, micros: 0n },
      { months: -1, days: 2, micros: -3n },
      null,
      { months: 1, days: 0, micros: 0n },
      { months: 0, days: 40, micros: 0n },
      { months: 0, days: 0, micros: 86400000000n },
    ],
  ],
  [BOOLEAN, [true, false, null, true, true, false, true]],
  [BIGINT, [0n, 1n, -2n, null, 12n, 2n ** 40n, 3n]],
  [
    BLOB,
    [
      new Uint8Array(),
      new Uint8Array([0, 255]),
      new Uint8Array([97]),
      null,
      ...[1, 2, 3].map((n) => new Uint8Array(n)),
    ],
  ],
  [{ kind: 'list', element: INTEGER }, [[], [1, null, 2], [3], null, [12, 12], [0], [2020, 1]]],
  [{ kind: 'map', key: INTEGER, value: VARCHAR }, [[], [[1, 'x']], [[0, null]], null, [[12, 'y']], [], [[3, '']]]],
  [{ kind: 'struct', fields: [{ name: 'a', type: INTEGER, nullable: true }] }, [[1], [null], [2], null, [3], [4], [5]]],
];

const COLUMNS = POOL.map(([type], i) => column(i + 1, typeName(type), type));
const ROWS = Array.from({ length: 7 }, (_, row) => POOL.map(([, values]) => values[row] as Value));
const LAYOUT = { dictionaries: true, measured: true };
/** Overloads of one function and count of arguments that are looked at. */
const MOST = 4;

/** Columns that the function takes as they are, so that every overload is looked at once. */
function argumentsOf(name: string, count: number): readonly (readonly number[])[] {
  const found = new Map<string, readonly number[]>();
  const visit = (chosen: readonly number[]) => {
    if (found.size >= MOST) return;
    if (chosen.length < count) {
      for (let i = 0; i < COLUMNS.length; i++) visit([...chosen, i]);
      return;
    }
    const resolved = resolveFunction(
      name,
      chosen.map((i) => (POOL[i] as (typeof POOL)[0])[0]),
    );
    const key = resolved?.argTypes.map(typeName).join(', ');
    if (key !== undefined && !found.has(key)) found.set(key, chosen);
  };
  visit([]);
  return [...found.values()];
}

it('every function gives the same from morsels as in the interpreter, whoever computes it', () => {
  const differences: string[] = [];
  let calls = 0;
  for (const name of [...functionNames(), '.a']) {
    for (const count of [1, 2, 3]) {
      for (const chosen of argumentsOf(name, count)) {
        calls++;
        const expr = call(name, ...chosen.map((i) => ref(COLUMNS[i] as (typeof COLUMNS)[0])));
        const found = difference(expr, COLUMNS, ROWS, { dictionaries: calls % 2 === 0, measured: calls % 3 === 0 });
        if (found !== null) differences.push(`${name}(${chosen.map((i) => COLUMNS[i]?.name).join(', ')}): ${found}`);
      }
    }
  }
  expect(differences).toEqual([]);
  expect(calls).toBeGreaterThan(400);
});

it('nested columns are passed on, cast, and chosen by CASE', () => {
  for (const [i, of] of COLUMNS.entries()) {
    if (i < 10) continue;
    const own = ref(of);
    expect(difference(own, COLUMNS, ROWS, LAYOUT)).toBe(null);
    expect(difference(castTo(own, VARCHAR), COLUMNS, ROWS, LAYOUT)).toBe(null);
    expect(difference(call('coalesce', own, own), COLUMNS, ROWS, LAYOUT)).toBe(null);
    expect(difference(call('=', own, own), COLUMNS, ROWS, LAYOUT)).toBe(null);
  }
});
