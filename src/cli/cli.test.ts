import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  BindError,
  CancelledError,
  CONFIG,
  ExecutionError,
  InternalError,
  InvokeError,
  type QueryReport,
  ResourceError,
  SqlSyntaxError,
  StorageError,
  UnsupportedError,
} from '../index.ts';
import { noRequests } from '../storage/counted.ts';
import { exitCode } from './exit.ts';
import { addConfigOptions, configOptions, STORAGE_KEYS, wholeNumberFrom } from './options.ts';
import { progressText } from './progress.ts';
import { queryCommand } from './query.ts';
import { receipt } from './receipt.ts';
import { bytesText, countText, msText } from './units.ts';

describe('units', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1234, '1.2 kB'],
    [99_400, '99 kB'],
    [99_600, '99.6 kB'],
    [123_456, '123 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [5e15, '5.0 PB'],
    [5e18, '5000 PB'],
  ])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it.each([
    [0.4, '0 ms'],
    [41.3, '41 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [1930, '1.9 s'],
    [754_000, '754.0 s'],
  ])('%d ms are %s', (ms, text) => expect(msText(ms)).toBe(text));

  it.each([
    [0, '0'],
    [999, '999'],
    [1204, '1 204'],
    [1234567, '1 234 567'],
  ])('%d is %s', (count, text) => expect(countText(count)).toBe(text));
});

describe('exit codes', () => {
  it.each([
    [new SqlSyntaxError('SQ1001', 'x'), 1],
    [new BindError('SQ1102', 'x'), 1],
    [new UnsupportedError('SQ2001', 'x'), 1],
    [new ExecutionError('SQ3003', 'x'), 1],
    [new BindError('SQ1301', 'x'), 2],
    [new StorageError('SQ5001', 'x'), 3],
    [new InvokeError('SQ6004', 'x'), 3],
    [new ResourceError('SQ4001', 'x'), 4],
    [new InternalError('x'), 70],
    [new TypeError('x'), 70],
    ['x', 70],
    [new CancelledError('SQ7000', 'x'), 130],
  ])('%s is %d', (error, code) => expect(exitCode(error)).toBe(code));
});

const quiet = (command: Command) => command.exitOverride().configureOutput({ writeErr: () => undefined });
const parsed = (...args: string[]) => {
  const command = quiet(queryCommand()).action(() => undefined);
  command.parse(args, { from: 'user' });
  return { options: command.opts(), args: command.args };
};

describe('options', () => {
  it('has a flag for every setting, with default and environment variable', () => {
    const help = queryCommand().helpInformation();
    for (const { key, default: value } of CONFIG) {
      expect(help).toContain(value === true ? `--no-${key}` : `--${key}`);
      expect(help).toContain(`SQUALL_${key.toUpperCase()}`);
      if (value !== null && typeof value !== 'boolean')
        expect(help.replace(/\s+/g, ' ')).toContain(`(default: ${value})`);
    }
  });

  it('passes on those that were given, and no others', () => {
    const { options } = parsed('--target', 'local', '--workers', '8', '--anonymous', '--format', 'csv', 'select 1');
    expect(configOptions(options)).toEqual({ target: 'local', workers: 8, anonymous: true });
  });

  it('passes on those of the given keys, whatever else has the name of a setting', () => {
    expect(configOptions({ data: 'd', compression: 'snappy' }, STORAGE_KEYS)).toEqual({ data: 'd' });
  });

  it('turns off what is on by default', () => {
    expect(configOptions(parsed('--no-adaptive', 'select 1').options)).toEqual({ adaptive: false });
    expect(configOptions(parsed('--adaptive', 'select 1').options)).toEqual({ adaptive: true });
  });

  it('takes the query behind tables, which may be repeated', () => {
    const { options, args } = parsed('--table', 'a=./a.parquet', '--table', 'b=s3://b/x=1/*.parquet', 'select 1');
    expect(args).toEqual(['select 1']);
    expect(options.table).toEqual([
      ['a', './a.parquet'],
      ['b', 's3://b/x=1/*.parquet'],
    ]);
  });

  it.each([
    [['--table', 'a'], "option '--table <name=uri>' argument 'a' is invalid. name=uri is wanted."],
    [['--table', '=x'], "option '--table <name=uri>' argument '=x' is invalid. name=uri is wanted."],
    [
      ['--table', 'a=1', '--table', 'a=2'],
      "option '--table <name=uri>' argument 'a=2' is invalid. a is there already.",
    ],
    [['--max-rows', 'some'], "option '--max-rows <n>' argument 'some' is invalid. a whole number is wanted."],
    [['--workers', '0'], "option '--workers <n>' argument '0' is invalid. a whole number from 1 on is wanted."],
    [['--workers', '1.5'], "option '--workers <n>' argument '1.5' is invalid. a whole number from 1 on is wanted."],
    [
      ['--format', 'xml'],
      "option '--format <name>' argument 'xml' is invalid. Allowed choices are table, csv, json, jsonl, arrow, none.",
    ],
    [['--levels', '4'], "option '--levels <n>' argument '4' is invalid. a whole number from 1 to 3 is wanted."],
    [['--nope'], "unknown option '--nope'"],
  ])('refuses %j', (args, message) => {
    expect(() => parsed(...args)).toThrow(`error: ${message}`);
  });

  it('reads --max-rows all as no limit', () => {
    expect(parsed('--max-rows', 'all').options.maxRows).toBe(Number.POSITIVE_INFINITY);
    expect(parsed('--max-rows', '0').options.maxRows).toBe(0);
  });

  it('offers a command without queries only what reaches objects', () => {
    const command = addConfigOptions(new Command(), STORAGE_KEYS);
    expect(command.options.map(({ long }) => long)).toEqual(['--data', '--endpoint', '--region', '--anonymous']);
  });

  it('refuses whole numbers that a double does not hold', () => {
    expect(wholeNumberFrom(0)('9007199254740991')).toBe(9007199254740991);
    expect(() => wholeNumberFrom(0)('9007199254740993')).toThrow('a whole number is wanted.');
  });
});

