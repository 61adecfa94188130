import { InternalError } from '../common/errors.ts';
import type { ListOptions, ListPage, ObjectStore } from './object-store.ts';

/**
 * The pages of a listing up to its last one, each pulled within `pull`. Throws InternalError when the store's listing ends
 * before: it would be taken for a complete one.
 */
export async function* wholeListing(
  store: ObjectStore,
  options: ListOptions,
  pull: (next: () => Promise<IteratorResult<ListPage>>) => Promise<IteratorResult<ListPage>>,
): AsyncGenerator<ListPage> {
  const pages = store.list(options)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await pull(() => pages.next());
      if (done) throw shortListing(options);
      yield value;
      if (value.last) return;
    }
  } finally {
    await pages.return?.();
  }
}

export const shortListing = ({ bucket, prefix }: ListOptions): InternalError =>
  new InternalError(`the listing of ${bucket}/${prefix} ended without its last page`);
