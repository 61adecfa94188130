import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Data, makeData } from './data.ts';
import { ResidentSquall } from './resident.ts';

let data: Data;
let resident: ResidentSquall;
beforeAll(async () => {
  data = await makeData();
  resident = ResidentSquall.start();
});
afterAll(async () => {
  await resident.close();
  data.remove();
});

const inline = (...args: string[]) => resident.run(['--target', 'inline', ...args], { cwd: data.folder });
const answer = (stdout: string) => ({ code: 0, stdout, stderr: '' });
const NATION = "'./tpch/nation/*.parquet'";

describe('--param', () => {
  it('gives values by name, read as the type that their place wants', async () => {
    const sql = `select n_name from ${NATION} where n_nationkey = :key or n_name = :name order by 1`;
    expect(await inline('--param', 'key=3', '--param', 'name=ALGERIA', sql)).toEqual(
      answer('n_name\nALGERIA\nCANADA\n'),
    );
  });

  it('gives values by position, of ? and of $1', async () => {
    expect(
      await inline('--param', '1=5', '--param', '2=2024-01-31', "select ? * 2 as n, date '2024-01-30' < ? as later"),
    ).toEqual(answer('n,later\n10,true\n'));
    expect(await inline('--param', '2=b', '--param', '1=a', 'select $2 || $1 as x')).toEqual(answer('x\nba\n'));
  });

  it('takes all behind the first sign, and an empty text', async () => {
    expect(await inline('--param', 'x=a=b', '--param', 'y=', 'select :x as x, :y as y')).toEqual(
      answer('x,y\na=b,""\n'),
    );
  });

  it('gives each statement those that it names', async () => {
    expect(await inline('--param', 'a=1', '--param', 'b=2', 'select :a + 0 as x; select :b || :a as y')).toEqual(
      answer('x\n1\ny\n21\n'),
    );
  });

  it('reaches functions', async () => {
    const sql = "select count(*) as n from './tpch/lineitem/*.parquet' where l_shipdate < :day";
    const ended = await resident.run(['--target', 'local', '--workers', '2', '--param', 'day=1992-01-10', sql], {
      cwd: data.folder,
    });
    expect(ended).toEqual(await inline(sql.replace(':day', "date '1992-01-10'")));
  });

  it('serves squall explain', async () => {
    const explain = (...args: string[]) => resident.run(['explain', ...args], { cwd: data.folder });
    const sql = `select n_name from ${NATION} where n_nationkey = `;
    expect(await explain('--param', 'key=3', `${sql}:key`)).toEqual(await explain(`${sql}3`));
  });

  it.each([
    [
      ['select :day as x'],
      [
        'error[SQ1112] parameter :day has no value',
        '  line 1, column 8',
        '1 | select :day as x',
        '           ^^^^',
        'hint: no parameters were given: --param day=…, or { parameters: … } of query()',
      ],
    ],
    [
      ['--param', 'x=1', 'select 1'],
      ['error[SQ1112] the query has no parameter :x', 'hint: it has none'],
    ],
    [
      ['--param', 'a=1', '--param', 'c=2', 'select :a as x; select 1'],
      ['error[SQ1112] no statement has a parameter called c'],
    ],
    [
      ['--param', 'd=foo', "select date '2024-01-01' = :d as x"],
      [
        "error[SQ1108] 'foo' is not a value of type date",
        '  line 1, column 28',
        "1 | select date '2024-01-01' = :d as x",
        '                               ^^',
        "hint: write it as date '1998-09-02'",
      ],
    ],
  ])('is refused where it does not fit: %j', async (args, lines) => {
    expect(await inline(...args)).toEqual({ code: 1, stdout: '', stderr: `${lines.join('\n')}\n` });
  });

  it.each([
    [['--param', 'x', 'select :x'], "argument 'x' is invalid. name=value is wanted."],
    [['--param', 'x=1', '--param', 'x=2', 'select :x'], "argument 'x=2' is invalid. x is there already."],
  ])('is refused where it is written wrong: %j', async (args, why) => {
    const stderr = `error: option '--param <name=value>' ${why}\n`;
    expect(await inline(...args)).toEqual({ code: 2, stdout: '', stderr });
  });
});

describe('--dialect', () => {
  it.each([
    ['mysql', 'select `n_name` from `t` order by `n_name` limit 1, 2', 'n_name\nARGENTINA\nBRAZIL\n'],
    [
      'bigquery',
      'select safe_cast("x" as int64) as n, `n_name` from `t` where n_nationkey = 0',
      'n,n_name\n,ALGERIA\n',
    ],
    ['snowflake', "select iff(n_nationkey = 0, 'a', 'b') as x from t order by n_nationkey limit 2", 'x\na\nb\n'],
    ['trino', 'select try_cast(n_name as bigint) as n from t where n_nationkey = 0', 'n\n\n'],
  ])('%s', async (dialect, sql, stdout) => {
    const ended = await inline('--table', 't=./tpch/nation/*.parquet', '--dialect', dialect, sql);
    expect(ended).toEqual(answer(stdout));
  });

  it('holds for every statement, with parameters, and for squall explain', async () => {
    const input = 'select `a` from (select 1 as `a`) t; select :n + 1 as `b`';
    const args = ['--target', 'inline', '--dialect', 'mysql', '--param', 'n=2'];
    expect(await resident.run(args, { input })).toEqual(answer('a\n1\nb\n3\n'));
    const explained = await resident.run(['explain', '--dialect', 'mysql', 'select `a` from (select 2 as `a`) t']);
    expect(explained).toMatchObject({ code: 0, stderr: '' });
    expect(explained.stdout).toMatch(/^Project 2 AS a/);
  });

  it('is needed for what the default one does not read', async () => {
    const { code, stdout, stderr } = await inline('select `a` from (select 1 as `a`) t');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      [
        'error[SQ2001] a name in backticks is not supported yet',
        '  line 1, column 8',
        '1 | select `a` from (select 1 as `a`) t',
        '           ^',
        'hint: write the name in double quotes',
        '',
      ].join('\n'),
    );
  });

  it('is one of four', async () => {
    expect(await inline('--dialect', 'oracle', 'select 1')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "error: option '--dialect <name>' argument 'oracle' is invalid. Allowed choices are trino, mysql, bigquery, snowflake.\n",
    });
  });
});
