import { expect, it } from 'vitest';
import { broken, FaultyStore } from '../../test/storage/faulty-store.ts';
import { MemoryObjectStore } from '../storage/memory.ts';
import { meteredStores, RequestMeter } from './request-meter.ts';

const at = (key: string) => ({ bucket: 'b', key });
const WHOLE = { kind: 'range', offset: 0, length: 5 } as const;

it('counts the requests of two queries that share stores apart, while they wait for the same connections', async () => {
  const store = new MemoryObjectStore();
  const stores = meteredStores({}, { transports: { memory: store }, pacing: { concurrency: 2 } });
  const memory = stores.store('memory');
  await memory.put(at('k'), new Uint8Array(5));
  const [one, two] = [new RequestMeter(), new RequestMeter()];
  const read = (times: number) => () =>
    Promise.all(Array.from({ length: times }, () => memory.getRange(at('k'), WHOLE)));
  await Promise.all([one.run(read(7)), two.run(read(11)), one.run(() => memory.head(at('k'))), read(3)()]);
  expect(one.counts().GET).toMatchObject({ requests: 7, bytes: 35, errors: 0 });
  expect(one.counts().HEAD.requests).toBe(1);
  expect(two.counts().GET).toMatchObject({ requests: 11, bytes: 55 });
  expect(two.counts().HEAD.requests).toBe(0);
  expect(stores.requests().GET.requests).toBe(21);
});

it('counts every attempt of a request that is sent again', async () => {
  const store = new FaultyStore();
  await store.memory.put(at('k'), new Uint8Array(5));
  store.script = [{ before: broken() }];
  const stores = meteredStores({}, { transports: { memory: store } });
  const meter = new RequestMeter();
  await meter.run(() => stores.store('memory').getRange(at('k'), WHOLE));
  expect(meter.counts().GET).toMatchObject({ requests: 2, errors: 1, bytes: 5 });
});
