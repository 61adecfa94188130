import type { Clock } from '../common/clock.ts';
import { InternalError } from '../common/errors.ts';
import type { StageId, TaskId } from '../common/ids.ts';
import { fieldOf } from '../operators/expr/expr.ts';
import { children, type ExchangeSourcePlan, type PhysicalPlan } from '../operators/plan.ts';
import type { ExchangeInput, Manifest } from '../operators/task.ts';
import { Arena } from '../wasm/arena.ts';
import type { LinearMemory } from '../wasm/linear-memory.ts';
import type { Batch } from '../wasm/vector.ts';
import type { TaskStores } from './host.ts';
import { AHEAD, ahead, awaited } from './read-ahead.ts';
import type { TaskLinks } from './task-links.ts';
import type { TaskRun } from './task-run.ts';

export interface ExchangeReading {
  readonly run: TaskRun;
  readonly stores: TaskStores;
  readonly memory: LinearMemory;
  readonly clock: Clock;
  readonly links: TaskLinks;
}

/** What one earlier stage delivers to the task. */
export function exchangeInput(plan: ExchangeSourcePlan, reading: ExchangeReading): AsyncGenerator<Batch> {
  const input = reading.run.task.exchanges[plan.stage];
  if (!input) throw new InternalError(`the task declares no input from stage ${plan.stage}`);
  return input.links ? fromLinks(plan, reading) : fromManifests(plan, input, reading);
}

/** A producer that has ended, or one whose report is in the journal, or will be. */
type Source =
  | { readonly kind: 'ended'; readonly task: TaskId; readonly manifest: Manifest }
  | { readonly kind: 'pending'; readonly task: TaskId };

interface Fetched {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
}

/** Producer after producer; the next ones are fetched while the rows of one are computed. */
async function* fromManifests(
  plan: ExchangeSourcePlan,
  input: ExchangeInput,
  { run, stores, memory, clock }: ExchangeReading,
): AsyncGenerator<Batch> {
  const [{ prefetch }, { bodySize, fetchBody, manifestBatches }, { awaitProducer }, { RangeFilter }] =
    await Promise.all([
      import('../exchange/prefetch.ts'),
      import('../exchange/manifest.ts'),
      import('./pending-producers.ts'),
      import('../exchange/range-filter.ts'),
    ]);
  const { task } = run;
  const edge = run.inputEdge(plan.stage);
  const resolve = edge.resolver(stores);
  const partitions = input.pending?.partitions ?? null;
  const manifestOf = async (source: Source, signal: AbortSignal): Promise<Manifest | null> => {
    if (source.kind === 'ended') return source.manifest;
    return awaitProducer(source.task, { consumer: task, stage: plan.stage, partitions, resolve, clock, signal });
  };
  const reading = ahead(run);
  const fetched = prefetch(sourcesOf(input, keepsOrder(task.plan, plan.stage)), {
    ...reading,
    bytes: (source) => (source.kind === 'ended' ? bodySize(source.manifest) : reading.maxBytes / AHEAD),
    fetch: async (source, signal): Promise<Fetched | null> => {
      const manifest = await manifestOf(source, signal);
      if (!manifest) return null;
      return run.time('fetch', async () => ({ manifest, bytes: await fetchBody(manifest, resolve, signal) }));
    },
  });
  const within = input.range ? new RangeFilter(input.range, plan.columns) : null;
  const columns = plan.columns.map(fieldOf);
  const arena = new Arena({ memory });
  for await (const { value } of awaited(run, fetched)) {
    await run.breathe();
    if (!value) continue;
    const { manifest, bytes } = value;
    run.object = manifest.body.kind === 'object' ? manifest.body.uri : null;
    for (const read of manifestBatches(manifest, bytes, columns, arena)) {
      const batch = within ? within.narrowed(read, manifest.task, arena) : read;
      if (!batch) continue;
      run.rowsIn += batch.length;
      yield batch;
      await run.breathe();
    }
    run.object = null;
  }
}

/** Those that have ended first, unless the rows have to come in the order of their tasks. */
function sourcesOf({ manifests, pending }: ExchangeInput, inOrder: boolean): readonly Source[] {
  const sources: readonly Source[] = [
    ...manifests.map((manifest) => ({ kind: 'ended', task: manifest.task, manifest }) as const),
    ...(pending?.tasks ?? []).map((task) => ({ kind: 'pending', task }) as const),
  ];
  return inOrder ? sources.toSorted((a, b) => a.task - b.task) : sources;
}

/** Operators whose rows come in an order of their own, whatever the order of their input. */
const REORDERS: ReadonlySet<PhysicalPlan['kind']> = new Set([
  'aggregate',
  'join',
  'sort',
  'topN',
  'window',
  'setOperation',
]);

/** Whether rows of the stage leave the plan in the order in which they came. */
export function keepsOrder(plan: PhysicalPlan, stage: StageId): boolean {
  if (plan.kind === 'exchangeSource') return plan.stage === stage;
  return !REORDERS.has(plan.kind) && children(plan).some((input) => keepsOrder(input, stage));
}

/** Piece after piece, in the order of their arrival. */
async function* fromLinks(plan: ExchangeSourcePlan, { run, memory, links }: ExchangeReading): AsyncGenerator<Batch> {
  const { arrowBatches } = await import('../exchange/arrow-read.ts');
  const edge = run.inputEdge(plan.stage);
  const columns = plan.columns.map(fieldOf);
  const arena = new Arena({ memory });
  for await (const { peer, bytes, rows } of awaited(run, iterated(links.reader(plan.stage)))) {
    edge.add(bytes.length);
    const from = `stage ${plan.stage}, task ${peer}`;
    let read = 0;
    for (const batch of arrowBatches(bytes, columns, arena, from)) {
      read += batch.length;
      run.rowsIn += batch.length;
      yield batch;
      await run.breathe();
    }
    if (read !== rows) throw new InternalError(`${from} sent a piece of ${read} rows as one of ${rows}`);
  }
}

async function* iterated<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  yield* items;
}
