import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError, StorageError } from '../../src/common/errors.ts';
import { CountedObjectStore } from '../../src/storage/counted.ts';
import type {
  ListOptions,
  ListPage,
  ObjectLocation,
  ObjectStore,
  RequestClass,
} from '../../src/storage/object-store.ts';

/** A store under test and a place in it that nothing else uses. */
export interface ContractTarget {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** Ends in a slash. */
  readonly prefix: string;
  readonly close: () => Promise<void>;
}

export interface ContractOptions {
  /** Smallest part but the last that the store takes; 5 MiB on S3. */
  readonly minPartBytes?: number;
  /** Keeps metadata. */
  readonly metadata?: boolean;
  /** Knows missing buckets from missing objects. */
  readonly buckets?: boolean;
  /** Keys may be any text, not only canonical paths; and one key may be a folder of another. */
  readonly anyKey?: boolean;
}

const text = (body: Uint8Array) => new TextDecoder().decode(body);
const bytes = (body: string) => new TextEncoder().encode(body);

/** What every ObjectStore must do, registered as vitest cases. `open` is called for each case. */
export function storageContract(
  name: string,
  open: () => Promise<ContractTarget>,
  options: ContractOptions = {},
): void {
  describe(`${name}: contract of ObjectStore`, () => {
    let target: ContractTarget;
    let store: CountedObjectStore;
    const at = (key: string): ObjectLocation => ({ bucket: target.bucket, key: target.prefix + key });

    beforeEach(async () => {
      target = await open();
      store = new CountedObjectStore(target.store);
    });
    afterEach(async () => {
      await target.close();
    });

    /** The requests since the start of the case, by class, without those never made. */
    const requests = () => {
      const made = Object.entries(store.counts()).filter(([, total]) => total.requests > 0);
      return Object.fromEntries(made.map(([name, total]) => [name, total.requests])) as Partial<
        Record<RequestClass, number>
      >;
    };
    const fill = async (keys: readonly string[]) => {
      for (const key of keys) await target.store.put(at(key), bytes(key));
    };
    const pagesOf = async (more: Partial<ListOptions> = {}) => {
      const pages: ListPage[] = [];
      const listing = { bucket: target.bucket, ...more, prefix: target.prefix + (more.prefix ?? '') };
      for await (const page of store.list(listing)) pages.push(page);
      return pages;
    };
    const strip = (key: string) => key.slice(target.prefix.length);
    const keysOf = async (more: Partial<ListOptions> = {}) =>
      (await pagesOf(more)).flatMap((page) => page.objects.map(({ key }) => strip(key)));
    const failure = async (work: Promise<unknown>): Promise<unknown> => {
      try {
        await work;
      } catch (error) {
        return error;
      }
      throw new Error('it should have failed');
    };
    const expectCode = async (work: Promise<unknown>, code: string) => {
      const error = await failure(work);
      expect(error).toBeInstanceOf(StorageError);
      expect((error as StorageError).code).toBe(code);
      return error as StorageError;
    };

    describe('get and put', () => {
      it('reads back what was written, with size and ETag', async () => {
        const { etag } = await store.put(at('a.bin'), bytes('hello'));
        const got = await store.getRange(at('a.bin'), { kind: 'all' });
        expect(got).toEqual({ body: bytes('hello'), offset: 0, size: 5, etag });
        expect(etag).toMatch(/^".+"$/);
        expect(requests()).toEqual({ PUT: 1, GET: 1 });
        expect(store.counts().PUT.bytes).toBe(5);
        expect(store.counts().GET.bytes).toBe(5);
      });

      it('replaces an object, and its ETag with it', async () => {
        const first = await store.put(at('a'), bytes('one'));
        const second = await store.put(at('a'), bytes('two'));
        expect(second.etag).not.toBe(first.etag);
        expect(text((await store.getRange(at('a'), { kind: 'all' })).body)).toBe('two');
      });

      it('keeps no hold of the body', async () => {
        const body = bytes('before');
        await store.put(at('a'), body);
        body.fill(0);
        const got = await store.getRange(at('a'), { kind: 'all' });
        got.body.fill(1);
        expect(text((await store.getRange(at('a'), { kind: 'all' })).body)).toBe('before');
      });

      it('writes a view of a larger buffer as the view', async () => {
        await store.put(at('a'), bytes('0123456789').subarray(3, 6));
        expect(text((await store.getRange(at('a'), { kind: 'all' })).body)).toBe('345');
      });

      it('stores empty objects', async () => {
        await store.put(at('empty'), new Uint8Array());
        expect(await store.getRange(at('empty'), { kind: 'all' })).toMatchObject({ body: new Uint8Array(), size: 0 });
        await expectCode(store.getRange(at('empty'), { kind: 'suffix', length: 8 }), 'SQ5007');
        await expectCode(store.getRange(at('empty'), { kind: 'range', offset: 0, length: 1 }), 'SQ5007');
      });

      it('carries megabytes', async () => {
        const body = Uint8Array.from({ length: (3 << 20) + 7 }, (_, i) => (i * 31) >>> 3);
        await store.put(at('big'), body);
        const got = await store.getRange(at('big'), { kind: 'range', offset: 1 << 20, length: 2 << 20 });
        expect(Buffer.compare(got.body, body.subarray(1 << 20, 3 << 20))).toBe(0);
        expect(got).toMatchObject({ offset: 1 << 20, size: body.length });
      });
    });

    describe('ranges', () => {
      beforeEach(async () => {
        await target.store.put(at('digits'), bytes('0123456789'));
      });
      const read = (range: Parameters<ObjectStore['getRange']>[1]) => store.getRange(at('digits'), range);

      it('reads from the middle', async () => {
        expect(await read({ kind: 'range', offset: 2, length: 3 })).toMatchObject({
          body: bytes('234'),
          offset: 2,
          size: 10,
        });
      });

      it('clips a range that goes past the end', async () => {
        expect(await read({ kind: 'range', offset: 8, length: 100 })).toMatchObject({ body: bytes('89'), offset: 8 });
      });

      it('reads a suffix', async () => {
        expect(await read({ kind: 'suffix', length: 4 })).toMatchObject({ body: bytes('6789'), offset: 6, size: 10 });
      });

      it('reads the whole object for a suffix longer than it', async () => {
        expect(await read({ kind: 'suffix', length: 99 })).toMatchObject({
          body: bytes('0123456789'),
          offset: 0,
          size: 10,
        });
      });

      it('refuses a range that starts at the end', async () => {
        await expectCode(read({ kind: 'range', offset: 10, length: 1 }), 'SQ5007');
      });

      it.each([
        { kind: 'range', offset: 0, length: 0 },
        { kind: 'range', offset: -1, length: 1 },
        { kind: 'range', offset: 0.5, length: 1 },
        { kind: 'suffix', length: 0 },
        { kind: 'suffix', length: -3 },
      ] as const)('refuses $kind $offset $length', async (range) => {
        await expectCode(read(range), 'SQ5007');
      });

      it('reads many ranges at once', async () => {
        const all = await Promise.all(
          Array.from({ length: 40 }, (_, i) => read({ kind: 'range', offset: i % 10, length: 1 })),
        );
        expect(all.map(({ body }) => text(body)).join('')).toBe('0123456789'.repeat(4));
        expect(requests()).toEqual({ GET: 40 });
      });
    });

    describe('head and ifMatch', () => {
      it('tells size, ETag and time', async () => {
        const { etag } = await store.put(at('a'), bytes('hello'));
        const info = await store.head(at('a'));
        expect(info).toMatchObject({ size: 5, etag });
        expect(Math.abs(info.lastModified - Date.now())).toBeLessThan(3_600_000);
        expect(requests()).toEqual({ PUT: 1, HEAD: 1 });
      });

      it('reads the version asked for and no other', async () => {
        const { etag } = await store.put(at('a'), bytes('one'));
        expect(text((await store.getRange(at('a'), { kind: 'all' }, { ifMatch: etag })).body)).toBe('one');
        await store.put(at('a'), bytes('longer'));
        const error = await expectCode(store.getRange(at('a'), { kind: 'all' }, { ifMatch: etag }), 'SQ5005');
        expect(error.details).toMatchObject({ bucket: target.bucket, key: at('a').key });
      });

      it('says that there is no such object', async () => {
        const missing = at('no such object');
        for (const work of [() => store.head(missing), () => store.getRange(missing, { kind: 'suffix', length: 8 })]) {
          const error = await expectCode(work(), 'SQ5001');
          expect(error.message).toMatch(/ does not exist$/);
          expect(error.retryable).toBe(false);
          expect(error.details).toMatchObject(missing);
        }
        expect(store.counts().GET).toMatchObject({ requests: 1, errors: 1, bytes: 0 });
      });

      if (options.buckets)
        it('says that there is no such bucket', async () => {
          const location = { bucket: 'no-such-bucket-here', key: 'a' };
          await expectCode(store.getRange(location, { kind: 'all' }), 'SQ5002');
          await expectCode(store.put(location, bytes('a')), 'SQ5002');
          await expectCode(
            failure(pagesIn(store, location.bucket)).then((error) => Promise.reject(error)),
            'SQ5002',
          );
        });

      if (options.metadata)
        it('keeps metadata', async () => {
          await store.put(at('a'), bytes('1'), { metadata: { 'Squall-Token': 'x1' } });
          expect((await store.head(at('a'))).metadata).toEqual({ 'squall-token': 'x1' });
          const upload = await store.multipart(at('b'), { metadata: { who: 'me' } });
          await upload.write(bytes('1'));
          await upload.complete();
          expect((await store.head(at('b'))).metadata).toEqual({ who: 'me' });
        });
    });

    describe('putIfAbsent', () => {
      it('creates once', async () => {
        const first = await store.putIfAbsent(at('a'), bytes('one'));
        expect(first).toEqual({ created: true, etag: (await store.head(at('a'))).etag });
        expect(await store.putIfAbsent(at('a'), bytes('two'))).toEqual({ created: false });
        expect(text((await store.getRange(at('a'), { kind: 'all' })).body)).toBe('one');
        expect(store.counts().PUT).toMatchObject({ requests: 2, errors: 0, bytes: 6 });
      });

      it('lets exactly one of many racing writers win', async () => {
        for (let round = 0; round < 5; round++) {
          const writers = Array.from({ length: 8 }, (_, i) => `writer ${i}`);
          const key = at(`race/${round}`);
          const outcomes = await Promise.all(writers.map((writer) => created(store, key, bytes(writer))));
          const winners = writers.filter((_, i) => outcomes[i]);
          expect(winners).toEqual([text((await store.getRange(key, { kind: 'all' })).body)]);
        }
      });

      it('creates again after a delete', async () => {
        await store.putIfAbsent(at('a'), bytes('one'));
        await store.delete(target.bucket, [at('a').key]);
        expect(await store.putIfAbsent(at('a'), bytes('two'))).toMatchObject({ created: true });
      });
    });

    describe('list', () => {
      it('lists a prefix in byte order', async () => {
        const keys = [
          'b',
          'a-b',
          'a.txt',
          'a/b',
          'a/b.c',
          'a/c/d',
          'a0',
          'Z',
          'ä',
          '\u{1F600}',
          '\uFF5E',
          'a b+c%&=?#',
        ];
        await fill(keys);
        expect(await keysOf()).toEqual([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
        expect(requests()).toEqual({ LIST: 1 });
      });

      it('tells size, ETag and time', async () => {
        const { etag } = await store.put(at('a'), bytes('hello'));
        const [page] = await pagesOf();
        expect(page?.objects).toEqual([
          {
            key: at('a').key,
            size: 5,
            etag,
            lastModified: expect.closeTo((await store.head(at('a'))).lastModified, -4),
          },
        ]);
        expect(page).toMatchObject({ commonPrefixes: [], last: true });
      });

      it('lists only what starts with the prefix', async () => {
        await fill(['data/part-1', 'data/part-2', 'data/p', 'data/q', 'database', 'other/part-1']);
        expect(await keysOf({ prefix: 'data/part-' })).toEqual(['data/part-1', 'data/part-2']);
        expect(await keysOf({ prefix: 'data/' })).toEqual(['data/p', 'data/part-1', 'data/part-2', 'data/q']);
        expect(await keysOf({ prefix: 'dat' })).toHaveLength(5);
      });

      it('gives one empty, last page when there is nothing', async () => {
        expect(await pagesOf({ prefix: 'nothing/here/' })).toEqual([{ objects: [], commonPrefixes: [], last: true }]);
        expect(requests()).toEqual({ LIST: 1 });
      });

      it('cuts pages', async () => {
        await fill(['a', 'b/1', 'b/2', 'c', 'd']);
        const pages = await pagesOf({ pageSize: 2 });
        expect(pages.map(({ objects, last }) => [objects.map(({ key }) => strip(key)), last])).toEqual([
          [['a', 'b/1'], false],
          [['b/2', 'c'], false],
          [['d'], true],
        ]);
        expect(requests()).toEqual({ LIST: 3 });
      });

      it('rolls keys up at the delimiter', async () => {
        await fill(['a', 'b/1', 'b/2', 'b/c/3', 'd/4', 'e']);
        const [page] = await pagesOf({ delimiter: '/' });
        expect(page?.objects.map(({ key }) => strip(key))).toEqual(['a', 'e']);
        expect(page?.commonPrefixes.map(strip)).toEqual(['b/', 'd/']);
        const [below] = await pagesOf({ delimiter: '/', prefix: 'b/' });
        expect(below?.objects.map(({ key }) => strip(key))).toEqual(['b/1', 'b/2']);
        expect(below?.commonPrefixes.map(strip)).toEqual(['b/c/']);
      });

      it('counts common prefixes against the page', async () => {
        await fill(['a/1', 'a/2', 'b', 'c/1', 'd', 'e/1']);
        const pages = await pagesOf({ delimiter: '/', pageSize: 2 });
        expect(pages.flatMap(({ commonPrefixes }) => commonPrefixes.map(strip))).toEqual(['a/', 'c/', 'e/']);
        expect(pages.flatMap(({ objects }) => objects.map(({ key }) => strip(key)))).toEqual(['b', 'd']);
        expect(pages.every((page) => page.objects.length + page.commonPrefixes.length <= 2)).toBe(true);
        expect(pages).toHaveLength(3);
      });

      it('rolls up at a delimiter of its own', async () => {
        await fill(['p-1-a', 'p-1-b', 'p-2-a', 'p3']);
        const [page] = await pagesOf({ delimiter: '-', prefix: 'p-' });
        expect(page?.commonPrefixes.map(strip)).toEqual(['p-1-', 'p-2-']);
      });

      it('starts after a key', async () => {
        await fill(['a', 'b/1', 'b/2', 'b/3/x', 'c']);
        expect(await keysOf({ startAfter: at('b/1').key })).toEqual(['b/2', 'b/3/x', 'c']);
        expect(await keysOf({ startAfter: at('b/2x').key })).toEqual(['b/3/x', 'c']);
        expect(await keysOf({ startAfter: at('b0').key })).toEqual(['c']);
        expect(await keysOf({ startAfter: at('c').key })).toEqual([]);
      });

      it('can be left early', async () => {
        await fill(['a', 'b', 'c']);
        for await (const page of store.list({ bucket: target.bucket, prefix: target.prefix, pageSize: 1 })) {
          expect(page.objects).toHaveLength(1);
          break;
        }
        expect(requests()).toEqual({ LIST: 1 });
      });

      if (options.anyKey)
        it('keeps keys that no path can have', async () => {
          const keys = ['a', 'a/', 'a//b', 'a/../b', 'x/./y'];
          await fill(keys);
          expect(await keysOf()).toEqual(['a', 'a/', 'a/../b', 'a//b', 'x/./y']);
        });
    });

    describe('delete', () => {
      it('deletes what is there and ignores what is not', async () => {
        await fill(['a', 'b', 'c/d']);
        await store.delete(target.bucket, [at('a').key, at('never was').key, at('c/d').key, at('no/such/folder').key]);
        expect(await keysOf()).toEqual(['b']);
        expect(requests()).toEqual({ DELETE: 1, LIST: 1 });
      });

      it('sends a request per thousand keys', async () => {
        await fill(['a', 'b']);
        const many = Array.from({ length: 1999 }, (_, i) => at(`none-${i}`).key);
        await store.delete(target.bucket, [at('a').key, ...many, at('b').key]);
        expect(await keysOf()).toEqual([]);
        expect(requests()).toEqual({ DELETE: 3, LIST: 1 });
      });

      it('sends nothing for no keys', async () => {
        await store.delete(target.bucket, []);
        expect(requests()).toEqual({});
      });

      it('deletes keys with odd characters', async () => {
        const keys = ['a&b<c>"d\'', 'a b+c', '100%', 'ünï/\u{1F600}'];
        await fill(keys);
        await store.delete(
          target.bucket,
          keys.map((key) => at(key).key),
        );
        expect(await keysOf()).toEqual([]);
      });
    });

    describe('multipart', () => {
      const min = options.minPartBytes ?? 4;
      const part = (fill: number, length = min) => new Uint8Array(length).fill(fill);

      it('joins parts in the order of the calls', async () => {
        const upload = await store.multipart(at('m'));
        await Promise.all([upload.write(part(1)), upload.write(part(2)), upload.write(part(3, 2))]);
        await expectCode(store.head(at('m')), 'SQ5001');
        expect(await keysOf()).toEqual([]);
        await upload.complete();
        const { body, size } = await store.getRange(at('m'), { kind: 'all' });
        expect(size).toBe(2 * min + 2);
        expect([body[0], body[min - 1], body[min], body[2 * min], body[2 * min + 1]]).toEqual([1, 1, 2, 3, 3]);
        expect(store.counts().PUT).toMatchObject({ requests: 5, errors: 0, bytes: 2 * min + 2 });
      });

      it('takes a part again and parts out of order', async () => {
        const upload = await store.multipart(at('m'));
        await upload.write(part(2, 3), { partNumber: 2 });
        await upload.write(part(9), { partNumber: 1 });
        await upload.write(part(1), { partNumber: 1 });
        await upload.complete();
        const { body } = await store.getRange(at('m'), { kind: 'suffix', length: 4 });
        expect([...body]).toEqual([1, 2, 2, 2]);
      });

      it('leaves nothing when aborted, twice', async () => {
        const upload = await store.multipart(at('m'));
        await upload.write(part(1));
        await upload.abort();
        await upload.abort();
        await expectCode(upload.complete(), 'SQ5014');
        expect(await keysOf()).toEqual([]);
        expect(requests()).toMatchObject({ DELETE: 1, LIST: 1 });
      });

      it('does not abort what is complete', async () => {
        const upload = await store.multipart(at('m'));
        await upload.write(part(1, 2));
        await upload.complete();
        await upload.abort();
        expect(await keysOf()).toEqual(['m']);
        expect(requests()).toEqual({ PUT: 3, LIST: 1 });
      });

      it('needs a part', async () => {
        const upload = await store.multipart(at('m'));
        await expectCode(upload.complete(), 'SQ5014');
        await upload.abort();
        expect(await keysOf()).toEqual([]);
      });
    });

    describe('cancelling', () => {
      const fired = AbortSignal.abort(new Error('enough'));
      const calls: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
        head: (signal) => target.store.head(at('a'), { signal }),
        getRange: (signal) => target.store.getRange(at('a'), { kind: 'all' }, { signal }),
        put: (signal) => target.store.put(at('b'), bytes('b'), { signal }),
        putIfAbsent: (signal) => target.store.putIfAbsent(at('b'), bytes('b'), { signal }),
        delete: (signal) => target.store.delete(target.bucket, [at('a').key], { signal }),
        list: (signal) => pagesIn(target.store, target.bucket, { prefix: target.prefix, signal }),
        multipart: (signal) => target.store.multipart(at('b'), { signal }),
      };

      it.each(Object.keys(calls))('%s does nothing once the signal has fired', async (name) => {
        await target.store.put(at('a'), bytes('a'));
        const error = await failure((calls[name] as (typeof calls)[string])(fired));
        expect(error).toBeInstanceOf(CancelledError);
        expect((error as CancelledError).cause).toBe(fired.reason);
        expect(await keysOf()).toEqual(['a']);
      });

      it('stops a listing between its pages', async () => {
        await fill(['a', 'b', 'c']);
        const controller = new AbortController();
        const seen: number[] = [];
        const listing = store.list({
          bucket: target.bucket,
          prefix: target.prefix,
          pageSize: 1,
          signal: controller.signal,
        });
        const error = await failure(
          (async () => {
            for await (const page of listing) {
              seen.push(page.objects.length);
              controller.abort();
            }
          })(),
        );
        expect(error).toBeInstanceOf(CancelledError);
        expect(seen).toEqual([1]);
        expect(requests()).toEqual({ LIST: 1 });
      });
    });
  });
}

/** Whether this writer won. A conflict with another one that is still writing is asked again, as the retry layer does. */
async function created(store: ObjectStore, location: ObjectLocation, body: Uint8Array): Promise<boolean> {
  for (;;) {
    try {
      return (await store.putIfAbsent(location, body)).created;
    } catch (error) {
      if (!(error instanceof StorageError) || error.details.status !== 409) throw error;
    }
  }
}

async function pagesIn(store: ObjectStore, bucket: string, more: Partial<ListOptions> = {}): Promise<ListPage[]> {
  const pages: ListPage[] = [];
  for await (const page of store.list({ bucket, prefix: '', ...more })) pages.push(page);
  return pages;
}
