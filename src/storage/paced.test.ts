import { describe, expect, it } from 'vitest';
import { broken, FaultyStore, slowDown } from '../../test/storage/faulty-store.ts';
import { VirtualClock } from '../../test/storage/virtual-clock.ts';
import { seededRandom } from '../common/clock.ts';
import { CancelledError } from '../common/errors.ts';
import { MemoryObjectStore } from './memory.ts';
import type { ByteRange, GetOptions, GetResult, ObjectLocation } from './object-store.ts';
import { openStore } from './open-store.ts';
import { PacedObjectStore, pacingPartition } from './paced.ts';

const all = { kind: 'all' } as const;
const at = (key: string) => ({ bucket: 'b', key });

/** A store that bears so many reads a second and takes 20 ms for each. */
class LimitedStore extends MemoryObjectStore {
  readonly #clock: VirtualClock;
  readonly #perSecond: number;
  #second = 0;
  #served = 0;
  underWay = 0;
  mostUnderWay = 0;
  refused = 0;

  constructor(clock: VirtualClock, perSecond: number) {
    super({ clock });
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  override async getRange(location: ObjectLocation, range: ByteRange, options?: GetOptions): Promise<GetResult> {
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      const second = Math.floor(this.#clock.monotonic() / 1000);
      if (second !== this.#second) this.#served = 0;
      this.#second = second;
      this.#served += 1;
      await this.#clock.sleep(20, options?.signal);
      if (this.#served <= this.#perSecond) return await super.getRange(location, range, options);
      this.refused += 1;
      throw slowDown();
    } finally {
      this.underWay -= 1;
    }
  }
}

describe('PacedObjectStore', () => {
  it('keeps requests under way below its cap, in order', async () => {
    const clock = new VirtualClock();
    const limited = new LimitedStore(clock, 1e9);
    await limited.put(at('k'), new Uint8Array(1));
    const store = new PacedObjectStore(limited, { clock, concurrency: 4 });
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        await store.getRange(at('k'), all);
        order.push(i);
      }),
    );
    expect(limited.mostUnderWay).toBe(4);
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(clock.monotonic()).toBe(100);
  });

  it('holds reads and writes to their own rates', async () => {
    const clock = new VirtualClock();
    const store = new PacedObjectStore(new MemoryObjectStore(), { clock, readsPerSecond: 100, writesPerSecond: 10 });
    const put = async (i: number) => store.put(at(`k${i}`), new Uint8Array(1));
    await Promise.all(Array.from({ length: 11 }, (_, i) => put(i)));
    expect(clock.monotonic()).toBe(1_000);
    await Promise.all(Array.from({ length: 20 }, () => store.head(at('k0'))));
    expect(clock.monotonic()).toBe(1_180);
  });

  it('slows every caller of a partition, and no other', async () => {
    const faulty = new FaultyStore();
    const clock = new VirtualClock();
    const store = new PacedObjectStore(faulty, { clock });
    faulty.script = [{ before: slowDown() }];
    await expect(store.head(at('hot/x'))).rejects.toMatchObject({ code: 'SQ5008' });
    expect(store.rateOf(at('hot/y'), 'read')).toBe(1);
    expect(store.rateOf(at('hot/y'), 'write')).toBe(3_500);
    expect(store.rateOf(at('cold/y'), 'read')).toBe(5_500);
    expect(store.rateOf({ bucket: 'other', key: 'hot/x' }, 'read')).toBe(5_500);
  });

  it('takes the folders below that of a query for partitions of their own', () => {
    const folders = ['3/stage-0/a', '3/stage-9/b', '4/stage-0/a', 'journal/stage-0/a'];
    const seen = folders.map((key) => pacingPartition(at(`squall/01JQVERY000000000000000000/${key}`)));
    expect(seen).toEqual([
      'b/squall/01JQVERY000000000000000000/3',
      'b/squall/01JQVERY000000000000000000/3',
      'b/squall/01JQVERY000000000000000000/4',
      'b/squall/01JQVERY000000000000000000/journal',
    ]);
    expect(pacingPartition(at('01JQVERY000000000000000000/a'))).toBe('b/01JQVERY000000000000000000');
    expect(pacingPartition(at('data/lineitem/a'))).toBe('b/data');
    expect(pacingPartition(at('a'))).toBe('b/');
  });

  it('does not slow down for other errors', async () => {
    const faulty = new FaultyStore();
    const store = new PacedObjectStore(faulty, { clock: new VirtualClock() });
    faulty.script = [{ before: broken() }];
    await expect(store.head(at('x'))).rejects.toMatchObject({ code: 'SQ5009' });
    expect(store.rateOf(at('x'), 'read')).toBe(5_500);
  });

  it('gives back the place of a request that failed or was cancelled', async () => {
    const clock = new VirtualClock();
    const limited = new LimitedStore(clock, 1e9);
    await limited.put(at('k'), new Uint8Array(1));
    const store = new PacedObjectStore(limited, { clock, concurrency: 1 });
    const controller = new AbortController();
    const running = store.getRange(at('k'), all, { signal: controller.signal });
    const waiting = store.getRange(at('k'), all, { signal: controller.signal });
    const missing = store.getRange(at('missing'), all);
    const patient = store.getRange(at('k'), all);
    controller.abort();
    await expect(running).rejects.toBeInstanceOf(CancelledError);
    await expect(waiting).rejects.toBeInstanceOf(CancelledError);
    await expect(missing).rejects.toMatchObject({ code: 'SQ5001' });
    expect((await patient).size).toBe(1);
  });
});

describe('openStore under a storm of 503', () => {
  const storm = async (seed: number) => {
    const clock = new VirtualClock();
    const limited = new LimitedStore(clock, 50);
    await limited.put(at('k'), new Uint8Array(1));
    const opened = openStore(limited, { clock, random: seededRandom(seed) });
    const sizes = await Promise.all(
      Array.from({ length: 1_000 }, async () => (await opened.store.getRange(at('k'), all)).size),
    );
    return { limited, sizes, requests: opened.requests().GET, ms: Math.round(clock.monotonic()) };
  };

  it('brings every request through, counts every attempt, and wastes few', async () => {
    const { limited, sizes, requests } = await storm(1);
    expect(sizes).toEqual(new Array(1_000).fill(1));
    expect(requests).toMatchObject({ requests: 1_000 + limited.refused, errors: limited.refused, bytes: 1_000 });
    expect(limited.refused).toBeLessThan(300);
  });

  it('repeats itself under the same seed', async () => {
    const first = await storm(2);
    const second = await storm(2);
    expect(second.requests).toEqual(first.requests);
    expect(second.ms).toBe(first.ms);
  });
});
