const tails = new Map<string, Promise<void>>();

/**
 * Runs `work` when every earlier work under the same name in this process has ended. Names are absolute paths, so servers
 * over one directory in one process exclude each other too.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const before = tails.get(name) ?? Promise.resolve();
  const { promise, resolve } = gate();
  const tail = before.then(() => promise);
  tails.set(name, tail);
  await before;
  try {
    return await work();
  } finally {
    resolve();
    if (tails.get(name) === tail) tails.delete(name);
  }
}

function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
