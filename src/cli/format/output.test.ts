import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Collected } from '../../../test/cli/rows.ts';
import { CancelledError } from '../../common/errors.ts';
import { BrokenPipe, Output } from './output.ts';

const never = new AbortController().signal;

/** A stream whose writes end as told. */
const ending = (error?: NodeJS.ErrnoException) => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(error) });
  stream.on('error', () => undefined);
  return stream;
};

describe('an output', () => {
  it('gathers text and writes it in larger pieces, in order with bytes', async () => {
    const stream = new Collected();
    const out = new Output(stream, never);
    for (let n = 0; n < 30_000; n++) await out.write(`${n}\n`);
    await out.write(new Uint8Array([65, 66]));
    await out.write('end');
    await out.flush();
    const lines = Array.from({ length: 30_000 }, (_, n) => `${n}\n`).join('');
    expect(stream.bytes.toString()).toBe(`${lines}ABend`);
    expect(stream.chunks.length).toBeLessThan(8);
  });

  it('has not begun before anything has left', async () => {
    const stream = new Collected();
    const out = new Output(stream, never);
    await out.write('header\n');
    expect([out.begun, stream.chunks.length]).toEqual([false, 0]);
    await out.flush();
    expect([out.begun, stream.chunks.length]).toEqual([true, 1]);
    await out.flush();
    expect(stream.chunks).toHaveLength(1);
  });

  it('tells a reader that has gone from one that fails', async () => {
    for (const code of ['EPIPE', 'ERR_STREAM_DESTROYED']) {
      const out = new Output(ending(Object.assign(new Error('gone'), { code })), never);
      await expect(out.write(new Uint8Array(1))).rejects.toBeInstanceOf(BrokenPipe);
    }
    const full = new Output(ending(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })), never);
    await expect(full.write(new Uint8Array(1))).rejects.toMatchObject({
      code: 'SQ5017',
      message: 'the output cannot be written: ENOSPC: no space left',
    });
  });

  it('finds a stream that was destroyed', async () => {
    const stream = ending();
    stream.destroy();
    await expect(new Output(stream, never).write(new Uint8Array(1))).rejects.toBeInstanceOf(BrokenPipe);
  });

  it('stops waiting for a slow reader when the signal fires', async () => {
    const user = new AbortController();
    const out = new Output(new Writable({ write: () => queueMicrotask(() => user.abort()) }), user.signal);
    await expect(out.write(new Uint8Array(1))).rejects.toBeInstanceOf(CancelledError);
    await expect(out.write(new Uint8Array(1))).rejects.toBeInstanceOf(CancelledError);
  });
});
