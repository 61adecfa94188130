import { describe, expect, it } from 'vitest';
import { US_EAST_1 } from '../../common/prices.ts';
import { type FunctionsOffered, LAMBDA_OFFER } from '../functions-offered.ts';
import { costModel } from './cost-model.ts';
import { type Hop, inlineCost, linksCost, objectsCost } from './hop-cost.ts';

const model = (offer: Partial<FunctionsOffered> = {}) => costModel({ ...LAMBDA_OFFER, ...offer });
const HOP: Hop = {
  writers: 10,
  readers: 5,
  gets: 50,
  partitioned: true,
  bytes: 1e9,
  readBytes: 1e9,
  writes: true,
};

describe('objects', () => {
  it('cost a PUT for each writer and a GET for each slice, at list prices', () => {
    const cost = objectsCost(model(), HOP, null);
    expect(cost).toMatchObject({ put: 10, get: 50, written: 1e9, read: 1e9 });
    const { PUT, GET } = US_EAST_1.request;
    expect(cost.dollars).toBeCloseTo(10 * PUT + 50 * GET, 12);
  });

  it('cost bytes too in Express One Zone, and answer sooner', () => {
    const [standard, express] = [objectsCost(model(), HOP, null), objectsCost(model({ store: 'express' }), HOP, null)];
    const { request, writtenGb, readGb } = US_EAST_1.express;
    expect(express.dollars).toBeCloseTo(10 * request.PUT + 50 * request.GET + writtenGb + readGb, 12);
    expect(express.ms).toBeLessThan(standard.ms);
  });

  it('are fewer bytes with a codec, for CPU', () => {
    const few = { ...HOP, bytes: 1e6, readBytes: 1e6 };
    const [plain, packed] = [objectsCost(model(), few, null), objectsCost(model(), few, 'zstd')];
    expect([packed.written, packed.read].map(Math.round)).toEqual([357_143, 357_143]);
    expect([packed.put, packed.get, packed.dollars]).toEqual([plain.put, plain.get, plain.dollars]);
    expect(packed.functions).toBeGreaterThan(plain.functions);
  });

  it('take another wait for each round of GETs of a reader', () => {
    const { read } = model().latencies.stores.standard;
    const ofGets = (gets: number) => objectsCost(model(), { ...HOP, readers: 1, gets }, null).ms;
    expect(ofGets(16)).toBe(ofGets(1));
    expect(ofGets(17) - ofGets(16)).toBeCloseTo(read.medianMs, 6);
    expect(ofGets(64) - ofGets(16)).toBeCloseTo(3 * read.medianMs, 6);
  });

  it('wait for the rate at which the store answers', () => {
    const hop = { ...HOP, writers: 1_000, readers: 1_000, gets: 1e6, bytes: 1e6, readBytes: 1e6 };
    expect(objectsCost(model(), hop, null).ms).toBeGreaterThan(1e6 / model().latencies.stores.standard.readsPerMs);
  });

  it('are written once for several readers', () => {
    const again = objectsCost(model(), { ...HOP, writes: false }, 'lz4');
    expect(again).toMatchObject({ put: 0, get: 50, written: 0 });
    expect(again.dollars).toBeCloseTo(50 * US_EAST_1.request.GET, 12);
    expect(again.ms).toBeLessThan(objectsCost(model(), HOP, 'lz4').ms);
  });
});

describe('messages', () => {
  it('are no requests and no bill of the storage', () => {
    const cost = inlineCost(model(), { ...HOP, bytes: 1e4, readBytes: 1e4 });
    expect(cost).toMatchObject({ put: 0, get: 0, written: 0, read: 0, dollars: 0 });
    expect(cost.ms).toBeLessThan(objectsCost(model(), { ...HOP, bytes: 1e4, readBytes: 1e4 }, null).ms);
  });

  it('of all tasks go through the one driver, slower than objects when they are large', () => {
    expect(inlineCost(model(), HOP).ms).toBeGreaterThan(objectsCost(model(), HOP, null).ms);
  });
});

describe('links', () => {
  it('are no requests, but bytes', () => {
    const cost = linksCost(model(), HOP, 0);
    expect(cost).toMatchObject({ put: 0, get: 0, written: 1e9, read: 1e9, dollars: 0 });
  });

  it('are paid for as long as readers wait for writers', () => {
    const [ready, waiting] = [linksCost(model(), HOP, 0), linksCost(model(), HOP, 10_000)];
    expect(waiting.ms).toBe(ready.ms);
    const gigabytes = LAMBDA_OFFER.memoryMb / 1024;
    expect(waiting.functions - ready.functions).toBeCloseTo(5 * 10 * gigabytes * US_EAST_1.gbSecond, 12);
  });

  it('bring what one of them can, however few there are', () => {
    const narrow = linksCost(model(), { ...HOP, writers: 1, readers: 1, gets: 1 }, 0);
    const { links } = model().latencies;
    expect(narrow.ms).toBeGreaterThan(1e9 / links.bytesPerMs);
  });
});

it('functions of half a vCPU compute half as fast', () => {
  const none = { ...HOP, bytes: 1e6, readBytes: 1e6, gets: 0 };
  const [whole, half] = [1_769, 884.5].map((memoryMb) => inlineCost(model({ memoryMb }), none).ms) as [number, number];
  const { cpu } = model().latencies;
  const cpuMs = 1e5 / cpu.encode + 1e5 / cpu.partition + 2e5 / cpu.decode;
  expect(half - whole).toBeCloseTo(cpuMs, 6);
});
