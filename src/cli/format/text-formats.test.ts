import { describe, expect, it } from 'vitest';
import { field, formatted, resultOf } from '../../../test/cli/rows.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  REAL,
  type SqlType,
  TIMESTAMP,
  UBIGINT,
  VARCHAR,
  type Value,
} from '../../common/types.ts';

const S = field('s', VARCHAR);
const N = field('n', INTEGER);

const text = async (...args: Parameters<typeof formatted>) => (await formatted(...args)).toString('utf8');

describe('csv', () => {
  it('has a header, NULL as an empty field and the empty string in quotes', async () => {
    const rows = [
      ['a', 1],
      [null, null],
      ['', 0],
    ];
    expect(await text('csv', resultOf([S, N], rows))).toBe('s,n\na,1\n,\n"",0\n');
  });

  it('quotes what would be torn, and nothing else', async () => {
    const rows = [['a,b'], ['say "hi"'], ['two\nlines'], ['cr\rhere'], [' spaced '], ["it's; fine\t|"]];
    expect(await text('csv', resultOf([S], rows))).toBe(
      's\n"a,b"\n"say ""hi"""\n"two\nlines"\n"cr\rhere"\n spaced \nit\'s; fine\t|\n',
    );
  });

  it('writes nested values as their text', async () => {
    const list = field('l', { kind: 'list', element: VARCHAR });
    expect(await text('csv', resultOf([list], [[['a', null, 'b,c']], [[]], [null]]))).toBe(
      `l\n"[a, NULL, 'b,c']"\n[]\n\n`,
    );
  });

  it('quotes names as it quotes values', async () => {
    expect(await text('csv', resultOf([field('a,b', INTEGER), field('', INTEGER)], [[1, 2]]))).toBe('"a,b",""\n1,2\n');
  });

  it('has the header alone when there is no row', async () => {
    expect(await text('csv', resultOf([S, N], []))).toBe('s,n\n');
  });

  it('keeps the order of rows over many tasks and pieces', async () => {
    const tasks = [0, 1, 2].map((task) => Array.from({ length: 9_000 }, (_, row) => [task * 9_000 + row]));
    const lines = (await text('csv', resultOf([N], ...tasks))).trimEnd().split('\n');
    expect(lines).toEqual(['n', ...Array.from({ length: 27_000 }, (_, row) => String(row))]);
  });
});

const cell = async (type: SqlType, value: Value) =>
  JSON.parse((await text('jsonl', resultOf([field('v', type)], [[value]]))).replace(/^\{"v":(.*)\}\n$/s, '[$1]'))[0];

describe('json', () => {
  it('is one array', async () => {
    const json = await text('json', resultOf([S, N], [['a', 1]], [[null, -5]]));
    expect(json).toBe('[\n{"s":"a","n":1},\n{"s":null,"n":-5}\n]\n');
  });

  it('is an empty array when there is no row, jsonl is nothing', async () => {
    expect(await text('json', resultOf([S], []))).toBe('[]\n');
    expect(await text('jsonl', resultOf([S], []))).toBe('');
  });

  it('is one object a line as jsonl', async () => {
    expect(await text('jsonl', resultOf([S, N], [['a\nb', 1]], [['"', 2]]))).toBe(
      '{"s":"a\\nb","n":1}\n{"s":"\\"","n":2}\n',
    );
  });

  it('keeps every column of equal name', async () => {
    const columns = ['a', 'a', 'a_1', 'a'].map((name) => field(name, INTEGER));
    expect(await text('jsonl', resultOf(columns, [[1, 2, 3, 4]]))).toBe('{"a":1,"a_2":2,"a_1":3,"a_3":4}\n');
  });

  it.each<[string, SqlType, Value, unknown]>([
    ['a bigint that a double holds', BIGINT, 2n ** 53n - 1n, 9007199254740991],
    ['a bigint that it does not', BIGINT, 2n ** 53n + 1n, '9007199254740993'],
    ['a negative one', BIGINT, -(2n ** 63n), '-9223372036854775808'],
    ['an unsigned one', UBIGINT, 2n ** 64n - 1n, '18446744073709551615'],
    ['a decimal', decimal(15, 2), 12345n, '123.45'],
    ['a wide decimal', decimal(38, 10), 10n ** 37n, '1000000000000000000000000000.0000000000'],
    ['a double', DOUBLE, 0.1, 0.1],
    ['the smallest double', DOUBLE, 5e-324, 5e-324],
    ['minus zero', DOUBLE, -0, -0],
    ['NaN', DOUBLE, Number.NaN, 'NaN'],
    ['an infinity', DOUBLE, Number.NEGATIVE_INFINITY, '-Infinity'],
    ['a real, by its own digits', REAL, Math.fround(0.1), 0.1],
    ['a large real', REAL, Math.fround(1e20), 1e20],
    ['a boolean', BOOLEAN, false, false],
    ['a date', DATE, 10957, '2000-01-01'],
    ['a timestamp', TIMESTAMP, 1_500_000n, '1970-01-01 00:00:01.5'],
    ['bytes', BLOB, new Uint8Array([0, 255]), '\\x00ff'],
    ['NULL', DOUBLE, null, null],
    ['a list', { kind: 'list', element: BIGINT }, [1n, null, 2n ** 60n], [1, null, '1152921504606846976']],
    ['a NULL list', { kind: 'list', element: BIGINT }, null, null],
    ['a struct', { kind: 'struct', fields: [S, N, N] }, ['a', 1, null], { s: 'a', n: 1, n_1: null }],
    [
      'a map',
      { kind: 'map', key: INTEGER, value: { kind: 'list', element: VARCHAR } },
      [[1, ['x', null]]],
      { 1: ['x', null] },
    ],
  ])('writes %s', async (_, type, value, expected) => {
    expect(await cell(type, value)).toEqual(expected);
  });
});

