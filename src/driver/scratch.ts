import type { QueryId } from '../common/ids.ts';
import { endedKey } from '../invoke/journal.ts';
import { journalKey, type Manifest, type Task } from '../operators/task.ts';
import type { Resolved, Stores } from '../storage/stores.ts';

/** Folders that the objects of a query spread over: S3 bears so many times its requests per second and prefix. */
const SPREAD = 16;

/**
 * The temporary objects of one query: all below one prefix (in each bucket, where several are given), one key per attempt. When the
 * query ends `clean` deletes what its attempts are known to have written, without a listing unless one of them was lost: what a
 * function that died has left has names that only a listing tells. While a function may still run, and write, that listing waits for
 * its end (`settle`); it is repeated by `sweep` when a store has refused.
 */
export class Scratch {
  readonly #stores: Stores;
  readonly #prefixes: readonly string[];
  readonly #written = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #lingering = new Set<Promise<void>>();
  /** There may be objects whose names only a listing tells. */
  #unknown = false;
  /** The store refused to delete. */
  #refused = false;
  /** Functions may be waiting for reports in the journal. */
  #awaited = false;

  /** @param base URI prefix, or several with commas between them */
  constructor(stores: Stores, base: string, query: QueryId) {
    this.#stores = stores;
    this.#prefixes = scratchBases(base).map((one) => `${one.replace(/\/$/, '')}/${query}/`);
  }

  /** URI for the output of one attempt; no two attempts share one. */
  uri({ stage, task, attempt }: Pick<Task, 'stage' | 'task' | 'attempt'>): string {
    const name = `stage-${stage}/task-${task}.attempt-${attempt}.arrow`;
    const hash = hashOf(name);
    const prefix = this.#prefixes[Math.floor(hash / SPREAD) % this.#prefixes.length];
    return `${prefix}${(hash % SPREAD).toString(SPREAD)}/${name}`;
  }

  /** URI prefix of the reports that attempts leave for others. */
  get journal(): string {
    return `${this.#prefixes[0]}journal/`;
  }

  /** URI prefix for what a gang of that name leaves behind; cleaned with one listing. */
  gang(name: string): string {
    return `${this.#prefixes[0]}gang-${name}/`;
  }

  /** An attempt starts, which may leave its report in the journal. */
  starts(task: Task): void {
    if (task.journal !== undefined) this.#written.add(journalKey(task.journal, task));
    this.#awaited ||= Object.values(task.exchanges).some(({ pending }) => pending !== undefined);
  }

  /** An attempt reported what it wrote. */
  wrote(manifest: Manifest): void {
    if (manifest.body.kind === 'object') this.#written.add(manifest.body.uri);
  }

  /** Something on the way to or from an attempt was, or will be, put there. */
  mayExist(uri: string): void {
    this.#written.add(uri);
  }

  /** Objects of unknown names may be below that prefix. */
  mayExistBelow(prefix: string): void {
    this.#folders.add(prefix);
  }

  /** An attempt ended without a report: what it has written has names that only a listing tells. */
  lost(uri: string): void {
    this.#written.add(uri);
    this.#unknown = true;
  }

  /** Objects that nobody will report may be anywhere below the query's prefix. */
  mayExistAnywhere(): void {
    this.#unknown = true;
  }

  /** A function that nobody waits for may still run, and write, until the promise resolves. */
  lingers(gone: Promise<void>): void {
    this.#unknown = true;
    this.#lingering.add(gone);
    void gone.then(() => this.#lingering.delete(gone));
  }

  /** True when a function may still be writing, or something could not be deleted. */
  get unsettled(): boolean {
    return this.#unknown || this.#refused;
  }

  /**
   * Deletes all that is known to have been written, and what lost attempts have left unless a function may still be writing. A store
   * that refuses is asked again by `sweep`, whose error is the session's: a query that has its answer does not fail for its leftovers.
   */
  async clean(): Promise<void> {
    const written = [...this.#written].map((uri) => this.#stores.resolve(uri));
    const folders = [...this.#folders].map((uri) => this.#stores.resolve(uri));
    this.#written.clear();
    this.#folders.clear();
    const running = this.#lingering.size > 0;
    try {
      for (const objects of byBucket(written)) await removeAll(objects);
      if (this.#unknown && !running) await this.sweep();
      else for (const folder of folders) await removeBelow(folder);
      if (running && this.#awaited) await this.#tellThatItEnded();
    } catch {
      this.#refused = true;
    }
  }

  /**
   * Waits until no function of the query can be running any more, and removes what they have left. When the signal fires, and when the
   * store refuses, it stays `unsettled`.
   */
  async settle(signal: AbortSignal): Promise<void> {
    if (!this.#unknown) return;
    await untilFired(Promise.all(this.#lingering), signal);
    if (signal.aborted) return;
    try {
      await this.sweep();
    } catch {
      this.#refused = true;
    }
  }

  /** Lists the query's prefix and deletes whatever is there, half-written files too. */
  async sweep(): Promise<void> {
    for (const prefix of this.#prefixes) await removeBelow(this.#stores.resolve(prefix));
    this.#unknown = false;
    this.#refused = false;
  }

  /** Functions that wait for what others would have delivered look for this. */
  async #tellThatItEnded(): Promise<void> {
    const { store, location } = this.#stores.resolve(endedKey(this.journal));
    await store.put(location, new Uint8Array());
  }
}

/** Resolves with the promise, or when the signal fires. */
async function untilFired(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let onAbort: () => void = () => undefined;
  const fired = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal.addEventListener('abort', onAbort, { once: true });
  });
  await Promise.race([promise, fired]);
  signal.removeEventListener('abort', onAbort);
}

/** The URI prefixes of a list with commas; a comma before anything but a URI is part of a name. */
export const scratchBases = (list: string): readonly string[] => list.split(/,(?=[A-Za-z0-9+.-]+:\/\/)/);

/** FNV-1a, its halves folded: the low bits alone differ little for names that do. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 4) & 0xffffff;
}

function byBucket(objects: readonly Resolved[]): Iterable<readonly Resolved[]> {
  const buckets = new Map<string, Resolved[]>();
  for (const object of objects) {
    const name = `${object.scheme}://${object.location.bucket}`;
    const known = buckets.get(name);
    if (known) known.push(object);
    else buckets.set(name, [object]);
  }
  return buckets.values();
}

async function removeAll(objects: readonly Resolved[]): Promise<void> {
  const [first] = objects;
  if (!first) return;
  await first.store.delete(
    first.location.bucket,
    objects.map(({ location }) => location.key),
  );
}

async function removeBelow({ store, location }: Resolved): Promise<void> {
  for await (const page of store.list({ bucket: location.bucket, prefix: location.key, unfinished: true })) {
    await store.delete(
      location.bucket,
      page.objects.map((object) => object.key),
    );
  }
}
