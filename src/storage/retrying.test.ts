import { describe, expect, it } from 'vitest';
import { broken, FaultyStore, slowDown } from '../../test/storage/faulty-store.ts';
import { VirtualClock } from '../../test/storage/virtual-clock.ts';
import { type Random, seededRandom } from '../common/clock.ts';
import { CancelledError, InternalError, StorageError } from '../common/errors.ts';
import type { ListPage, ObjectStore } from './object-store.ts';
import { RetryingObjectStore, type RetryOptions } from './retrying.ts';

const at = { bucket: 'b', key: 'k' };
const body = (text: string) => new TextEncoder().encode(text);
const all = { kind: 'all' } as const;

/** Always the same die: delays become a fixed part of their bound. */
const fixed = (value: number): Random => ({ next: () => value, bytes: (n) => new Uint8Array(n).fill(7) });

function setup(options: RetryOptions = {}) {
  const faulty = new FaultyStore();
  const clock = new VirtualClock();
  const store = new RetryingObjectStore(faulty, { clock, random: fixed(0.5), ...options });
  return { faulty, clock, store };
}

const error = async (work: Promise<unknown>): Promise<StorageError> => {
  try {
    await work;
  } catch (thrown) {
    return thrown as StorageError;
  }
  throw new Error('it should have failed');
};

