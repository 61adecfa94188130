import { describe, expect, it } from 'vitest';
import { prefetch } from './prefetch.ts';

interface Read {
  readonly item: number;
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

/** Reads that finish when the test says so. */
function reader() {
  const open: Read[] = [];
  const started: number[] = [];
  const aborted: number[] = [];
  const fetch = (item: number, signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      started.push(item);
      open.push({ item, resolve, reject });
      signal.addEventListener('abort', () => {
        aborted.push(item);
        reject(new Error('aborted'));
      });
    });
  const finish = (item: number) => open.find((read) => read.item === item)?.resolve(`#${item}`);
  const fail = (item: number) => open.find((read) => read.item === item)?.reject(new Error(`no ${item}`));
  return { fetch, started, aborted, finish, fail };
}

const bytes = () => 10;

describe('prefetch', () => {
  it('delivers in order and reads no more ahead than it may', async () => {
    const { fetch, started, finish } = reader();
    const items = prefetch([1, 2, 3, 4], { fetch, bytes, ahead: 2, maxBytes: 100 });
    const first = items.next();
    expect(started).toEqual([1, 2]);
    finish(2);
    finish(1);
    expect(await first).toEqual({ done: false, value: { item: 1, value: '#1' } });
    expect(started).toEqual([1, 2, 3]);
    expect((await items.next()).value).toEqual({ item: 2, value: '#2' });
    expect(started).toEqual([1, 2, 3, 4]);
    finish(3);
    finish(4);
    await items.next();
    await items.next();
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it('stays within its bytes, but always reads one', async () => {
    const { fetch, started, finish } = reader();
    const items = prefetch([1, 2, 3], { fetch, bytes, ahead: 3, maxBytes: 5 });
    const first = items.next();
    expect(started).toEqual([1]);
    finish(1);
    await first;
    expect(started).toEqual([1, 2]);
    const end = items.return(undefined);
    await end;
  });

  it('reports a failure at its turn and leaves nothing under way', async () => {
    const { fetch, started, aborted, finish, fail } = reader();
    const items = prefetch([1, 2, 3, 4], { fetch, bytes, ahead: 3, maxBytes: 100 });
    const first = items.next();
    fail(2);
    finish(1);
    expect((await first).value).toEqual({ item: 1, value: '#1' });
    await expect(items.next()).rejects.toThrow('no 2');
    expect(started).toEqual([1, 2, 3, 4]);
    expect(aborted).toEqual([1, 2, 3, 4]);
  });

  it('aborts what is under way when it is left early', async () => {
    const { fetch, aborted, finish } = reader();
    const loop = (async () => {
      for await (const { item } of prefetch([1, 2, 3], { fetch, bytes, ahead: 2, maxBytes: 100 })) return item;
      return null;
    })();
    finish(1);
    expect(await loop).toBe(1);
    expect(aborted).toEqual([1, 2, 3]);
  });

  it('passes the outer signal on', async () => {
    const { fetch } = reader();
    const controller = new AbortController();
    const items = prefetch([1, 2], { fetch, bytes, ahead: 2, maxBytes: 100, signal: controller.signal });
    const first = items.next();
    controller.abort();
    await expect(first).rejects.toThrow('aborted');
  });
});
