import type { EdgeTraffic } from '../operators/task.ts';
import { observed } from '../storage/observed.ts';
import type { Resolved } from '../storage/stores.ts';
import type { TaskStores } from './host.ts';

/** What an edge of the stage graph takes of a task's requests, every attempt counted. */
export class EdgeMeter {
  #requests = 0;
  #bytes = 0;

  get traffic(): EdgeTraffic {
    return { requests: this.#requests, bytes: this.#bytes };
  }

  /** Bytes that did not go through a store. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The stores, whose requests count for this edge. */
  resolver(stores: TaskStores): (uri: string) => Resolved {
    return (uri) => {
      const resolved = stores.resolve(uri);
      const store = observed(resolved.store, ({ bytes }) => {
        this.#requests++;
        this.#bytes += bytes;
      });
      return { ...resolved, store };
    };
  }

  /** As `resolver`, for a sender who adds the bytes itself. */
  requestsOnly(stores: TaskStores): (uri: string) => Resolved {
    return (uri) => {
      const resolved = stores.resolve(uri);
      return { ...resolved, store: observed(resolved.store, () => this.#requests++) };
    };
  }
}
