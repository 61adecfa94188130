import { InternalError } from '../common/errors.ts';
import type { StageId } from '../common/ids.ts';
import { stageId } from '../common/ids.ts';
import type { LinkReader } from '../exchange/direct/link-reader.ts';
import type { LinkSummary } from '../exchange/direct/link-summary.ts';
import type { LinkWriter } from '../exchange/direct/link-writer.ts';
import type { LinkTraffic } from '../operators/task.ts';
import type { TaskStores, WorkerHost } from './host.ts';
import type { TaskRun } from './task-run.ts';

/** The links of one task: all are registered before any row is read, since the tasks of a gang wait for each other. */
export class TaskLinks {
  readonly #readers: ReadonlyMap<StageId, LinkReader>;
  readonly #writer: LinkWriter | null;
  readonly #read = new Set<StageId>();

  constructor(readers: ReadonlyMap<StageId, LinkReader>, writer: LinkWriter | null) {
    this.#readers = readers;
    this.#writer = writer;
  }

  /** The rows that a stage sends: they come once. */
  reader(stage: StageId): LinkReader {
    const reader = this.#readers.get(stage);
    if (!reader) throw new InternalError(`the task has no links from stage ${stage}`);
    if (this.#read.has(stage)) throw new InternalError(`what comes over links from stage ${stage} is read twice`);
    this.#read.add(stage);
    return reader;
  }

  get writer(): LinkWriter {
    if (!this.#writer) throw new InternalError('the task has no links to send over');
    return this.#writer;
  }

  /** What came of the links; null for a task without. `sent` is what the writer tells at its end. */
  traffic(sent: LinkSummary | null): LinkTraffic | null {
    const summaries = [...this.#readers.values()].map((reader) => reader.summary());
    if (sent) summaries.push(sent);
    if (summaries.length === 0) return null;
    return {
      connected: summaries.reduce((sum, { connected }) => sum + connected, 0),
      fellBack: summaries.flatMap(({ fellBack }) => fellBack),
      descriptorsPeak: summaries.reduce((sum, { descriptorsPeak }) => sum + descriptorsPeak, 0),
    };
  }

  /** Ends every socket; what the task failed with, its peers fail with. Without an error, no more rows are wanted. */
  async close(error?: unknown): Promise<void> {
    const ends = [...this.#readers.values()].map((reader) => reader.close(error));
    if (this.#writer) ends.push(this.#writer.close(error));
    await Promise.all(ends);
  }
}

const NO_LINKS = new TaskLinks(new Map(), null);

/** Opens the links that the task declares. Throws InvokeError SQ6011; then none is left open. */
export async function openTaskLinks(run: TaskRun, stores: TaskStores, host: WorkerHost): Promise<TaskLinks> {
  const { task, signal } = run;
  const inputs = Object.entries(task.exchanges).flatMap(([stage, { links }]) =>
    links ? [{ from: stageId(Number(stage)), links }] : [],
  );
  const output = task.output.links;
  if (inputs.length === 0 && !output) return NO_LINKS;
  const [{ openLinkReader }, { openLinkWriter }] = await Promise.all([
    import('../exchange/direct/link-reader.ts'),
    import('../exchange/direct/link-writer.ts'),
  ]);
  const { clock, random } = host;
  const self = { stage: task.stage, task: task.task, attempt: task.attempt };
  const readers = inputs.map(({ from, links }) => {
    const resolve = run.inputEdge(from).requestsOnly(stores);
    return openLinkReader({ input: links, from, self, host: { clock, random, resolve }, signal });
  });
  const resolve = run.outputEdge.requestsOnly(stores);
  const writer = output && openLinkWriter({ output, self, host: { clock, random, resolve }, signal });
  try {
    const [opened, sending] = [await Promise.all(readers), (await writer) ?? null];
    return new TaskLinks(new Map(opened.map((reader, i) => [inputs[i]!.from, reader])), sending);
  } catch (error) {
    const settled = await Promise.allSettled([...readers, writer]);
    await Promise.all(settled.map((one) => (one.status === 'fulfilled' ? one.value?.close(error) : undefined)));
    throw error;
  }
}
