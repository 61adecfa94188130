import { InternalError, throwIfAborted } from '../../common/errors.ts';
import type { Field } from '../../common/types.ts';
import type { ObjectLocation, ObjectStore } from '../../storage/object-store.ts';
import type { Arena } from '../../wasm/arena.ts';
import type { Batch } from '../../wasm/vector.ts';
import type { SpillFile } from '../execution.ts';
import { dumpBatch } from './dump.ts';
import { damaged, dumpLength, restoreBatch } from './restore.ts';

export interface StoredSpillFileOptions {
  readonly store: ObjectStore;
  /** Keys are this and a number. */
  readonly base: ObjectLocation;
  readonly objectBytes: number;
  readonly scratch: Arena;
  /** Claims space. Throws ResourceError SQ4007 when there is none. */
  readonly take: (bytes: number) => void;
  /** Waits until there is a turn for a write that never rejects, and starts it. */
  readonly write: (start: () => Promise<void>) => Promise<RunningWrite>;
  readonly onDelete: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface RunningWrite {
  readonly done: Promise<void>;
}

/** Batches in a row of objects, the last ones not written as long as they do not fill one. */
export class StoredSpillFile implements SpillFile {
  readonly #options: StoredSpillFileOptions;
  /** Bytes of the objects. */
  readonly #objects: number[] = [];
  readonly #pending = new Set<Promise<void>>();
  #tail: Uint8Array[] = [];
  #tailBytes = 0;
  #bytes = 0;
  #rows = 0;
  #schema: readonly Field[] | null = null;
  #failure: { readonly error: unknown } | null = null;
  #deleted = false;

  constructor(options: StoredSpillFileOptions) {
    this.#options = options;
  }

  get rows(): number {
    return this.#rows;
  }

  async append(batch: Batch): Promise<void> {
    this.#check();
    this.#schema ??= batch.schema;
    if (batch.schema.length !== this.#schema.length) {
      throw new InternalError(`a batch of ${batch.schema.length} columns came to one of ${this.#schema.length}`);
    }
    const dump = dumpBatch(this.#options.scratch, batch);
    this.#options.take(dump.length);
    this.#bytes += dump.length;
    this.#rows += batch.length;
    this.#tail.push(dump);
    this.#tailBytes += dump.length;
    if (this.#tailBytes >= this.#options.objectBytes) await this.#writeTail();
  }

  async *read(arena: Arena): AsyncGenerator<Batch> {
    this.#check();
    const schema = this.#schema;
    if (!schema) return;
    await Promise.all(this.#pending);
    this.#check();
    const count = this.#objects.length;
    const tail = this.#tail.slice();
    let next = count > 0 ? this.#fetch(0) : null;
    try {
      for (let i = 0; i < count; i++) {
        const bytes = await (next as Promise<Uint8Array>);
        next = i + 1 < count ? this.#fetch(i + 1) : null;
        yield* batchesOf(arena, schema, bytes);
        this.#check();
      }
      for (const dump of tail) yield* batchesOf(arena, schema, dump);
    } finally {
      if (next) await Promise.allSettled([next]);
    }
  }

  async delete(): Promise<void> {
    if (this.#deleted) return;
    this.#deleted = true;
    this.#tail = [];
    await Promise.all(this.#pending);
    const { store, base, onDelete } = this.#options;
    if (this.#objects.length > 0) {
      await store.delete(
        base.bucket,
        this.#objects.map((_, i) => this.#location(i).key),
      );
    }
    onDelete(this.#bytes);
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
    if (this.#deleted) throw new InternalError('rows that were put aside are used after their deletion');
    throwIfAborted(this.#options.signal);
  }

  async #writeTail(): Promise<void> {
    const { store, write } = this.#options;
    const body = Buffer.concat(this.#tail, this.#tailBytes);
    const location = this.#location(this.#objects.length);
    this.#objects.push(body.length);
    this.#tail = [];
    this.#tailBytes = 0;
    const { done } = await write(async () => {
      try {
        await store.put(location, body, this.#request());
      } catch (error) {
        this.#failure ??= { error };
      }
    });
    const pending = done.then(() => {
      this.#pending.delete(pending);
    });
    this.#pending.add(pending);
  }

  async #fetch(index: number): Promise<Uint8Array> {
    const { body } = await this.#options.store.getRange(this.#location(index), { kind: 'all' }, this.#request());
    const expected = this.#objects[index];
    if (body.length !== expected) throw damaged(`${body.length} of ${expected} bytes are there`);
    return body;
  }

  #location(index: number): ObjectLocation {
    const { bucket, key } = this.#options.base;
    return { bucket, key: `${key}${index}` };
  }

  #request(): { readonly signal?: AbortSignal } {
    const { signal } = this.#options;
    return signal ? { signal } : {};
  }
}

function* batchesOf(arena: Arena, schema: readonly Field[], bytes: Uint8Array): Generator<Batch> {
  for (let at = 0; at < bytes.length; ) {
    const length = dumpLength(bytes.subarray(at));
    const mark = arena.mark();
    yield restoreBatch(arena, schema, bytes.subarray(at, at + length));
    arena.release(mark);
    at += length;
  }
}
