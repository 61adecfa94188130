import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fakeTask } from '../../../test/driver/fake-cloud.ts';
import { systemClock } from '../../common/clock.ts';
import { CancelledError } from '../../common/errors.ts';
import { taskId } from '../../common/ids.ts';
import { Stores } from '../../storage/stores.ts';
import { inlineCloud } from './inline-cloud.ts';

const open = (scratch: string | null = null) =>
  inlineCloud({
    stores: new Stores(),
    storage: {},
    taskStores: new Stores(),
    memoryMb: 512,
    timeoutMs: 60_000,
    scratch,
  });

const budget = { memoryBytes: 100_000_000, deadline: systemClock.now() + 60_000 };
const never = new AbortController().signal;
const wrote = () => undefined;

describe('the inline cloud', () => {
  it('runs tasks of several queries one after the other, each to its report', async () => {
    const cloud = open();
    const tasks = [0, 1, 2].map((id) => fakeTask({ task: taskId(id), budget }));
    const reports = await Promise.all(tasks.map((task) => cloud.invoker.invoke(task, { signal: never, wrote })));
    expect(reports.map(({ task, outcome }) => [task, outcome.ok])).toEqual([
      [0, true],
      [1, true],
      [2, true],
    ]);
    expect(reports.map(({ metrics }) => metrics.coldStart)).toEqual([false, false, false]);
    await cloud.close();
  });

  it('does not begin a task whose query was stopped while it waited', async () => {
    const cloud = open();
    const user = new AbortController();
    const first = cloud.invoker.invoke(fakeTask({ budget }), { signal: never, wrote });
    const second = cloud.invoker.invoke(fakeTask({ budget }), { signal: user.signal, wrote });
    user.abort();
    await expect(second).rejects.toBeInstanceOf(CancelledError);
    expect((await first).outcome.ok).toBe(true);
    await cloud.close();
  });

  it('has a folder of its own for temporary objects and removes it; one that it was given stays', async () => {
    const cloud = open();
    const folder = fileURLToPath(cloud.scratch);
    expect(existsSync(folder)).toBe(true);
    await cloud.close();
    await cloud.close();
    expect(existsSync(folder)).toBe(false);
    const given = open('memory://scratch/x');
    expect(given.scratch).toBe('memory://scratch/x');
    await given.close();
  });
});
