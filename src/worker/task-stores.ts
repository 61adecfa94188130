import { countsSince } from '../storage/counted.ts';
import type { Stores } from '../storage/stores.ts';
import type { TaskStores } from './host.ts';

/** The stores of a process for one task: right as long as nothing else uses them at the same time. */
export function taskStores(stores: Stores): TaskStores {
  const before = stores.requests();
  return {
    resolve: (uri) => stores.resolve(uri),
    requests: () => countsSince(before, stores.requests()),
  };
}
