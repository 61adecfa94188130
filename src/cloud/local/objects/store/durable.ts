import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fsCode } from '../s3-error.ts';

const running = new Map<string, Promise<void>>();
const waiting = new Map<string, Promise<void>>();

/**
 * Makes the names in a directory survive a power cut. Those who ask while one sync runs share the next one: the names they
 * have just made may have come too late for the one under way.
 */
export function syncDirectory(path: string): Promise<void> {
  const next = waiting.get(path);
  if (next) return next;
  const current = running.get(path);
  if (!current) return startSync(path);
  const queued = Promise.allSettled([current]).then(() => {
    waiting.delete(path);
    return startSync(path);
  });
  waiting.set(path, queued);
  return queued;
}

function startSync(path: string): Promise<void> {
  const sync = syncNow(path).finally(() => {
    if (running.get(path) === sync) running.delete(path);
  });
  running.set(path, sync);
  return sync;
}

async function syncNow(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Moves a file, replacing what is there; durable when it returns. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncDirectory(dirname(to));
}

/** Moves a file to a free name, atomically also against other processes. Answers false when the name is taken. */
export async function moveIfFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (fsCode(error) === 'EEXIST') return false;
    throw error;
  }
  await rm(from);
  await syncDirectory(dirname(to));
  return true;
}

/** Writes a small file whole: readers see the old one or the new one, also after a crash. */
export async function writeDurably(path: string, temporary: string, text: string): Promise<void> {
  const handle = await open(temporary, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await renameInto(temporary, path);
}

async function renameInto(temporary: string, path: string): Promise<void> {
  try {
    await renameDurably(temporary, path);
  } catch (error) {
    if (fsCode(error) !== 'ENOENT') throw error;
    await makeDirectory(dirname(path));
    await renameDurably(temporary, path);
  }
}

/** mkdir -p whose new names are durable. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let at = dirname(path); ; at = dirname(at)) {
    await syncDirectory(at);
    if (at === dirname(first)) return;
  }
}
