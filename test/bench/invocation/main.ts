// Time until the last task starts: flat against a tree. The real driver side (LambdaInvoker) and the real function (serve) under the
// virtual time of cloud/sim; only the service between them is a stand-in: every invocation takes 50 ms to start its function, a caller
// has at most 64 under way, every function is warm, a task takes no time. npm run bench:invocation
import { setMaxListeners } from 'node:events';
import { simCloud } from '../../../src/cloud/sim/sim-cloud.ts';
import { attemptId, type QueryId, stageId, taskId } from '../../../src/common/ids.ts';
import { INTEGER } from '../../../src/common/types.ts';
import type { Invoker } from '../../../src/driver/cloud.ts';
import { RequestMeter } from '../../../src/driver/request-meter.ts';
import type { ColumnId } from '../../../src/operators/expr/expr.ts';
import { PROTOCOL_VERSION, type Task, type TaskReport } from '../../../src/operators/task.ts';
import { MemoryObjectStore } from '../../../src/storage/memory.ts';

const SIZES = [64, 256, 1_000];
const fixed = (ms: number) => ({ medianMs: ms, p95Ms: ms });
const MODEL = {
  read: { medianMs: 27, p95Ms: 73 },
  write: { medianMs: 41, p95Ms: 92 },
  invoke: fixed(50),
  coldStart: fixed(0.001),
  inFlight: 64,
  bytesPerMs: 78_643,
  rowsPerMs: 5_000,
};
const BASE = 's3://scratch/squall/01JBENCH/';

interface Run {
  /** Until the last task starts, and until the driver has the last report, ms. */
  readonly lastStart: number;
  readonly lastReport: number;
  readonly requests: string;
}

async function run(count: number, way: 'flat' | 'tree'): Promise<Run> {
  const cloud = await simCloud({ seed: 1, objects: new MemoryObjectStore(), model: MODEL });
  const invoker = cloud.invoker as Required<Invoker>;
  const deadline = cloud.clock.now() + 600_000;
  const tasks = Array.from({ length: count }, (_, n) => task(n, deadline, way === 'tree'));
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const options = { signal, wrote: () => undefined };
  const meter = new RequestMeter();
  const invoke = (): readonly Promise<TaskReport>[] =>
    way === 'tree' ? invoker.invokeTree(tasks, options) : tasks.map((one) => invoker.invoke(one, options));
  const reports = await meter.run(() => Promise.all(invoke()));
  const failed = reports.find(({ outcome }) => !outcome.ok);
  if (failed) throw new Error(`a task failed: ${JSON.stringify(failed.outcome)}`);
  const lastReport = cloud.clock.monotonic();
  // A task takes no time: it starts when it ends.
  const starts = cloud.trace.text.split('\n').filter((line) => /function-\d+ ends stage/.test(line));
  if (starts.length !== count) throw new Error(`${starts.length} of ${count} tasks started`);
  const { LIST, GET } = meter.counts();
  await cloud.close();
  return {
    lastStart: Math.max(...starts.map((line) => Number.parseFloat(line))),
    lastReport,
    requests: way === 'tree' ? `${count} marker PUT, ${GET.requests} GET, ${LIST.requests} LIST` : 'none',
  };
}

function task(n: number, deadline: number, journaled: boolean): Task {
  return {
    version: PROTOCOL_VERSION,
    query: '01JBENCH' as QueryId,
    stage: stageId(0),
    task: taskId(n),
    attempt: attemptId(0),
    plan: {
      kind: 'values',
      rows: [[{ kind: 'literal', value: n, type: INTEGER }]],
      columns: [{ id: 1 as ColumnId, name: 'n', type: INTEGER, nullable: false }],
    },
    scans: {},
    exchanges: {},
    output: { uri: `${BASE}stage-0/task-${n}.attempt-0.arrow`, maxInlineBytes: 100_000 },
    storage: {},
    budget: { memoryBytes: 1e7, deadline },
    ...(journaled && { journal: `${BASE}journal/` }),
  };
}

console.log(
  'virtual time; 50 ms from an invocation to its function, at most 64 under way per caller, warm functions, empty tasks',
);
for (const count of SIZES) {
  const [flat, tree] = [await run(count, 'flat'), await run(count, 'tree')];
  const line = (way: string, { lastStart, lastReport, requests }: Run) =>
    `${String(count).padStart(5)} tasks ${way}: last start ${lastStart.toFixed(0).padStart(5)} ms, last report ${lastReport.toFixed(0).padStart(5)} ms, requests: ${requests}`;
  console.log(line('flat', flat));
  console.log(line('tree', tree));
  console.log(`            last start, flat : tree = ${(flat.lastStart / tree.lastStart).toFixed(2)} : 1`);
}
