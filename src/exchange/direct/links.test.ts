import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consume, expected, produce, TestGang } from './fixtures/test-gang.ts';

let test: TestGang;
beforeEach(async () => {
  test = await TestGang.start();
});
afterEach(() => test.close());

describe.each(['driver', 'store'] as const)('links through a rendezvous of the %s', (kind) => {
  it('bring every piece of every producer to its consumer', async () => {
    const gang = test.gang(kind);
    const size = { consumers: 3, pieces: 5, bytes: 1_000 };
    const produced = [0, 1, 2, 3].map(async (task) => produce(await test.writer(gang, task, 3), { task, ...size }));
    const consumed = [0, 1, 2].map(async (task) => {
      const reader = await test.reader(gang, task, 4);
      return [await consume(reader), reader.summary()] as const;
    });
    for (const [consumer, [got, summary]] of (await Promise.all(consumed)).entries()) {
      expect(got).toEqual(expected(consumer, { producers: 4, pieces: 5, bytes: 1_000 }));
      expect(summary).toMatchObject({ rows: 60, bytes: 20_000, connected: 4, fellBack: [] });
    }
    for (const summary of await Promise.all(produced)) {
      expect(summary).toMatchObject({ rows: 45, bytes: 15_000, connected: 3, fellBack: [] });
    }
  });
});