describe('RetryingObjectStore', () => {
  it('sends a call again until it succeeds', async () => {
    const { faulty, store } = setup();
    await faulty.memory.put(at, body('x'));
    faulty.script = [{ before: slowDown() }, { before: broken() }];
    expect((await store.getRange(at, all)).size).toBe(1);
    expect(faulty.calls).toEqual(['get', 'get', 'get']);
  });

  it.each([
    ['head', (store: ObjectStore) => store.head(at)],
    ['put', (store: ObjectStore) => store.put(at, body('y'))],
    ['delete 1', (store: ObjectStore) => store.delete('b', ['k'])],
    ['multipart', (store: ObjectStore) => store.multipart(at)],
    ['putIfAbsent', (store: ObjectStore) => store.putIfAbsent({ bucket: 'b', key: 'new' }, body('y'))],
  ] as const)('%s is sent again', async (name, call) => {
    const { faulty, store } = setup();
    await faulty.memory.put(at, body('x'));
    faulty.script = [{ before: broken() }];
    await call(store);
    expect(faulty.calls).toEqual([name, name]);
  });

  it('waits half of a bound that doubles up to its maximum', async () => {
    const { faulty, clock, store } = setup({ maxDelayMs: 1_000 });
    await faulty.memory.put(at, body('x'));
    faulty.script = Array.from({ length: 7 }, () => ({ before: broken() }));
    await store.head(at);
    expect(clock.slept).toEqual([25, 50, 100, 200, 400, 500, 500]);
  });

  it('waits longer when the store says so', async () => {
    const { faulty, clock, store } = setup();
    await faulty.memory.put(at, body('x'));
    faulty.script = [{ before: slowDown() }, { before: slowDown({ retryAfterMs: 3_000 }) }, { before: slowDown() }];
    await store.head(at);
    expect(clock.slept).toEqual([100, 3_000, 400]);
  });

  it('jitters with the given dice', async () => {
    const run = async (seed: number) => {
      const { faulty, clock, store } = setup({ random: seededRandom(seed) });
      await faulty.memory.put(at, body('x'));
      faulty.script = Array.from({ length: 5 }, () => ({ before: broken() }));
      await store.head(at);
      return clock.slept;
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
    first.forEach((delay, i) => {
      expect(delay).toBeLessThan(50 * 2 ** i);
    });
  });

  it('gives up after so many attempts, and says so', async () => {
    const { faulty, store } = setup({ maxAttempts: 3 });
    const cause = broken();
    faulty.script = [{ before: broken() }, { before: broken() }, { before: cause }];
    const thrown = await error(store.head(at));
    expect(thrown.message).toBe('the connection broke (gave up after 3 attempts in 0.1 s)');
    expect(thrown).toMatchObject({ code: 'SQ5009', retryable: true, cause, details: { attempts: 3 } });
    expect(faulty.calls).toHaveLength(3);
  });

  it('gives up rather than wait past its time', async () => {
    const { faulty, clock, store } = setup({ maxElapsedMs: 1_000, maxAttempts: 1_000 });
    faulty.script = Array.from({ length: 100 }, () => ({ before: broken() }));
    const thrown = await error(store.head(at));
    expect(thrown.message).toBe('the connection broke (gave up after 6 attempts in 0.8 s)');
    expect(clock.monotonic()).toBe(775);
  });

  it('does not repeat what cannot succeed', async () => {
    const { faulty, store } = setup();
    expect(await error(store.head(at))).toMatchObject({ code: 'SQ5001', message: 'memory://b/k does not exist' });
    expect(faulty.calls).toEqual(['head']);
  });

  it('does not repeat a bug', async () => {
    const { faulty, store } = setup();
    faulty.script = [{ before: new InternalError('bug', { retryable: true }) as unknown as StorageError }];
    expect((await error(store.head(at))).message).toBe('bug');
    expect(faulty.calls).toEqual(['head']);
  });

  it('goes to the region it learned at once, and not for ever', async () => {
    const { faulty, clock, store } = setup({ maxAttempts: 4 });
    const redirect = () =>
      new StorageError('SQ5006', 'elsewhere', { retryable: true, details: { region: 'eu-west-1', resend: true } });
    faulty.script = Array.from({ length: 10 }, () => ({ before: redirect() }));
    expect((await error(store.head(at))).code).toBe('SQ5006');
    expect(faulty.calls).toHaveLength(4);
    expect(clock.slept).toEqual([100]);
  });

  it('tells of each retry', async () => {
    const events: unknown[] = [];
    const { faulty, store } = setup({ onRetry: ({ attempt, delayMs }) => events.push([attempt, delayMs]) });
    await faulty.memory.put(at, body('x'));
    faulty.script = [{ before: broken() }, { before: broken() }];
    await store.head(at);
    expect(events).toEqual([
      [1, 25],
      [2, 50],
    ]);
  });

  it('stops waiting when cancelled', async () => {
    const controller = new AbortController();
    const { faulty, store } = setup({ onRetry: () => queueMicrotask(() => controller.abort(new Error('enough'))) });
    faulty.script = [{ before: broken() }];
    const thrown = await error(store.head(at, { signal: controller.signal }));
    expect(thrown).toBeInstanceOf(CancelledError);
    expect(faulty.calls).toEqual(['head']);
  });
});

describe('RetryingObjectStore: conditional writes', () => {
  it('knows its own write after the answer was lost', async () => {
    const { faulty, store } = setup();
    faulty.script = [{ after: broken() }];
    const outcome = await store.putIfAbsent(at, body('mine'));
    expect(outcome).toEqual({ created: true, etag: (await faulty.memory.head(at)).etag });
    expect(faulty.calls).toEqual(['putIfAbsent', 'putIfAbsent', 'head']);
  });

  it('knows the write of another with the same body', async () => {
    const faulty = new FaultyStore();
    const clock = new VirtualClock();
    const mine = new RetryingObjectStore(faulty, { clock, random: seededRandom(1) });
    const theirs = new RetryingObjectStore(faulty.memory, { clock, random: seededRandom(2) });
    faulty.script = [{ before: broken() }];
    const [mineWon, theirsWon] = await Promise.all([
      mine.putIfAbsent(at, body('same')),
      theirs.putIfAbsent(at, body('same')),
    ]);
    expect(theirsWon.created).toBe(true);
    expect(mineWon).toEqual({ created: false });
    expect(faulty.calls).toEqual(['putIfAbsent', 'putIfAbsent', 'head']);
  });

  it('asks nothing when the first answer was clear', async () => {
    const { faulty, store } = setup();
    await faulty.memory.put(at, body('theirs'));
    expect(await store.putIfAbsent(at, body('mine'))).toEqual({ created: false });
    expect(faulty.calls).toEqual(['putIfAbsent']);
  });

  it('asks nothing after a conflict, where the store said no', async () => {
    const { faulty, store } = setup();
    await faulty.memory.put(at, body('theirs'));
    const conflict = new StorageError('SQ5009', 'conflict', { retryable: true, details: { status: 409 } });
    faulty.script = [{ before: conflict }];
    expect(await store.putIfAbsent(at, body('mine'))).toEqual({ created: false });
    expect(faulty.calls).toEqual(['putIfAbsent', 'putIfAbsent']);
  });

  it('writes again when the object is gone by the time it asks', async () => {
    const { faulty, store } = setup();
    const { memory } = faulty;
    const head = memory.head.bind(memory);
    memory.head = async (location, options) => {
      await memory.delete(location.bucket, [location.key]);
      return head(location, options);
    };
    faulty.script = [{ after: broken() }];
    expect(await store.putIfAbsent(at, body('mine'))).toMatchObject({ created: true });
    expect(faulty.calls).toEqual(['putIfAbsent', 'putIfAbsent', 'head', 'putIfAbsent']);
  });

  it('does not guess where the store keeps no metadata', async () => {
    const { faulty, store } = setup();
    const { memory } = faulty;
    const head = memory.head.bind(memory);
    memory.head = async (location, options) => {
      const { metadata: _, ...info } = await head(location, options);
      return info;
    };
    faulty.script = [{ after: broken() }];
    expect(await error(store.putIfAbsent(at, body('mine')))).toMatchObject({
      code: 'SQ5013',
      message: 'b/k: the answer to a write was lost, and the store cannot tell whose object is there',
      retryable: false,
    });
  });

  it("keeps the caller's metadata", async () => {
    const { faulty, store } = setup();
    await store.putIfAbsent(at, body('x'), { metadata: { a: '1' } });
    expect((await faulty.memory.head(at)).metadata).toEqual({ a: '1', 'squall-write': '07'.repeat(16) });
  });
});

describe('RetryingObjectStore: uploads', () => {
  it('sends a part again under its own number', async () => {
    const { faulty, store } = setup();
    const upload = await store.multipart(at);
    faulty.script = [{ after: broken() }];
    await Promise.all([upload.write(body('one')), upload.write(body('two'))]);
    await upload.complete();
    expect(new TextDecoder().decode((await store.getRange(at, all)).body)).toBe('onetwo');
    expect(faulty.calls).toEqual(['multipart', 'part 1', 'part 2', 'part 1', 'complete', 'get']);
  });

  it('knows that it is complete after the answer was lost', async () => {
    const { faulty, store } = setup();
    const upload = await store.multipart(at);
    await upload.write(body('x'));
    faulty.script = [{ after: broken() }];
    await upload.complete();
    expect(faulty.calls).toEqual(['multipart', 'part 1', 'complete', 'complete', 'head']);
  });

  it('says so when the upload is gone and the object is not its own', async () => {
    const { faulty, store } = setup();
    const upload = await store.multipart(at);
    await upload.write(body('x'));
    await faulty.memory.put(at, body('theirs'));
    faulty.script = [{ before: broken() }, { before: new StorageError('SQ5014', 'the upload has ended') }];
    expect(await error(upload.complete())).toMatchObject({ code: 'SQ5014', message: 'the upload has ended' });
  });
});

describe('RetryingObjectStore: lists', () => {
  const keys = ['a', 'b/1', 'b/2', 'c/1', 'd', 'e/1', 'f'];
  const listed = async (store: ObjectStore, more: { delimiter?: string; startAfter?: string } = {}) => {
    const pages: ListPage[] = [];
    for await (const page of store.list({ bucket: 'b', prefix: '', pageSize: 2, ...more })) pages.push(page);
    return {
      objects: pages.flatMap((page) => page.objects.map(({ key }) => key)),
      common: pages.flatMap((page) => page.commonPrefixes),
    };
  };
  const filled = async () => {
    const made = setup();
    for (const key of keys) await made.faulty.memory.put({ bucket: 'b', key }, body(key));
    return made;
  };

  it('goes on behind the last page that arrived', async () => {
    const { faulty, store } = await filled();
    faulty.script = ['ok', { before: broken() }, 'ok', { before: slowDown() }, { before: broken() }];
    expect((await listed(store)).objects).toEqual(keys);
    expect(faulty.calls).toEqual([
      'list after -',
      'list after -',
      'list after b/1',
      'list after b/1',
      'list after c/1',
      'list after c/1',
      'list after c/1',
    ]);
  });

  it.each([0, 1, 2, 3])('reports each common prefix once though page %i fails', async (page) => {
    const { faulty, store } = await filled();
    faulty.script = [...Array.from({ length: page }, () => 'ok' as const), { before: broken() }];
    expect(await listed(store, { delimiter: '/' })).toEqual({ objects: ['a', 'd', 'f'], common: ['b/', 'c/', 'e/'] });
  });

  it('keeps where the caller wanted to start', async () => {
    const { faulty, store } = await filled();
    faulty.script = [{ before: broken() }];
    expect((await listed(store, { startAfter: 'b/1' })).objects).toEqual(['b/2', 'c/1', 'd', 'e/1', 'f']);
  });

  it('never ends a listing early', async () => {
    const { faulty, store } = await filled();
    faulty.memory.list = async function* () {
      yield { objects: [], commonPrefixes: [], last: false };
    };
    expect((await error(listed(store))).message).toBe('the listing of b/ ended without its last page');
  });
});
