import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { StorageError } from '../../src/common/errors.ts';
import { MemoryObjectStore } from '../../src/storage/memory.ts';
import type { MultipartUpload, ObjectLocation, PutOptions, PutResult } from '../../src/storage/object-store.ts';
import { TBL_MD5 } from '../checksums.ts';
import { TPCH_TABLES } from '../schema.ts';
import { type GenerateOptions, type GenerateProgress, generate } from './generate.ts';
import { TextPool } from './text-pool.ts';

const pool = new TextPool();
const BASE = { bucket: 'data', key: 'tpch' };

/** Counts uploads, and fails at the `failAt`-th write of any kind. */
class TrackingStore extends MemoryObjectStore {
  failAt = Number.POSITIVE_INFINITY;
  writes = 0;
  puts: string[] = [];
  opened: string[] = [];
  aborted: string[] = [];

  override async put(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutResult> {
    this.#count();
    this.puts.push(location.key);
    return super.put(location, body, options);
  }

  override async multipart(location: ObjectLocation, options?: PutOptions): Promise<MultipartUpload> {
    const upload = await super.multipart(location, options);
    this.opened.push(location.key);
    return {
      write: async (part, partOptions) => {
        this.#count();
        await upload.write(part, partOptions);
      },
      complete: (completeOptions) => upload.complete(completeOptions),
      abort: async () => {
        this.aborted.push(location.key);
        await upload.abort();
      },
    };
  }

  #count(): void {
    this.writes++;
    if (this.writes >= this.failAt) throw new StorageError('SQ5003', 'the disk is full');
  }
}

async function keys(store: MemoryObjectStore): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.list({ bucket: 'data', prefix: '' }))
    found.push(...page.objects.map(({ key }) => key));
  return found;
}

async function md5(store: MemoryObjectStore, key: string): Promise<string> {
  const { body } = await store.getRange({ bucket: 'data', key }, { kind: 'all' });
  return createHash('md5').update(body).digest('hex');
}

const run = (store: MemoryObjectStore, options: Partial<GenerateOptions>) =>
  generate({ scale: 0.01, threads: 1, store, base: BASE, pool, ...options });

describe.each([1, 2])('generate with %i threads', (threads) => {
  it('writes the reference .tbl files', async () => {
    const store = new MemoryObjectStore();
    const { files, rows, bytes } = await run(store, { format: 'tbl', threads });
    for (const table of TPCH_TABLES) {
      expect(await md5(store, `tpch/${table}.tbl`), table).toBe(TBL_MD5['0.01'][table]);
    }
    expect(files.map(({ table }) => table).sort()).toEqual([...TPCH_TABLES].sort());
    expect(rows).toBe(86_805);
    expect(bytes).toBe(files.reduce((sum, file) => sum + file.bytes, 0));
  });

  it('writes Parquet in folders, cut evenly', async () => {
    const store = new MemoryObjectStore();
    const { files, rows } = await run(store, { tables: ['nation', 'lineitem'], rowsPerFile: 25_000, threads });
    expect(await keys(store)).toEqual([
      'tpch/lineitem/lineitem-00000.parquet',
      'tpch/lineitem/lineitem-00001.parquet',
      'tpch/lineitem/lineitem-00002.parquet',
      'tpch/nation/nation-00000.parquet',
    ]);
    expect(rows).toBe(60_175 + 25);
    const lineitem = files.filter(({ table }) => table === 'lineitem').map((file) => file.rows);
    expect(lineitem.reduce((sum, n) => sum + n, 0)).toBe(60_175);
    expect(Math.max(...lineitem) - Math.min(...lineitem)).toBeLessThan(500);
  });

  it('ends with the error of the store, leaving nothing half-written', async () => {
    const store = new TrackingStore();
    store.failAt = 2;
    const failing = run(store, { tables: ['orders', 'lineitem'], scale: 0.1, format: 'tbl', threads });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(await keys(store)).toEqual([]);
    expect(store.aborted).toEqual(store.opened);
    expect(store.opened.length).toBeGreaterThan(0);
  });

  it('ends when cancelled', async () => {
    const store = new TrackingStore();
    const controller = new AbortController();
    const cancelledRun = run(store, {
      tables: ['lineitem'],
      scale: 0.1,
      format: 'tbl',
      threads,
      signal: controller.signal,
      onProgress: ({ bytes }) => bytes > 10_000_000 && controller.abort(),
    });
    await expect(cancelledRun).rejects.toMatchObject({ code: 'SQ7000', message: 'the query was cancelled' });
    expect(await keys(store)).toEqual([]);
    expect(store.aborted).toEqual(['tpch/lineitem.tbl']);
  });
});

describe('generate', () => {
  let store = new TrackingStore();
  afterEach(() => {
    store = new TrackingStore();
  });

  it('writes the same Parquet bytes with any number of threads', async () => {
    const other = new MemoryObjectStore();
    const options = { tables: ['orders', 'part'], rowsPerFile: 4000 } as const;
    await run(store, options);
    await run(other, { ...options, threads: 3 });
    expect(await keys(other)).toEqual(await keys(store));
    for (const key of await keys(store)) expect(await md5(other, key)).toBe(await md5(store, key));
  });

  it('reports progress up to exactly everything', async () => {
    const seen: GenerateProgress[] = [];
    const { rows, bytes } = await run(store, {
      tables: ['supplier', 'lineitem'],
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen[0]?.totalRows).toBe(100 + 60_000);
    expect(seen.at(-1)).toEqual({ rows, totalRows: rows, bytes, files: 2, totalFiles: 2 });
    for (const [i, progress] of seen.slice(1).entries())
      expect(progress.rows).toBeGreaterThanOrEqual(seen[i]?.rows ?? 0);
  });

  it('sends small files with one put and large ones in parts', async () => {
    await run(store, { tables: ['customer'], format: 'tbl', scale: 0.1 });
    expect(store.puts).toEqual(['tpch/customer.tbl']);
    await run(store, { tables: ['partsupp'], format: 'tbl', scale: 0.1 });
    expect(store.opened).toEqual(['tpch/partsupp.tbl']);
    expect(await md5(store, 'tpch/partsupp.tbl')).toBe(TBL_MD5['0.1'].partsupp);
  });

  it.each([
    ['', 'region.tbl'],
    ['a/b/', 'a/b/region.tbl'],
    ['a/b', 'a/b/region.tbl'],
  ])('puts files below the key %j', async (key, expected) => {
    await run(store, { tables: ['region'], format: 'tbl', base: { bucket: 'data', key } });
    expect(await keys(store)).toEqual([expected]);
  });

  it.each([
    [{ threads: 0 }, 'threads is 0, not a whole number above 0'],
    [{ rowGroupRows: -1 }, 'rowGroupRows is -1, not a whole number above 0'],
    [{ rowsPerFile: 1.5 }, 'rowsPerFile is 1.5, not a whole number above 0'],
    [{ scale: 0 }, 'scale factor 0 is not a multiple of 0.001'],
  ])('refuses %j', async (options, message) => {
    await expect(run(store, options)).rejects.toThrow(message);
    expect(store.writes).toBe(0);
  });

  it('does nothing when cancelled before', async () => {
    await expect(run(store, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'SQ7000' });
    expect(store.writes).toBe(0);
  });

  it('passes on an error of the progress callback', async () => {
    const failing = run(store, {
      tables: ['region'],
      onProgress: () => {
        throw new RangeError('too narrow');
      },
    });
    await expect(failing).rejects.toThrow('too narrow');
  });
});
