import { describe, expect, it } from 'vitest';
import { chain, fakeCloud, METRICS, QUERY, succeeded } from '../../test/driver/fake-cloud.ts';
import { ExecutionError, InvokeError, type SquallError } from '../common/errors.ts';
import { attemptId, stageId, taskId } from '../common/ids.ts';
import { type PriceTable, US_EAST_1 } from '../common/prices.ts';
import type { TaskMetrics } from '../operators/task.ts';
import type { PlannedQuery } from '../planner/plan-query.ts';
import { predict } from '../planner/stages/predict.ts';
import { noRequests } from '../storage/counted.ts';
import { bill, gbSeconds } from './report.ts';
import { ReportBuilder } from './report-builder.ts';
import { RequestMeter } from './request-meter.ts';
import type { AttemptEvent } from './schedule/schedule-options.ts';

const requests = (counts: Partial<Record<'GET' | 'PUT' | 'LIST', number>>) => {
  const of = (count = 0) => ({ requests: count, errors: 0, bytes: count * 100, ms: count });
  return { ...noRequests(), GET: of(counts.GET), PUT: of(counts.PUT), LIST: of(counts.LIST) };
};

describe('GB-seconds', () => {
  it('are the milliseconds of tasks, begun ones whole, and of cold starts, times the memory', () => {
    const warm: TaskMetrics = { ...METRICS, ms: { ...METRICS.ms, total: 999.2 } };
    const cold: TaskMetrics = { ...warm, coldStart: true, initMs: 500 };
    expect(gbSeconds([warm], 1024)).toBe(1);
    expect(gbSeconds([warm, cold], 2048)).toBe(5);
    expect(gbSeconds([], 1024)).toBe(0);
  });
});

