import { AsyncLocalStorage } from 'node:async_hooks';
import { noRequests, sumCounts } from '../storage/counted.ts';
import type { RequestCounts, RequestEvent } from '../storage/object-store.ts';
import type { StorageSettings } from '../storage/settings.ts';
import { Stores, type StoresOptions } from '../storage/stores.ts';

const current = new AsyncLocalStorage<RequestMeter>();
/** Meters at work. */
let running = 0;

/**
 * Counts the requests that the driver makes for one query. Queries of a session share stores, so the meter follows the
 * asynchronous context: whatever `run` leads to, retries too, is counted here and nowhere else.
 */
export class RequestMeter {
  #counts: RequestCounts = noRequests();

  async run<T>(work: () => T | Promise<T>): Promise<T> {
    running++;
    try {
      return await current.run(this, work);
    } finally {
      running--;
      // While anything is stored, every promise of the process is told of its context, which doubles what a step of a stream costs.
      if (running === 0) current.disable();
    }
  }

  counts(): RequestCounts {
    return this.#counts;
  }

  add({ class: name, bytes, ms, outcome }: RequestEvent): void {
    const one = { ...noRequests(), [name]: { requests: 1, errors: outcome === 'ok' ? 0 : 1, bytes, ms } };
    this.#counts = sumCounts([this.#counts, one]);
  }
}

/** Stores whose requests are counted by the meter of the query they are made for. */
export const meteredStores = (settings: StorageSettings, options: StoresOptions = {}): Stores =>
  new Stores(settings, { ...options, onRequest: (event) => current.getStore()?.add(event) });
