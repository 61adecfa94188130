import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../oracle/duckdb.ts';
import { type Data, makeData } from './data.ts';
import { ResidentSquall } from './resident.ts';
import { squall } from './squall.ts';

let data: Data;
let resident: ResidentSquall;
beforeAll(async () => {
  data = await makeData();
  resident = ResidentSquall.start();
  writeFileSync(join(data.folder, 'report.sql'), "select 1 as one;\n-- and more; of it\nselect 'a;b' as two;\n");
  writeFileSync(join(data.folder, 'torn.parquet'), 'PAR1garbagegarbage\x10\0\0\0PAR1');
  writeFileSync(join(data.folder, 'text.parquet'), 'hello\n');
});
afterAll(async () => {
  await resident.close();
  data.remove();
});

/** A query with the TPC-H tables at hand, in the folder of the data. */
const query = (...args: string[]) => resident.run(['--tpch', './tpch', ...args], { cwd: data.folder });

const Q6 = `select sum(l_extendedprice * l_discount) as revenue, count(*) as n from lineitem
  where l_shipdate >= date '1994-01-01' and l_shipdate < date '1995-01-01'
    and l_discount between 0.05 and 0.07 and l_quantity < 24`;

describe('a query over Parquet files', () => {
  it.each([
    ['inline', 'inline: 2 stages · 5 tasks · 0 invocations, 0 cold · 0 retries'],
    ['local', 'local: 2 stages · 5 tasks · 5 invocations, '],
    ['auto', 'inline (small: ran in this process): 2 stages · 5 tasks · 0 invocations, 0 cold · 0 retries'],
  ])('is answered with target %s, and the receipt says how', async (target, line) => {
    const args = ['--tpch', './tpch', '--target', target, '--workers', '4', '--stats', Q6];
    const { code, stdout, stderr } = await squall(args, { cwd: data.folder });
    expect([code, stdout]).toEqual([0, 'revenue,n\n1193053.2253,1191\n']);
    expect(stderr.split('\n')[1]?.startsWith(line), stderr).toBe(true);
    const [, made, predicted] = /(\d+) GET \((\d+) predicted\)/.exec(stderr) ?? [];
    expect(made).toBe(predicted);
  });

  it('says nothing on standard error unless it is asked to', async () => {
    const { stderr } = await query('--target', 'inline', 'select * from lineitem limit 1');
    expect(stderr).toBe('');
  });

  it('finds tables that are registered, and files by path and pattern', async () => {
    const sql = "select count(*) as n from t; select count(*) as n from './tpch/nation/*.parquet'";
    const { code, stdout } = await resident.run(['--table', 't=./tpch/lineitem/*.parquet', '--target', 'inline', sql], {
      cwd: data.folder,
    });
    expect([code, stdout]).toEqual([0, 'n\n60175\nn\n25\n']);
  });
});

it('reads folders as columns, in functions too', async () => {
  const duckdb = await Oracle.open();
  await duckdb.run(`copy (select i as n, i % 3 as part, 'a/' || i % 2 as text from range(12) t(i))
    to '${data.folder}/parts' (format parquet, partition_by (part, text))`);
  duckdb.close();
  const sql = "select text, part, sum(n) as n from './parts/' where part > 0 group by all order by all";
  const args = ['--target', 'local', '--workers', '2', '--stats', sql];
  const { code, stdout, stderr } = await resident.run(args, { cwd: data.folder });
  expect([code, stdout]).toEqual([0, 'text,part,n\na/0,1,14\na/0,2,10\na/1,1,8\na/1,2,16\n']);
  const [, made, predicted] = /(\d+) GET \((\d+) predicted\)/.exec(stderr) ?? [];
  expect(made).toBe(predicted);
});