describe('the bill', () => {
  it('is functions and requests by the price table', () => {
    const usage = {
      gbSeconds: 1_000,
      invocations: 2_000_000,
      requests: requests({ GET: 1_000_000, PUT: 1000, LIST: 1000 }),
    };
    const dollars = bill(US_EAST_1, usage);
    expect(dollars.functions).toBeCloseTo(0.0133334 + 0.4, 10);
    expect(dollars.requests).toBeCloseTo(0.4 + 0.005 + 0.005, 10);
    expect(dollars.total).toBe(dollars.functions + dollars.requests);
    expect(dollars.prices).toEqual({ region: 'us-east-1', date: US_EAST_1.date });
  });

  it('has a dated table with a price for every class of request', () => {
    expect(US_EAST_1.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(Object.keys(US_EAST_1.request).sort()).toEqual(['DELETE', 'GET', 'HEAD', 'LIST', 'PUT']);
    expect(Object.values(US_EAST_1.request).every((price) => price >= 0 && price < 1e-4)).toBe(true);
  });
});

const PLANNED = {
  stages: chain(2, 1),
  predicted: {
    ...predict(chain(2, 1), []),
    requests: { GET: 4, HEAD: 0, PUT: 0, LIST: 1, DELETE: 0 },
    bytes: 200,
  },
} as unknown as PlannedQuery;

function setUp(target: 'local' | 'inline' = 'local', prices: PriceTable | null = null) {
  const cloud = { ...fakeCloud({ invoke: async (task) => succeeded(task), prices }), target };
  const meter = new RequestMeter();
  const { clock } = cloud;
  const options = { query: QUERY, cloud, planned: PLANNED, clock, meter, startedAt: 0, plannedAt: 40 };
  return { clock, meter, report: new ReportBuilder({ ...options, note: 'why' }) };
}

const event = (stage: number, task: number, more: Partial<AttemptEvent> = {}): AttemptEvent => ({
  stage: stageId(stage),
  task,
  attempt: 0,
  startedAt: 50,
  endedAt: 150,
  metrics: METRICS,
  error: null,
  retried: false,
  throttles: 0,
  ...more,
});
const ended = (error: SquallError, retried: boolean): Partial<AttemptEvent> => ({ error, retried });
const slowDown = new InvokeError('SQ6001', 'broken', { retryable: true });

describe('the report', () => {
  it('sums tasks, attempts and requests, those of the driver too', () => {
    const { report, meter } = setUp('local', US_EAST_1);
    meter.add({ class: 'LIST', location: { bucket: 'b', key: '' }, bytes: 0, ms: 2, outcome: 'ok' });
    const reading = { ...METRICS, requests: requests({ GET: 2 }), memoryPeakBytes: 3000 };
    report.attempt(event(0, 0, { metrics: { ...reading, coldStart: true, initMs: 20 }, endedAt: 250 }));
    report.attempt(event(0, 1, { metrics: { ...reading, rowsIn: 1 }, ...ended(slowDown, true) }));
    report.attempt(
      event(0, 1, { metrics: { ...reading, memoryPeakBytes: 5000 }, startedAt: 160, endedAt: 300, attempt: 1 }),
    );
    report.attempt(event(1, 0, { startedAt: 300, endedAt: 310 }));
    report.ran([
      {
        stage: stageId(1),
        task: taskId(0),
        attempt: attemptId(0),
        rows: 7,
        body: { kind: 'inline', bytes: new Uint8Array() },
      },
    ]);
    const built = report.build();
    expect(built).toMatchObject({
      version: 2,
      query: QUERY,
      target: 'local',
      note: 'why',
      state: 'running',
      rows: 7,
      invocations: 4,
      coldStarts: 1,
      retries: 1,
      predicted: PLANNED.predicted,
    });
    expect(built.requests.GET).toEqual({ requests: 6, errors: 0, bytes: 600, ms: 6 });
    expect(built.requests.LIST).toEqual({ requests: 1, errors: 0, bytes: 0, ms: 2 });
    expect(built.stages).toEqual([
      { stage: 0, tasks: 2, rowsIn: 20, rowsOut: 2, ms: 250, slowestTaskMs: 200, memoryPeakBytes: 5000 },
      { stage: 1, tasks: 1, rowsIn: 10, rowsOut: 1, ms: 10, slowestTaskMs: 10, memoryPeakBytes: 1000 },
    ]);
    expect(built.gbSeconds).toBeCloseTo((4 * 5 + 20) / 1000, 12);
    expect(built.dollars?.total).toBeCloseTo(0.04 * 0.0000133334 + 4 * 0.2e-6 + 6 * 0.4e-6 + 5e-6, 12);
  });

  it('bills a function that died for as long as it was called, and one that was never reached not at all', () => {
    const { report } = setUp('local', US_EAST_1);
    const died = new InvokeError('SQ6004', 'a function died', { retryable: true });
    report.attempt(event(0, 0, { metrics: null, ...ended(died, true) }));
    report.attempt(event(0, 1, { metrics: null, ...ended(slowDown, true) }));
    const { gbSeconds: total, invocations } = report.build();
    expect(total).toBeCloseTo(0.1, 12);
    expect(invocations).toBe(1);
  });

  it('counts neither invocations nor GB-seconds in this process', () => {
    const { report } = setUp('inline');
    report.attempt(event(0, 0));
    expect(report.build()).toMatchObject({ target: 'inline', invocations: 0, gbSeconds: 0, dollars: null });
  });

  it('has no rows and no time of stages that never ran', () => {
    const { report } = setUp();
    report.attempt(
      event(0, 0, { metrics: null, ...ended(new ExecutionError('SQ3003', 'division by zero') as never, false) }),
    );
    report.end('failed');
    const built = report.build();
    expect(built.state).toBe('failed');
    expect(built.stages[0]).toMatchObject({ tasks: 0, rowsIn: 0, ms: 100 });
    expect(built.stages[1]).toEqual({
      stage: 1,
      tasks: 0,
      rowsIn: 0,
      rowsOut: 0,
      ms: 0,
      slowestTaskMs: 0,
      memoryPeakBytes: 0,
    });
  });

  it('keeps its times once the query has ended', async () => {
    const { report, clock } = setUp();
    await clock.sleep(100);
    report.ran([]);
    await clock.sleep(30);
    report.end('finished');
    await clock.sleep(500);
    expect(report.build().ms).toEqual({ plan: 40, run: 60, total: 130 });
    expect(report.build().state).toBe('finished');
  });

  it('is plain data', () => {
    const { report } = setUp('local', US_EAST_1);
    report.attempt(event(0, 0));
    const built = report.build();
    expect(JSON.parse(JSON.stringify(built))).toEqual(built);
  });

  it('tells the progress of a stage', () => {
    const { report } = setUp();
    report.attempt(event(0, 0));
    report.attempt(event(0, 1, ended(slowDown, true)));
    expect(report.progress(0)).toEqual({ tasksDone: 1, rowsIn: 20, bytes: 0 });
    expect(report.progress(1).tasksDone).toBe(0);
  });
});
