export interface PrefetchOptions<T, R> {
  /** Reads one item; should honour the signal, which fires when the iteration ends early. */
  fetch(item: T, signal: AbortSignal): Promise<R>;
  /** Bytes that an item takes once it is read. */
  bytes(item: T): number;
  /** Items read ahead of the one in use, once a few have been used: who wants only the first causes few reads. */
  readonly ahead: number;
  /** Bound on the bytes read ahead; one item is read whatever its size. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** Items read ahead of the first. */
const FIRST_AHEAD = 2;

type Settled<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown };

interface Underway<T, R> {
  readonly item: T;
  readonly result: Promise<Settled<R>>;
}

/**
 * Reads items in order, a few ahead of the consumer. A failure reaches the consumer at its item's turn. However the
 * iteration ends, no read is left under way.
 */
export async function* prefetch<T, R>(
  items: readonly T[],
  options: PrefetchOptions<T, R>,
): AsyncGenerator<{ readonly item: T; readonly value: R }> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const underway: Underway<T, R>[] = [];
  let next = 0;
  let bytes = 0;
  let used = 0;
  const fill = (): void => {
    while (next < items.length && underway.length < Math.min(options.ahead, FIRST_AHEAD + used)) {
      const item = items[next] as T;
      if (underway.length > 0 && bytes + options.bytes(item) > options.maxBytes) return;
      bytes += options.bytes(item);
      next++;
      underway.push({ item, result: settled(options.fetch(item, signal)) });
    }
  };
  try {
    fill();
    for (let first = underway.shift(); first; first = underway.shift()) {
      const result = await first.result;
      bytes -= options.bytes(first.item);
      if (!result.ok) throw result.error;
      fill();
      yield { item: first.item, value: result.value };
      used++;
      fill();
    }
  } finally {
    stop.abort();
    await Promise.all(underway.map(({ result }) => result));
  }
}

async function settled<R>(promise: Promise<R>): Promise<Settled<R>> {
  try {
    return { ok: true, value: await promise };
  } catch (error) {
    return { ok: false, error };
  }
}
