import { InternalError } from '../common/errors.ts';
import type { ListedObject, ListOptions, ListPage } from './object-store.ts';

/** Keys or common prefixes per page at most, as in S3. */
export const MAX_PAGE = 1000;

/** Objects in byte order of their keys, cut into pages, with keys rolled up into common prefixes. */
export async function* foldPages(
  entries: AsyncIterable<ListedObject> | Iterable<ListedObject>,
  options: ListOptions,
): AsyncGenerator<ListPage> {
  const pageSize = pageSizeOf(options);
  let objects: ListedObject[] = [];
  let commonPrefixes: string[] = [];
  let rolledUp: string | undefined;
  for await (const entry of entries) {
    const common = commonPrefix(entry.key, options);
    if (common !== undefined && common === rolledUp) continue;
    if (objects.length + commonPrefixes.length === pageSize) {
      yield { objects, commonPrefixes, last: false };
      objects = [];
      commonPrefixes = [];
    }
    rolledUp = common;
    if (common === undefined) objects.push(entry);
    else commonPrefixes.push(common);
  }
  yield { objects, commonPrefixes, last: true };
}

/** The requested page size, checked. */
export function pageSizeOf(options: ListOptions): number {
  const size = options.pageSize ?? MAX_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) throw new InternalError(`page size ${size}`);
  return size;
}

function commonPrefix(key: string, { prefix, delimiter }: ListOptions): string | undefined {
  if (!delimiter) return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}