describe('formats', () => {
  const SMALL = 'select n_nationkey as k, n_name as name from nation where n_nationkey < 2 order by 1';

  it.each([
    ['csv', 'k,name\n0,ALGERIA\n1,ARGENTINA\n'],
    ['json', '[\n{"k":0,"name":"ALGERIA"},\n{"k":1,"name":"ARGENTINA"}\n]\n'],
    ['jsonl', '{"k":0,"name":"ALGERIA"}\n{"k":1,"name":"ARGENTINA"}\n'],
    ['none', ''],
    [
      'table',
      [
        '┌─────────┬───────────┐',
        '│       k │ name      │',
        '│ integer │ varchar   │',
        '├─────────┼───────────┤',
        '│       0 │ ALGERIA   │',
        '│       1 │ ARGENTINA │',
        '└─────────┴───────────┘',
        '',
      ].join('\n'),
    ],
  ])('%s', async (format, expected) => {
    expect(await query('--format', format, SMALL)).toEqual({ code: 0, stdout: expected, stderr: '' });
  });

  it('arrow is a stream that Arrow reads, and nothing else', async () => {
    const chunks: Buffer[] = [];
    const { code } = await squall(['--tpch', './tpch', '--format', 'arrow', SMALL], {
      cwd: data.folder,
      whileRunning: async ({ child }) => {
        for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
      },
    });
    expect(code).toBe(0);
    const table = tableFromIPC(Buffer.concat(chunks));
    expect(table.toArray().map((row) => ({ ...row }))).toEqual([
      { k: 0, name: 'ALGERIA' },
      { k: 1, name: 'ARGENTINA' },
    ]);
  });

  it('a table is cut at --max-rows', async () => {
    const { stdout } = await query('--format', 'table', '--max-rows', '1', SMALL);
    expect(stdout.split('\n').slice(-3)).toEqual(['└─────────┴─────────┘', '… 1 more (--max-rows all)', '']);
  });
});

describe('statements', () => {
  it('come from an argument, an option, a file or standard input, several in a row', async () => {
    const expected = { code: 0, stdout: 'one\n1\ntwo\na;b\n', stderr: '' };
    const sql = "select 1 as one; select 'a;b' as two;";
    expect(await resident.run([sql])).toEqual(expected);
    expect(await resident.run(['query', '-c', sql])).toEqual(expected);
    expect(await resident.run(['-f', 'report.sql'], { cwd: data.folder })).toEqual(expected);
    expect(await squall([], { input: sql })).toEqual(expected);
  });

  it('end at the first that fails; its error names the line of the whole text', async () => {
    const { code, stdout, stderr } = await squall([], { input: 'select 1 as one;\nselect nope;\nselect 3 as three' });
    expect([code, stdout]).toEqual([1, 'one\n1\n']);
    expect(stderr).toBe(
      [
        'error[SQ1102] column "nope" does not exist',
        '  line 2, column 8',
        '2 | select nope;',
        '           ^^^^',
        'hint: the query has no FROM',
        '',
      ].join('\n'),
    );
  });
});