const counted = (requests: number, bytes = 0) => ({ requests, errors: 0, bytes, ms: 0 });
const REPORT = {
  version: 1,
  query: '01J',
  target: 'local',
  state: 'finished',
  rows: 1204,
  ms: { plan: 41, run: 1930, total: 1990 },
  stages: [
    { stage: 0, tasks: 4, rowsIn: 600_572, rowsOut: 16, ms: 1, slowestTaskMs: 1, memoryPeakBytes: 92_000_000 },
    { stage: 1, tasks: 1, rowsIn: 16, rowsOut: 4, ms: 1, slowestTaskMs: 1, memoryPeakBytes: 90_000_000 },
  ],
  requests: { ...noRequests(), GET: counted(42, 12_300_000), LIST: counted(1) },
  predicted: {
    requests: { GET: 40, HEAD: 0, PUT: 2, LIST: 1, DELETE: 0 },
    exchanges: { GET: 0, HEAD: 0, PUT: 0, LIST: 0, DELETE: 0 },
    bytes: 12_000_000,
  },
  invocations: 5,
  coldStarts: 4,
  retries: 0,
  gbSeconds: 3.456,
  dollars: null,
} as unknown as QueryReport;

describe('the receipt', () => {
  it('has rows, time, place, requests beside what was predicted, and the cost', () => {
    expect(receipt(REPORT)).toBe(
      [
        '1 204 rows · plan 41 ms · run 1.9 s · total 2.0 s',
        'local: 2 stages · 5 tasks · 5 invocations, 4 cold · 0 retries · peak 92 MB',
        '600 572 rows read · 12 MB · 42 GET (40 predicted) · 0 PUT (2 predicted) · 1 LIST (1 predicted)',
        '3.46 GB-s · $0 (nothing is billed here)',
      ].join('\n'),
    );
  });

  it('has the bill where there is one, and why the tasks ran there', () => {
    const dollars = {
      functions: 0.00012,
      requests: 0.000021,
      total: 0.000141,
      prices: { region: 'us-east-1', date: '2026-10-09' },
    };
    const lines = receipt({ ...REPORT, note: 'small: ran in this process', dollars }).split('\n');
    expect(lines[1]).toMatch(/^local \(small: ran in this process\): 2 stages/);
    expect(lines[3]).toBe(
      '3.46 GB-s · $0.000141 (functions $0.000120, requests $0.000021; us-east-1 prices of 2026-10-09)',
    );
  });

  it('says so when nothing was asked of the storage', () => {
    const none = {
      ...REPORT,
      requests: noRequests(),
      predicted: { ...REPORT.predicted, requests: REPORT.predicted.requests },
    };
    const requests = { GET: 0, HEAD: 0, PUT: 0, LIST: 0, DELETE: 0 };
    const predicted = { ...REPORT.predicted, requests };
    expect(receipt({ ...none, predicted }).split('\n')[2]).toBe('600 572 rows read · 0 B · no requests');
  });
});

it('the progress line says where a query is', () => {
  const progress = { stage: 0, stages: 2, tasksDone: 3, tasks: 9, rowsIn: 5, bytes: 12_000_000 };
  expect(progressText(progress)).toBe('stage 1/2 ▓▓▓▓░░░░░░░░ 3/9 tasks · 12 MB');
  expect(progressText({ ...progress, tasks: 0, tasksDone: 0 })).toBe('stage 1/2 ░░░░░░░░░░░░ 0/0 tasks · 12 MB');
});
