import { afterAll, expect, it } from 'vitest';
import { consume, expected, produce, TestGang } from './fixtures/test-gang.ts';
import type { LinkReader } from './link-reader.ts';
import type { LinkSummary } from './link-summary.ts';

const test = await TestGang.start();
afterAll(() => test.close());

it('64 producers and 64 consumers: every pair has a link, and no end holds more descriptors than peers and a few', async () => {
  test.clock.patient = true;
  const gang = test.gang('driver');
  const tasks = Array.from({ length: 64 }, (_, i) => i);
  // One process does the work of 128: whoever comes next comes when the one before has its links.
  const readers: LinkReader[] = [];
  for (const task of tasks) readers.push(await test.reader(gang, task, 64));
  const consumed = readers.map(consume);
  const produced: Promise<LinkSummary>[] = [];
  for (const task of tasks) {
    const writer = await test.writer(gang, task, 64);
    const body = Uint8Array.of(task, 0, 9);
    for (const consumer of tasks) await writer.send(consumer, body, 0);
    produced.push(produce(writer, { task, consumers: 64, pieces: 2 }));
  }
  for (const [consumer, got] of (await Promise.all(consumed)).entries()) {
    const pieces = got.filter((piece) => !piece.endsWith('9 0 3'));
    expect(pieces).toEqual(expected(consumer, { producers: 64, pieces: 2 }));
  }
  const summaries = [...readers.map((reader) => reader.summary()), ...(await Promise.all(produced))];
  expect(new Set(summaries.map(({ connected, fellBack }) => `${connected} ${fellBack.length}`))).toEqual(
    new Set(['64 0']),
  );
  const peak = Math.max(...summaries.map(({ descriptorsPeak }) => descriptorsPeak));
  process.stdout.write(`64 x 64 links: at most ${peak} descriptors at one end\n`);
  // A second way is tried when the first one takes long: at worst each pair has two connections for a moment.
  expect(peak).toBeLessThanOrEqual(2 * 64 + 8);
});
