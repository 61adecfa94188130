import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { StagedFile } from './staged-file.ts';

it('gives no two files one modification time: it tells the versions of a key apart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'squall-staged-'));
  try {
    const now = Date.UTC(2026, 10, 21);
    const times = new Set<bigint>();
    for (let i = 0; i < 300; i++) {
      const file = await StagedFile.create(join(folder, String(i)));
      await file.write(new Uint8Array(3));
      times.add((await file.finish(now)).mtimeNs);
    }
    expect(times.size).toBe(300);
  } finally {
    await rm(folder, { recursive: true });
  }
});
