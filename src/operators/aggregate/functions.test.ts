import { describe, expect, it } from 'vitest';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  NULL,
  REAL,
  type SqlType,
  TIME,
  TIMESTAMP,
  UINTEGER,
  VARCHAR,
  type Value,
} from '../../common/types.ts';
import { accumulatorFactory } from './accumulator.ts';
import { AGGREGATE_FUNCTIONS, aggregateNames, resolveAggregate } from './functions.ts';

type Row = readonly Value[];

/** The result over rows of arguments; over two parts that are merged too, where the function is combinable. */
function result(name: string, types: readonly SqlType[], rows: readonly Row[]): Value {
  const create = accumulatorFactory(name, types);
  const over = (part: readonly Row[]) => {
    const accumulator = create();
    for (const [value, ...second] of part) accumulator.add(value as Value, ...second);
    return accumulator;
  };
  const whole = over(rows).result();
  if (resolveAggregate(name, types)?.combinable && !['first', 'last'].includes(name)) {
    const total = create();
    for (const part of [rows.slice(0, 2), [], rows.slice(2)]) total.merge(over(part).states());
    const merged = total.result();
    expectValue(merged, whole);
  }
  return whole;
}

/** Doubles that are no whole numbers may differ in their last bits. */
function expectValue(value: Value, expected: Value): void {
  if (typeof expected !== 'number' || Number.isNaN(expected)) expect(value).toEqual(expected);
  else expect(value).toBeCloseTo(expected, 12);
}

const one = (...values: Value[]): Row[] => values.map((value) => [value]);
const NUMBERS = one(1, 2, 4, 9, null);
const PAIRS: Row[] = [
  [1, 1],
  [2, 3],
  [4, 4],
  [null, 9],
  [8, null],
  [7, 5],
];

