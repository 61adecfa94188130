import { expect, it } from 'vitest';
import { fakeStage } from '../../../test/driver/fake-cloud.ts';
import { column, ref } from '../../../test/oracle/expr-builder.ts';
import { stageId } from '../../common/ids.ts';
import { BIGINT } from '../../common/types.ts';
import { formatInputs, formatStages, money, size, wayOf } from './format-stages.ts';
import type { EdgePrediction, Prediction, Stage, StageOutput } from './stage-graph.ts';

const a = column(1, 'a', BIGINT);
const EDGE: EdgePrediction = {
  from: stageId(0),
  to: stageId(1),
  medium: 'objects',
  inMessages: false,
  compression: null,
  level: 1,
  levels: 1,
  writers: 1,
  readers: 1,
  partitions: null,
  bytes: 1_500_000,
  put: 1,
  get: 1,
  written: 0,
  read: 0,
  ms: 41.4,
  dollars: 0.0001,
  functions: 0.0002,
};
const PREDICTED: Prediction = {
  requests: { GET: 1_234, PUT: 0, HEAD: 0, LIST: 1, DELETE: 0 },
  exchanges: { GET: 0, PUT: 0, HEAD: 0, LIST: 0, DELETE: 0 },
  bytes: 1_100_000_000,
  edges: [],
  memoryMb: 1_769,
  ms: 1_940,
  dollars: { functions: 0.0027, requests: 0, total: 0.0027, prices: { region: 'us-east-1', date: '2026-10-09' } },
};
const END = [
  'Predicted: 1 234 GET · 1 LIST · 1.10 GB read · 1.9 s on functions of 1 769 MB',
  'Predicted bill: $0.0027 (functions $0.0027, requests $0; us-east-1 prices of 2026-10-09)',
].join('\n');

it('stages are shown from the result on, with what they hand on and what they scan', () => {
  const keys = [{ expr: ref(a), descending: true, nullsFirst: false }];
  const outputs: readonly StageOutput[] = [
    { kind: 'hash', keys: [ref(a)], of: 1_000, divisor: 1, partitions: 1_000 },
    { kind: 'roundRobin', partitions: 3 },
    { kind: 'range', keys, partitions: 12 },
    { kind: 'whole' },
  ];
  const part = { selected: 1, total: 2 };
  const bytes = { selected: 10, total: 2_000 };
  const scan = { scan: 0, table: 't', files: part, rowGroups: part, rows: part, bytes, columns: part };
  const stages = outputs.map(
    (output, id): Stage => ({
      ...fakeStage(id, id + 1, id === 0 ? [] : [id - 1]),
      output,
      scans: id === 0 ? [scan] : [],
    }),
  );
  const text = formatStages({ stages }, PREDICTED);
  const scanned = 't: files 1/2 · row groups 1/2 · rows 1/2 · bytes 10 B/2.00 kB · columns 1/2';
  expect(text).toBe(
    [
      'Stage 3 [4 tasks] ← 2',
      '  Values 0 rows',
      '',
      'Stage 2 [3 tasks] ← 1 → 12 pieces in order of a DESC NULLS LAST',
      '  Values 0 rows',
      '',
      'Stage 1 [2 tasks] ← 0 → 3 partitions in turn',
      '  Values 0 rows',
      '',
      'Stage 0 [1 task] → 1 000 partitions by a',
      '  Values 0 rows',
      `  ${scanned}`,
      '',
      END,
    ].join('\n'),
  );
  expect(formatInputs({ stages }, PREDICTED)).toBe(`${scanned}\n${END}`);
});

it('edges say how rows travel, between how many tasks, and what that takes', () => {
  const edges: EdgePrediction[] = [
    { ...EDGE, medium: 'inline', inMessages: true, put: 0, get: 0, dollars: 0 },
    { ...EDGE, writers: 1_000, readers: 20, put: 1_000, get: 20_000, bytes: 12_345 },
    { ...EDGE, readers: 4, partitions: 16, compression: 'lz4', level: 2, levels: 2, ms: 61_000, functions: 3 },
  ];
  const [, lines] = formatStages({ stages: [fakeStage(0, 1, [])] }, { ...PREDICTED, edges }).split('\n\n');
  expect(lines?.split('\n')).toEqual([
    'Exchange 0 → 1: inline · 1 task → 1 task · 1.50 MB · no requests · 41 ms · $0.00020',
    'Exchange 0 → 1: objects · 1 000 tasks → each of 20 tasks · 12.3 kB · 1 000 PUT · 20 000 GET · 41 ms · $0.00030',
    'Exchange 0 → 1: objects, lz4, level 2 of 2 · 1 task → 4 tasks by 16 partitions · 1.50 MB · 1 PUT · 1 GET · 61.0 s · $3.00',
  ]);
});

it('notes stand behind the lines that they are about', () => {
  const notes = { stage: () => ' (s)', node: (_: Stage, i: number) => ` (n${i})`, edge: () => ' (e)' };
  const text = formatStages({ stages: [fakeStage(0, 1, [])] }, { ...PREDICTED, edges: [EDGE] }, notes);
  expect(text.split('\n').slice(0, 4)).toEqual([
    'Stage 0 [1 task] (s)',
    '  Values 0 rows (n0)',
    '',
    'Exchange 0 → 1: objects · 1 task → 1 task · 1.50 MB · 1 PUT · 1 GET · 41 ms · $0.00030 (e)',
  ]);
});

it('a way of messages says where rows go that do not fit', () => {
  expect(wayOf({ ...EDGE, medium: 'inline', inMessages: false })).toBe('inline, else objects');
  expect(wayOf({ ...EDGE, medium: 'direct', compression: 'zstd' })).toBe('direct, zstd');
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [999.6, '1.00 kB'],
  [1_234, '1.23 kB'],
  [99_949, '99.9 kB'],
  [99_960, '100 kB'],
  [5e18, '5000 PB'],
])('%d bytes are %s', (bytes, text) => expect(size(bytes)).toBe(text));

it.each([
  [0, '$0'],
  [12.345, '$12.35'],
  [0.0027, '$0.0027'],
  [0.00000123, '$0.0000012'],
])('%d dollars are %s', (dollars, text) => expect(money(dollars)).toBe(text));
