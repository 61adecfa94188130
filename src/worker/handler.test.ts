import { expect, it } from 'vitest';
import { attemptId, type QueryId, stageId, taskId } from '../common/ids.ts';
import { INTEGER } from '../common/types.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import type { WorkerEvent } from '../invoke/messages.ts';
import { pack, unpack } from '../invoke/pack.ts';
import type { ColumnId } from '../operators/expr/expr.ts';
import { PROTOCOL_VERSION, type Task, type TaskReport } from '../operators/task.ts';
import { handler } from './handler.ts';

async function reportOf(event: WorkerEvent): Promise<TaskReport> {
  const answer = await handler(event);
  if (!('report' in answer)) throw new Error(`no report in ${JSON.stringify(answer)}`);
  return decodeWire(unpack(answer.report)) as TaskReport;
}

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
  const event = { task: encodeWire(task) };
  const [first, second] = [await reportOf(event), await reportOf(event)];
  expect(first.outcome).toMatchObject({ ok: true, manifest: { rows: 1, body: { kind: 'inline' } } });
  expect([first.metrics.coldStart, second.metrics.coldStart]).toEqual([true, false]);
  expect(first.metrics.initMs).toBeGreaterThan(0);
  expect(second.metrics.initMs).toBe(null);
  expect(second.metrics.instance).toBe(first.metrics.instance);
  expect(first.metrics.memoryPeakBytes).toBeGreaterThan(10_000_000);
});

it('answers a failed task with a report, too', async () => {
  const { outcome } = await reportOf({ task: encodeWire({ ...task, version: 99 }) });
  expect(outcome).toMatchObject({ ok: false, error: { code: 'SQ6006' } });
});

it('reads a compressed task', async () => {
  const long = {
    ...task,
    plan: { ...task.plan, rows: Array.from({ length: 500 }, () => [{ kind: 'literal', value: 7, type: INTEGER }]) },
  };
  const packed = pack(encodeWire(long));
  expect(packed).toEqual({ brotli: expect.any(String) });
  expect((await reportOf({ task: packed })).outcome).toMatchObject({ ok: true, manifest: { rows: 500 } });
});

it('answers that it is ready', async () => {
  expect(await handler({ warm: true })).toEqual({ warm: true });
});

it.each([[{}], [null], [{ task: 7 }], [{ task: 'null' }], [{ task: '7' }]])('refuses the event %j', async (event) => {
  await expect(handler(event as never)).rejects.toMatchObject({ code: 'SQ3001', message: 'the event holds no task' });
});
