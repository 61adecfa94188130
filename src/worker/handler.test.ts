import { expect, it } from 'vitest';
import { attemptId, type QueryId, stageId, taskId } from '../common/ids.ts';
import { INTEGER } from '../common/types.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import type { ColumnId } from '../operators/expr/expr.ts';
import { PROTOCOL_VERSION, type Task, type TaskReport } from '../operators/task.ts';
import { handler } from './handler.ts';

const task: Task = {
  version: PROTOCOL_VERSION,
  query: '01J00000000000000000000000' as QueryId,
  stage: stageId(0),
  task: taskId(0),
  attempt: attemptId(0),
  plan: {
    kind: 'values',
    rows: [[{ kind: 'literal', value: 7, type: INTEGER }]],
    columns: [{ id: 1 as ColumnId, name: 'n', type: INTEGER, nullable: false }],
  },
  scans: {},
  exchanges: {},
  output: { maxInlineBytes: 100_000, uri: 'memory://scratch/out.arrow' },
  storage: {},
  budget: { memoryBytes: 1e7, deadline: Date.now() + 60_000 },
};

it('answers a task with a report, cold the first time and warm after', async () => {
  const invoke = async () => decodeWire((await handler({ task: encodeWire(task) })).report) as TaskReport;
  const [first, second] = [await invoke(), await invoke()];
  expect(first.outcome).toMatchObject({ ok: true, manifest: { rows: 1, body: { kind: 'inline' } } });
  expect([first.metrics.coldStart, second.metrics.coldStart]).toEqual([true, false]);
  expect(first.metrics.initMs).toBeGreaterThan(0);
  expect(second.metrics.initMs).toBe(null);
  expect(second.metrics.instance).toBe(first.metrics.instance);
  expect(first.metrics.memoryPeakBytes).toBeGreaterThan(10_000_000);
});

it('answers a failed task with a report, too', async () => {
  const { report } = await handler({ task: encodeWire({ ...task, version: 99 }) });
  expect((decodeWire(report) as TaskReport).outcome).toMatchObject({ ok: false, error: { code: 'SQ6006' } });
});

it.each([[{}], [null], [{ task: 7 }], [{ task: 'null' }], [{ task: '7' }]])('refuses the event %j', async (event) => {
  await expect(handler(event as never)).rejects.toMatchObject({ code: 'SQ3001', message: 'the event holds no task' });
});