describe('table', () => {
  it('has a box with names and types; numbers stand right, NULL is NULL', async () => {
    const rows = [
      ['pear', 1],
      [null, -200],
      ['', null],
    ];
    expect(await text('table', resultOf([field('fruit', VARCHAR), N], rows))).toBe(
      [
        '┌─────────┬─────────┐',
        '│ fruit   │       n │',
        '│ varchar │ integer │',
        '├─────────┼─────────┤',
        '│ pear    │       1 │',
        '│ NULL    │    -200 │',
        '│         │    NULL │',
        '└─────────┴─────────┘',
        '',
      ].join('\n'),
    );
  });

  it('lines up wide characters', async () => {
    expect(await text('table', resultOf([field('言葉', VARCHAR)], [['日本語テキスト'], ['🦆']]))).toBe(
      [
        '┌────────────────┐',
        '│ 言葉           │',
        '│ varchar        │',
        '├────────────────┤',
        '│ 日本語テキスト │',
        '│ 🦆             │',
        '└────────────────┘',
        '',
      ].join('\n'),
    );
  });

  it('shows as many rows as asked for and says how many more there are', async () => {
    const rows = Array.from({ length: 1500 }, (_, row) => [row]);
    const shown = await text('table', resultOf([N], rows), { maxRows: 2 });
    expect(shown.split('\n').slice(4)).toEqual([
      '│       0 │',
      '│       1 │',
      '└─────────┘',
      '… 1 498 more (--max-rows all)',
      '',
    ]);
    expect((await text('table', resultOf([N], rows), { maxRows: 1500 })).includes('…')).toBe(false);
  });

  it('cuts the widest cells to the terminal, wide characters too', async () => {
    const rows = [['x'.repeat(200), 'short', '語'.repeat(100)]];
    const columns = [field('a', VARCHAR), field('b', VARCHAR), field('c', VARCHAR)];
    const lines = (await text('table', resultOf(columns, rows), { width: 50 })).split('\n');
    expect(lines.slice(0, 5)).toEqual([
      '┌──────────────────┬─────────┬──────────────────┐',
      '│ a                │ b       │ c                │',
      '│ varchar          │ varchar │ varchar          │',
      '├──────────────────┼─────────┼──────────────────┤',
      '│ xxxxxxxxxxxxxxx… │ short   │ 語語語語語語語…  │',
    ]);
  });

  it('keeps cells of five when the terminal is too small for all', async () => {
    const columns = Array.from({ length: 5 }, (_, n) => field(`column_${n}`, INTEGER));
    const [top] = (await text('table', resultOf(columns, [[1, 2, 3, 4, 5]]), { width: 20 })).split('\n');
    expect(top).toBe(`┌${Array.from({ length: 5 }, () => '─'.repeat(7)).join('┬')}┐`);
  });

  it('cuts a cell of megabytes at once', async () => {
    const [, , , , row] = (await text('table', resultOf([S], [['m'.repeat(3_000_000)]]), { width: 20 })).split('\n');
    expect(row).toBe('│ mmmmmmmmmmmmmmm… │');
  });

  it('shows control characters instead of obeying them', async () => {
    const rows = [['a\nb\tc'], ['\u001b[31mred\u009b0m\r']];
    const lines = (await text('table', resultOf([S], rows))).split('\n');
    expect(lines.slice(4, 6)).toEqual(['│ a↵b⇥c        │', '│ ·[31mred·0m· │']);
  });

  it('has head and foot when there is no row', async () => {
    expect(await text('table', resultOf([N], []))).toBe(
      '┌─────────┐\n│       n │\n│ integer │\n├─────────┤\n└─────────┘\n',
    );
  });

  it('paints names and NULL only where there is colour', async () => {
    const painted = await text('table', resultOf([S], [[null], ['NULL']]), { color: true });
    expect(painted).toContain('\u001b[1ms      \u001b[22m');
    expect(painted).toContain('│ \u001b[2mNULL   \u001b[22m │\n│ NULL    │');
  });
});

it('none writes nothing', async () => {
  expect(await text('none', resultOf([N], [[1]], [[2]]))).toBe('');
});