describe('what is wrong is said, with a code of its own and an exit code', () => {
  it.each([
    ['a wrong column', 'select l_shpdate from lineitem', 1, /^error\[SQ1102\] column "l_shpdate" does not exist\n/],
    ['a wrong table', 'select 1 from linetem', 1, /^error\[SQ1101\] table "linetem" does not exist\n/],
    ['what is no SQL', 'select 1 from from', 1, /^error\[SQ1001\] /],
    [
      'what is not supported',
      'select n_name into t from nation',
      1,
      /^error\[SQ2001\] a query with INTO is not supported yet\n/,
    ],
    ['a bad type', 'select n_name + 1 from nation', 1, /^error\[SQ1105\] there is no operator varchar \+ integer\n/],
    [
      'a missing file',
      "select * from './missing.parquet'",
      3,
      /^error\[SQ5001\] file:.*missing\.parquet does not exist\n/,
    ],
    ['no file for a pattern', "select * from './no/*.parquet'", 3, /^error\[SQ5011\] no object matches /],
    [
      'a corrupt footer',
      "select * from './torn.parquet'",
      1,
      /^error\[SQ3102\] file:.*torn\.parquet: the footer is damaged: /,
    ],
    ['no Parquet', "select * from './text.parquet'", 1, /^error\[SQ3101\] file:.*text\.parquet: not a Parquet file: /],
  ])('%s', async (_, sql, code, message) => {
    const ended = await query(sql);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/^ +at /m);
  });

  it.each(['inline', 'local'])('data that a task cannot compute, with target %s', async (target) => {
    const { code, stdout, stderr } = await query('--target', target, 'select 1 / (n_nationkey - 24) as x from nation');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      [
        'error[SQ3003] division by zero',
        '  line 1, column 8',
        '1 | select 1 / (n_nationkey - 24) as x from nation',
        '           ^^^^^^^^^^^^^^^^^^^^^^',
        '',
      ].join('\n'),
    );
  });

  it('a function whose memory is too small, as a limit', async () => {
    const duckdb = await Oracle.open();
    // One page that is larger than the function.
    await duckdb.run(
      `copy (select repeat(range::varchar, 60) as t from range(800000)) to '${data.folder}/wide.parquet' (row_group_size 800000)`,
    );
    duckdb.close();
    const sql = "select max(t) from './wide.parquet'";
    const { code, stdout, stderr } = await query('--target', 'local', '--memory', '256', sql);
    // Either the task finds its budget too small, or what it needs beside it takes the function down first.
    const [budget, killed] = [
      /^error\[SQ4001\] the task needs more memory than its budget of /,
      /^error\[SQ6003\] a function ran out of memory /,
    ];
    expect(stdout).toBe('');
    expect(stderr).toMatch(code === 4 ? budget : killed);
    expect([3, 4]).toContain(code);
  });

  it('a task that takes too long, as a limit', async () => {
    const sums = Array.from({ length: 60 }, (_, n) => `max(regexp_replace(l_comment, 'a+n?', '${n}', 'g'))`).join(', ');
    const { code, stdout, stderr } = await query(
      '--target',
      'local',
      '--timeout',
      '1',
      '--workers',
      '1',
      `select ${sums} from lineitem`,
    );
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(/^error\[SQ4006\] the task did not finish before its deadline\n/);
  });

  it.each([
    [['--nope', 'select 1'], "error: unknown option '--nope'\n"],
    [
      ['-f', './missing.sql'],
      "error: the file of -f cannot be read: ENOENT: no such file or directory, open './missing.sql'\n",
    ],
    [['-c', 'select 1', 'select 2'], 'error: give the SQL once: as argument, with -c, or with -f\n'],
    [
      ['--target', 'aws', 'select 1'],
      'error[SQ1302] --target aws needs a place on S3 for temporary objects\nhint: give --scratch s3://bucket/prefix that the function may read and write\n',
    ],
    [
      ['--data', './d', '--endpoint', 'http://127.0.0.1:1', 'select 1'],
      'error[SQ1303] data and endpoint both say where s3:// is: give one of them\n',
    ],
    [
      ['--format', 'arrow', 'select 1; select 2'],
      'error[SQ1303] --format arrow takes one statement: a stream holds one result\n',
    ],
  ])('a wrong command line: %j', async (args, stderr) => {
    expect(await resident.run(args)).toEqual({ code: 2, stdout: '', stderr });
  });

  it('a stack, only when it is asked for', async () => {
    const { stderr } = await resident.run(['select nope'], { env: { SQUALL_DEBUG: '1' } });
    expect(stderr).toMatch(/\n {4}at /);
  });
});

describe('the reader', () => {
  it('may go away: the end is quiet', async () => {
    const ended = await squall(['--tpch', './tpch', '--target', 'inline', 'select * from lineitem'], {
      cwd: data.folder,
      whileRunning: async ({ child }) => {
        for await (const _ of child.stdout) break;
      },
    });
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('may be slow: nothing is lost', async () => {
    let bytes = 0;
    let lines = 0;
    const { code } = await squall(
      ['--tpch', './tpch', '--target', 'inline', 'select l_orderkey, l_comment from lineitem'],
      {
        cwd: data.folder,
        whileRunning: async ({ child }) => {
          for await (const chunk of child.stdout) {
            if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 500));
            bytes += chunk.length;
            for (const byte of chunk as Buffer) if (byte === 10) lines++;
          }
        },
      },
    );
    expect([code, lines]).toEqual([0, 60_176]);
  });
});

describe('an interruption', () => {
  const sums = Array.from({ length: 400 }, (_, n) => `sum(l_quantity * ${n + 1})`).join(', ');
  const HEAVY = `select ${sums} from lineitem`;

  it.each(['SIGINT', 'SIGTERM'] as const)('by %s while functions run leaves nothing behind', async (name) => {
    const ended = await squall(['--tpch', './tpch', '--target', 'local', '--workers', '2', HEAVY], {
      cwd: data.folder,
      whileRunning: async ({ child, functions }) => {
        await functions(2);
        child.kill(name);
      },
    });
    expect(ended).toEqual({ code: 130, stdout: '', stderr: 'error[SQ7000] the query was cancelled\n' });
  });

  it('while nobody reads the output ends the process, and the output is called incomplete', async () => {
    const ended = await squall(['--tpch', './tpch', '--target', 'inline', 'select * from lineitem'], {
      cwd: data.folder,
      whileRunning: async ({ child }) => {
        await new Promise((resolve) => child.stdout.once('readable', resolve));
        child.kill('SIGINT');
      },
    });
    expect(ended.code).toBe(130);
    expect(ended.stderr).toBe(
      'the output is incomplete: the statement failed after rows had been written\nerror[SQ7000] the query was cancelled\n',
    );
  });
});
