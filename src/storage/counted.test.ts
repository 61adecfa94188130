import { describe, expect, it } from 'vitest';
import { broken, FaultyStore, slowDown } from '../../test/storage/faulty-store.ts';
import { VirtualClock } from '../../test/storage/virtual-clock.ts';
import { CountedObjectStore, noRequests, sumCounts } from './counted.ts';
import type { RequestEvent } from './object-store.ts';

const at = { bucket: 'b', key: 'k' };

describe('CountedObjectStore', () => {
  it('tells each request: class, place, bytes, time, outcome', async () => {
    const faulty = new FaultyStore();
    const clock = new VirtualClock();
    const events: RequestEvent[] = [];
    const store = new CountedObjectStore(faulty, { clock, onRequest: (event) => events.push(event) });
    const put = faulty.memory.put.bind(faulty.memory);
    faulty.memory.put = async (...input) => {
      await clock.sleep(41);
      return put(...input);
    };
    await store.put(at, new Uint8Array(5));
    await store.getRange(at, { kind: 'suffix', length: 2 });
    faulty.script = [{ before: slowDown() }, { after: broken() }];
    await expect(store.head(at)).rejects.toThrow();
    await expect(store.putIfAbsent({ bucket: 'b', key: 'new' }, new Uint8Array(3))).rejects.toThrow();
    await store.delete('b', ['k', 'l']);
    expect(events).toEqual([
      { class: 'PUT', location: at, bytes: 5, ms: 41, outcome: 'ok' },
      { class: 'GET', location: at, bytes: 2, ms: 0, outcome: 'ok' },
      { class: 'HEAD', location: at, bytes: 0, ms: 0, outcome: 'throttled' },
      { class: 'PUT', location: { bucket: 'b', key: 'new' }, bytes: 0, ms: 0, outcome: 'error' },
      { class: 'DELETE', location: at, bytes: 0, ms: 0, outcome: 'ok' },
    ]);
    expect(store.counts()).toEqual({
      GET: { requests: 1, errors: 0, bytes: 2, ms: 0 },
      HEAD: { requests: 1, errors: 1, bytes: 0, ms: 0 },
      PUT: { requests: 2, errors: 1, bytes: 5, ms: 41 },
      LIST: { requests: 0, errors: 0, bytes: 0, ms: 0 },
      DELETE: { requests: 1, errors: 0, bytes: 0, ms: 0 },
    });
  });

  it('gives snapshots', async () => {
    const store = new CountedObjectStore(new FaultyStore());
    const before = store.counts();
    await store.put(at, new Uint8Array(5));
    expect(before).toEqual(noRequests());
  });

  it('never takes a listing without a last page for whole', async () => {
    const faulty = new FaultyStore();
    faulty.memory.list = async function* () {
      yield { objects: [], commonPrefixes: [], last: false };
    };
    const pages = new CountedObjectStore(faulty).list({ bucket: 'b', prefix: 'p' });
    await pages.next();
    await expect(pages.next()).rejects.toThrow('the listing of b/p ended without its last page');
  });

  it('adds up', async () => {
    const store = new CountedObjectStore(new FaultyStore(), { clock: new VirtualClock() });
    await store.put(at, new Uint8Array(5));
    expect(sumCounts([store.counts(), store.counts(), noRequests()]).PUT).toEqual({
      requests: 2,
      errors: 0,
      bytes: 10,
      ms: 0,
    });
  });
});