describe('aggregate functions', () => {
  it.each<[string, readonly SqlType[], readonly Row[], Value]>([
    ['count', [INTEGER], NUMBERS, 4n],
    ['count_if', [BOOLEAN], one(true, false, null, true), 2n],
    ['sum', [INTEGER], NUMBERS, 16n],
    ['avg', [INTEGER], NUMBERS, 4],
    ['stddev', [DOUBLE], NUMBERS, 3.559026084010437],
    ['stddev_samp', [DOUBLE], NUMBERS, 3.559026084010437],
    ['stddev_pop', [DOUBLE], NUMBERS, 3.082207001484488],
    ['variance', [DOUBLE], NUMBERS, 12.666666666666666],
    ['var_samp', [DOUBLE], one(5), null],
    ['var_pop', [DOUBLE], NUMBERS, 9.5],
    ['var_pop', [DOUBLE], one(5), 0],
    ['covar_pop', [DOUBLE, DOUBLE], PAIRS, 3.125],
    ['covar_samp', [DOUBLE, DOUBLE], PAIRS, 4.166666666666667],
    ['corr', [DOUBLE, DOUBLE], PAIRS, 0.922138891954146],
    [
      'corr',
      [DOUBLE, DOUBLE],
      [
        [1, 1],
        [1, 2],
      ],
      null,
    ],
    ['regr_slope', [DOUBLE, DOUBLE], PAIRS, 1.4285714285714286],
    ['regr_intercept', [DOUBLE, DOUBLE], PAIRS, -1.1428571428571428],
    ['regr_r2', [DOUBLE, DOUBLE], PAIRS, 0.8503401360544217],
    ['regr_avgx', [DOUBLE, DOUBLE], PAIRS, 3.25],
    ['regr_avgy', [DOUBLE, DOUBLE], PAIRS, 3.5],
    ['regr_sxx', [DOUBLE, DOUBLE], PAIRS, 8.75],
    ['regr_syy', [DOUBLE, DOUBLE], PAIRS, 21],
    ['regr_sxy', [DOUBLE, DOUBLE], PAIRS, 12.5],
    ['min', [VARCHAR], one('b', 'a', null), 'a'],
    ['max', [REAL], one(1, Number.NaN, 3), Number.NaN],
    [
      'arg_max',
      [VARCHAR, INTEGER],
      [
        ['x', 1],
        ['y', 5],
        ['z', null],
        [null, 9],
        ['w', 0],
      ],
      'y',
    ],
    [
      'min_by',
      [VARCHAR, INTEGER],
      [
        ['x', 1],
        ['y', 5],
        ['z', null],
        [null, 9],
        ['w', 0],
      ],
      'w',
    ],
    ['any_value', [INTEGER], one(null, 7), 7],
    ['first', [INTEGER], one(null, 7), null],
    ['last', [INTEGER], one(7, null, 8), 8],
    ['bool_and', [BOOLEAN], one(true, null, false), false],
    ['every', [BOOLEAN], one(true, null), true],
    ['bool_or', [BOOLEAN], one(false, null), false],
    ['bit_and', [INTEGER], one(12, 10, null), 8],
    ['bit_or', [INTEGER], one(12, 10, null), 14],
    ['bit_xor', [BIGINT], one(12n, 10n, null), 6n],
    ['bit_or', [UINTEGER], one(4294967295, 2147483648), 4294967295],
    ['median', [INTEGER], NUMBERS, 3],
    ['median', [VARCHAR], one('a', 'b', 'b', 'c'), 'b'],
    ['median', [DATE], one(1, 4), 216_000_000_000n],
    ['median', [TIME], one(36_000_000_000n, 39_601_000_000n), 37_800_500_000n],
    ['median', [TIMESTAMP], one(1n, 2n), 2n],
    ['median', [decimal(10, 2)], one(110n, 111n), 111n],
    ['median', [decimal(10, 2)], one(-111n, -110n), -111n],
    [
      'quantile_cont',
      [decimal(10, 2), DOUBLE],
      [
        [110n, 0.3],
        [225n, 0.3],
        [700n, 0.3],
      ],
      179n,
    ],
    [
      'quantile_cont',
      [INTEGER, DOUBLE],
      [
        [1, 0.9],
        [2, 0.9],
        [4, 0.9],
        [9, 0.9],
        [16, 0.9],
        [null, 0.9],
      ],
      13.2,
    ],
    [
      'quantile_disc',
      [INTEGER, DOUBLE],
      [
        [1, 0.25],
        [2, 0.25],
        [4, 0.25],
        [9, 0.25],
        [16, 0.25],
      ],
      2,
    ],
    [
      'percentile_disc_desc',
      [INTEGER, DOUBLE],
      [
        [1, 0.3],
        [2, 0.3],
        [4, 0.3],
        [null, 0.3],
      ],
      4,
    ],
    [
      'percentile_disc',
      [INTEGER, DOUBLE],
      [
        [1, 0],
        [2, 0],
      ],
      1,
    ],
    [
      'percentile_disc',
      [INTEGER, DOUBLE],
      [
        [1, 1],
        [2, 1],
      ],
      2,
    ],
    ['mode', [VARCHAR], one('c', 'b', 'a', 'b', null, 'a'), 'b'],
    ['string_agg', [VARCHAR], one('a', null, 'b'), 'a,b'],
    [
      'string_agg',
      [VARCHAR, VARCHAR],
      [
        ['a', '-'],
        ['b', '; '],
        ['c', null],
      ],
      'a; b',
    ],
    ['array_agg', [INTEGER], one(1, null, 2), [1, null, 2]],
    ['approx_count_distinct', [VARCHAR], one('a', 'b', null, 'a'), 2n],
  ])('%s of %o', (name, types, rows, expected) => {
    expectValue(result(name, types, rows), expected);
  });

  it.each(aggregateNames())('%s over no row is 0 or NULL', (name) => {
    const argument = /^(bool|every|count_if)/.test(name) ? BOOLEAN : /agg|concat/.test(name) ? VARCHAR : INTEGER;
    for (const types of [[argument], [argument, INTEGER], [argument, argument]]) {
      const resolved = resolveAggregate(name, types);
      if (!resolved) continue;
      const empty = result(name, types, []);
      expect(empty).toBe(/count/.test(name) ? 0n : null);
      expect(resolved.states.length > 0).toBe(resolved.combinable);
      expect(resolveAggregate(name, resolved.argTypes)).toMatchObject({
        argTypes: resolved.argTypes,
        type: resolved.type,
      });
      return;
    }
    throw new Error(`${name} takes none of these arguments`);
  });

  it('are documented, each once', () => {
    expect(new Set(aggregateNames()).size).toBe(AGGREGATE_FUNCTIONS.length);
    for (const { name, doc } of AGGREGATE_FUNCTIONS) expect(doc.startsWith(`${name}(`)).toBe(true);
  });

  it('take an untyped NULL for something', () => {
    for (const name of ['count', 'sum', 'avg', 'min', 'bool_or', 'bit_and', 'stddev', 'median', 'string_agg']) {
      expect(resolveAggregate(name, [NULL])).not.toBe(null);
    }
  });

  it('refuse arguments that do not fit', () => {
    const bad: [string, readonly SqlType[]][] = [
      ['sum', [VARCHAR]],
      ['sum', []],
      ['avg', [INTEGER, INTEGER]],
      ['bool_and', [INTEGER]],
      ['bit_or', [DOUBLE]],
      ['stddev', [VARCHAR]],
      ['corr', [DOUBLE]],
      ['quantile_cont', [VARCHAR, DOUBLE]],
      ['quantile_disc', [INTEGER]],
      ['string_agg', [INTEGER]],
      ['no_such', [INTEGER]],
      ['toString', [INTEGER]],
    ];
    for (const [name, types] of bad) expect(resolveAggregate(name, types)).toBe(null);
  });

  it('raise what does not fit', () => {
    expect(() => result('quantile_cont', [INTEGER, DOUBLE], [[1, 1.5]])).toThrow(
      'a quantile lies between 0 and 1, not at 1.5',
    );
    expect(() => result('stddev', [DOUBLE], one(Number.POSITIVE_INFINITY, 1))).toThrow(
      'stddev is out of range for double',
    );
  });
});

describe('approx_count_distinct', () => {
  it.each([255, 256, 257, 5000, 60_000])('of %i values is within three standard errors', (count) => {
    const values = Array.from({ length: count }, (_, i) => [`value ${i}`]);
    const estimate = Number(result('approx_count_distinct', [VARCHAR], [...values, ...values.slice(0, 100)]));
    if (count <= 256) expect(estimate).toBe(count);
    else expect(Math.abs(estimate / count - 1)).toBeLessThan(0.049);
  });
});
