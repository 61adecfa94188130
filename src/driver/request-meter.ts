import { AsyncLocalStorage } from 'node:async_hooks';
import { noRequests, sumCounts } from '../storage/counted.ts';
import type { RequestCounts, RequestEvent } from '../storage/object-store.ts';
import type { StorageSettings } from '../storage/settings.ts';
import { Stores, type StoresOptions } from '../storage/stores.ts';

const current = new AsyncLocalStorage<RequestMeter>();

/**
 * Counts the requests that the driver makes for one query. Queries of a session share stores, so the meter follows the
 * asynchronous context: whatever `run` leads to, retries too, is counted here and nowhere else.
 */
export class RequestMeter {
  #counts: RequestCounts = noRequests();

  run<T>(work: () => T): T {
    return current.run(this, work);
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
