import { afterAll, describe, expect, it } from 'vitest';
import { SquallError } from '../../src/common/errors.ts';
import { valueText } from '../../src/operators/expr/value-text.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { DIFFERENT, POOLS, SAME } from './calls.ts';
import { SOURCES, TARGETS, TEXTS } from './casts.ts';
import { differences, expanded } from './compare-calls.ts';
import { evaluateSql } from './evaluate-sql.ts';

const oracle = await Oracle.open();
afterAll(() => oracle.close());

describe('functions give what DuckDB gives', () => {
  it('over edges of their arguments', async () => {
    const calls = SAME.flatMap((template) => expandedPair(template));
    expect(await differences(oracle, calls)).toEqual([]);
  });
});

/** Values that casts give where DuckDB gives another one, or fails: by kind. */
const CAST_DIFFERENCES: readonly (readonly [why: string, calls: RegExp])[] = [
  [
    "numbers, intervals: PostgreSQL's texts",
    /^CAST\((?:'(?:nan|inf|-0\.0)'|1e15|16777217|1e10|INTERVAL).* AS varchar\)/,
  ],
  ['floats are rounded before their range is looked at', /^CAST\(\(-(?:0\.5|1e-7)\)(?:::double)? AS u\w+\)/],
  ['the decimal is the one that the float is written as', /^CAST\((?:1e15|1e20|1\.5::real|1e10::real) AS decimal/],
  ["PostgreSQL's words for booleans, spaces around them", /^CAST\(concat\(e'(?: true |on|off|tru)'\) AS boolean\)/],
  ['spaces around a timestamp', /^CAST\(concat\(e' 2020-02-29 '\) AS timestamp/],
  ['ISO 8601', /^CAST\(concat\(e'P1D'\) AS interval\)/],
  ['60 seconds are a minute', /^CAST\(concat\(e'13:04:60'\) AS interval\)/],
];

it('casts give what DuckDB gives, or refuse what it guesses', async () => {
  const calls = [
    ...Object.values(SOURCES).flatMap((values) =>
      values.flatMap((value) => TARGETS.map((to) => `CAST(${value} AS ${to})`)),
    ),
    ...TEXTS.flatMap((text) => TARGETS.map((to) => `CAST(concat(e'${text}') AS ${to})`)),
  ];
  const found = (await differences(oracle, calls)).filter(
    (line) => !/: error \(/.test(line.split(', DuckDB ')[0] as string),
  );
  expect(found.filter((line) => !CAST_DIFFERENCES.some(([, known]) => known.test(line)))).toEqual([]);
  expect(CAST_DIFFERENCES.filter(([, known]) => !found.some((line) => known.test(line)))).toEqual([]);
});

describe('functions differ from DuckDB on purpose', () => {
  it.each(DIFFERENT)('%s is %s: %s', async (call, ours) => {
    expect(await textOf(call)).toBe(ours);
    expect(await differences(oracle, [call])).toHaveLength(1);
  });
});

async function textOf(call: string): Promise<string> {
  try {
    const { type, value } = await evaluateSql(call);
    return value === null ? 'NULL' : valueText(type)(value);
  } catch (error) {
    if (error instanceof SquallError) return `error: ${error.message}`;
    throw error;
  }
}

/** Both sides of `a ==> b` take the same values. */
function expandedPair(template: string): readonly string[] {
  const [ours = '', theirs] = template.split(' ==> ');
  const left = expanded(ours, POOLS);
  const right = theirs === undefined ? left : expanded(theirs, POOLS);
  return left.map((call, i) => `${call} ==> ${right[i]}`);
}
