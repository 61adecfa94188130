import type { RequestClass, RequestCounts, RequestTotals } from '../storage/object-store.ts';
import type { Stores } from '../storage/stores.ts';
import type { TaskStores } from './host.ts';

/** The stores of a process for one task: right as long as nothing else uses them at the same time. */
export function taskStores(stores: Stores): TaskStores {
  const before = stores.requests();
  return {
    resolve: (uri) => stores.resolve(uri),
    requests: () => difference(stores.requests(), before),
  };
}

function difference(after: RequestCounts, before: RequestCounts): RequestCounts {
  const of = (name: RequestClass): RequestTotals => ({
    requests: after[name].requests - before[name].requests,
    errors: after[name].errors - before[name].errors,
    bytes: after[name].bytes - before[name].bytes,
    ms: after[name].ms - before[name].ms,
  });
  return { GET: of('GET'), HEAD: of('HEAD'), PUT: of('PUT'), LIST: of('LIST'), DELETE: of('DELETE') };
}
