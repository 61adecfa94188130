import type { ObjectStore, RequestEvent } from './object-store.ts';

/** A store whose requests, every attempt of them, are told to one listener: the traffic of one purpose among others. */
export function observed(store: ObjectStore, onRequest: (event: RequestEvent) => void): ObjectStore {
  const told = { onRequest };
  return {
    list: (options) => store.list({ ...options, ...told }),
    head: (location, options) => store.head(location, { ...options, ...told }),
    getRange: (location, range, options) => store.getRange(location, range, { ...options, ...told }),
    put: (location, body, options) => store.put(location, body, { ...options, ...told }),
    putIfAbsent: (location, body, options) => store.putIfAbsent(location, body, { ...options, ...told }),
    delete: (bucket, keys, options) => store.delete(bucket, keys, { ...options, ...told }),
    multipart: async (location, options) => {
      const upload = await store.multipart(location, { ...options, ...told });
      return {
        write: (part, partOptions) => upload.write(part, { ...partOptions, ...told }),
        complete: (completeOptions) => upload.complete({ ...completeOptions, ...told }),
        abort: () => upload.abort(),
      };
    },
    close: () => store.close(),
  };
}
