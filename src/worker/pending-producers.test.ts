import { describe, expect, it } from 'vitest';
import { fakeTask, manifestOf, PLAN, type QUERY, succeeded } from '../../test/driver/fake-cloud.ts';
import { VirtualClock } from '../cloud/sim/virtual-clock.ts';
import { CancelledError, ResourceError } from '../common/errors.ts';
import { attemptId, stageId, taskId } from '../common/ids.ts';
import { encodeWire } from '../common/wire.ts';
import { endedKey } from '../invoke/journal.ts';
import type { PhysicalPlan } from '../operators/plan.ts';
import { journalKey, type Manifest, type Task } from '../operators/task.ts';
import { MemoryObjectStore } from '../storage/memory.ts';
import { Stores } from '../storage/stores.ts';
import { startDeadline } from './deadline.ts';
import { EdgeMeter } from './edge-meter.ts';
import { keepsOrder } from './exchange-input.ts';
import { awaitProducer } from './pending-producers.ts';

const JOURNAL = 'memory://scratch/01JQUERY/journal/';
const PRODUCER = fakeTask({ stage: stageId(1), task: taskId(4) });
const consumer = (more: Partial<Task> = {}): Task => fakeTask({ stage: stageId(2), journal: JOURNAL, ...more });

interface Setup {
  readonly clock: VirtualClock;
  readonly store: MemoryObjectStore;
  readonly edge: EdgeMeter;
  /** Puts an object after so many ms. */
  put(uri: string, body: string, afterMs: number): Promise<void>;
  wait(more?: {
    partitions?: { from: number; to: number };
    consumer?: Task;
    signal?: AbortSignal;
  }): Promise<Manifest | null>;
}

function setUp(): Setup {
  const clock = new VirtualClock();
  const store = new MemoryObjectStore({ clock });
  const stores = new Stores({}, { clock, transports: { memory: store } });
  const edge = new EdgeMeter();
  const resolve = edge.resolver({ resolve: (uri) => stores.resolve(uri), requests: () => stores.requests() });
  return {
    clock,
    store,
    edge,
    put: async (uri, body, afterMs) => {
      await clock.sleep(afterMs);
      await store.put(stores.parse(uri).location, Buffer.from(body));
    },
    wait: ({ partitions, consumer: own = consumer(), signal = new AbortController().signal } = {}) =>
      awaitProducer(taskId(4), {
        consumer: own,
        stage: stageId(1),
        partitions: partitions ?? null,
        resolve,
        clock,
        signal,
      }),
  };
}

const report = (manifest: Manifest) => encodeWire(succeeded(PRODUCER, manifest));
const key = journalKey(JOURNAL, PRODUCER);

describe('a producer that had not ended', () => {
  it('is read with one GET when it has by now', async () => {
    const { put, wait, edge } = setUp();
    await put(key, report(manifestOf(PRODUCER, 3)), 0);
    expect(await wait()).toEqual(manifestOf(PRODUCER, 3));
    expect(edge.traffic).toEqual({ requests: 1, bytes: report(manifestOf(PRODUCER, 3)).length });
  });

  it('is looked for, less and less often, and every look is counted', async () => {
    const { put, wait, edge, clock } = setUp();
    const coming = put(key, report(manifestOf(PRODUCER, 3)), 10_000);
    expect(await wait()).toEqual(manifestOf(PRODUCER, 3));
    await coming;
    // Pauses of 50 ms and half as much again each time, two seconds at most; one look at the query's end.
    expect(edge.traffic.requests).toBe(15);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(10_000);
    expect(clock.monotonic()).toBeLessThan(12_000);
  });

  it('gives the slice of its partitions', async () => {
    const { put, wait } = setUp();
    const partitions = [
      { rows: 1, offset: 0, length: 8 },
      { rows: 0, offset: 8, length: 0 },
      { rows: 2, offset: 8, length: 16 },
    ];
    const body = { kind: 'object', uri: 'memory://scratch/o', etag: '"e"', size: 24 } as const;
    await put(key, report({ ...manifestOf(PRODUCER, 3, body), partitions }), 0);
    expect(await wait({ partitions: { from: 2, to: 3 } })).toEqual(
      manifestOf(PRODUCER, 2, { ...body, offset: 8, size: 16 }),
    );
    expect(await wait({ partitions: { from: 1, to: 2 } })).toBe(null);
  });

  it('that never comes fails the consumer at its deadline, to be tried again', async () => {
    const { wait, clock } = setUp();
    const deadline = startDeadline(clock, clock.now() + 3_000);
    const error = await wait({ signal: deadline.signal }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'InvokeError',
      code: 'SQ6013',
      message: 'stage 2, task 3 waited for stage 1, task 4 until its time was over',
      hint: 'use functions with a longer timeout',
      retryable: true,
    });
    expect(clock.monotonic()).toBe(3_000);
  });

  it('is not waited for when the query has ended', async () => {
    const { put, wait, clock } = setUp();
    const ended = put(endedKey(JOURNAL), '', 1_000);
    await expect(wait()).rejects.toEqual(new CancelledError('SQ7000', 'the query has ended'));
    await ended;
    expect(clock.monotonic()).toBeLessThan(8_000);
  });

  it('is not waited for when the consumer is cancelled', async () => {
    const { wait } = setUp();
    const reason = new ResourceError('SQ4001', 'enough');
    await expect(wait({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each([
    ['another task', encodeWire(succeeded(fakeTask({ stage: stageId(1), task: taskId(5) })))],
    ['another query', encodeWire(succeeded({ ...PRODUCER, query: 'x' as typeof QUERY }))],
    ['null', 'null'],
  ])('is refused when its place has the report of %s', async (_, body) => {
    const { put, wait } = setUp();
    await put(key, body, 0);
    await expect(wait()).rejects.toMatchObject({
      code: 'SQ6005',
      message: 'the journal has no report of stage 1, task 4 in its place',
    });
  });

  it('is refused when its place has no report at all', async () => {
    const { put, wait } = setUp();
    await put(key, '{', 0);
    await expect(wait()).rejects.toMatchObject({ code: 'SQ3001' });
  });

  it('may be of any attempt', async () => {
    const { put, wait } = setUp();
    const second = { ...PRODUCER, attempt: attemptId(1) };
    await put(key, encodeWire(succeeded(second, manifestOf(second, 3))), 0);
    expect(await wait()).toMatchObject({ attempt: 1, rows: 3 });
  });

  it('cannot be found without a journal', async () => {
    const { journal: _, ...own } = consumer();
    await expect(setUp().wait({ consumer: own })).rejects.toMatchObject({
      code: 'SQ9000',
      message: 'stage 2 waits for stage 1 without a journal',
    });
  });
});

describe('the order of producers', () => {
  const { columns } = PLAN;
  const source: PhysicalPlan = { kind: 'exchangeSource', stage: stageId(1), columns };
  const limit: PhysicalPlan = { kind: 'limit', input: source, limit: 3, offset: 0, columns };
  const sort: PhysicalPlan = { kind: 'sort', input: source, keys: [], columns };

  it.each<[string, PhysicalPlan, boolean]>([
    ['is kept where rows leave as they come', limit, true],
    ['is not kept below a sort', sort, false],
    ["is another stage's business", { ...source, stage: stageId(5) }, false],
  ])('%s', (_, plan, kept) => expect(keepsOrder(plan, stageId(1))).toBe(kept));
});
