import type { QueryId } from '../common/ids.ts';
import { journalKey, type Manifest, type Task } from '../operators/task.ts';
import type { Resolved, Stores } from '../storage/stores.ts';

/** Folders that the objects of a query spread over: S3 bears so many times its requests per second and prefix. */
const SPREAD = 16;

/**
 * The temporary objects of one query: all below one prefix (in each bucket, where several are given), one key per attempt. `clean`
 * removes what the query's attempts can have written; an attempt whose function was never heard of again may still write, and a store
 * may refuse to delete, so `sweep` lists the prefix once more when the functions are gone.
 */
export class Scratch {
  readonly #stores: Stores;
  readonly #prefixes: readonly string[];
  readonly #written = new Set<string>();
  readonly #folders = new Set<string>();
  #unsettled = false;

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

  /** An attempt ended without a report: it may have written, or may write later. */
  lost(uri: string): void {
    this.#written.add(uri);
    this.#unsettled = true;
  }

  /** True when an attempt may still be writing, or something could not be deleted. */
  get unsettled(): boolean {
    return this.#unsettled;
  }

  /**
   * Deletes every object that attempts are known to have written or may have written. A store that refuses is asked again by
   * `sweep`, whose error is the session's: a query that has its answer does not fail for its leftovers.
   */
  async clean(): Promise<void> {
    const written = [...this.#written].map((uri) => this.#stores.resolve(uri));
    const folders = [...this.#folders].map((uri) => this.#stores.resolve(uri));
    this.#written.clear();
    this.#folders.clear();
    try {
      for (const objects of byBucket(written)) await removeAll(objects);
      for (const folder of folders) await removeBelow(folder);
    } catch {
      this.#unsettled = true;
    }
  }

  /** Lists the query's prefix and deletes whatever is there. */
  async sweep(): Promise<void> {
    for (const prefix of this.#prefixes) await removeBelow(this.#stores.resolve(prefix));
    this.#unsettled = false;
  }
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
  for await (const page of store.list({ bucket: location.bucket, prefix: location.key })) {
    await store.delete(
      location.bucket,
      page.objects.map((object) => object.key),
    );
  }
}
