import type { QueryId } from '../common/ids.ts';
import type { Manifest, Task } from '../operators/task.ts';
import type { Stores } from '../storage/stores.ts';

/**
 * The temporary objects of one query: all below one prefix, one key per attempt. `clean` removes what the query's attempts
 * can have written; an attempt whose function was never heard of again may still write, and a store may refuse to delete, so
 * `sweep` lists the prefix once more when the functions are gone.
 */
export class Scratch {
  readonly #stores: Stores;
  readonly #prefix: string;
  readonly #written = new Set<string>();
  #unsettled = false;

  constructor(stores: Stores, base: string, query: QueryId) {
    this.#stores = stores;
    this.#prefix = `${base.replace(/\/$/, '')}/${query}/`;
  }

  /** URI for the output of one attempt; no two attempts share one. */
  uri(task: Pick<Task, 'stage' | 'task' | 'attempt'>): string {
    return `${this.#prefix}stage-${task.stage}/task-${task.task}.attempt-${task.attempt}.arrow`;
  }

  /** An attempt reported what it wrote. */
  wrote(manifest: Manifest): void {
    if (manifest.body.kind === 'object') this.#written.add(manifest.body.uri);
  }

  /** Something on the way to or from an attempt was, or will be, put there. */
  mayExist(uri: string): void {
    this.#written.add(uri);
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
    const keys = [...this.#written].map((uri) => this.#stores.resolve(uri).location.key);
    this.#written.clear();
    if (keys.length === 0) return;
    const { store, location } = this.#stores.resolve(this.#prefix);
    try {
      await store.delete(location.bucket, keys);
    } catch {
      this.#unsettled = true;
    }
  }

  /** Lists the query's prefix and deletes whatever is there. */
  async sweep(): Promise<void> {
    const { store, location } = this.#stores.resolve(this.#prefix);
    for await (const page of store.list({ bucket: location.bucket, prefix: location.key })) {
      await store.delete(
        location.bucket,
        page.objects.map((object) => object.key),
      );
    }
    this.#unsettled = false;
  }
}
