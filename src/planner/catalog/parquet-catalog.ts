import pLimit from 'p-limit';
import { throwIfAborted } from '../../common/errors.ts';
import type { Field } from '../../common/types.ts';
import { CountedObjectStore } from '../../storage/counted.ts';
import { expandGlob, hasGlob } from '../../storage/glob.ts';
import type { RequestClass, RequestCounts } from '../../storage/object-store.ts';
import type { Resolved, Stores } from '../../storage/stores.ts';
import type { Catalog, ResolveOptions, TableReference } from './catalog.ts';
import { FooterCache, type OpenedFile } from './footer-cache.ts';
import { ParquetTable } from './parquet-table.ts';
import type { PlanningRequests, TableSource } from './table-source.ts';

/** Where the rows of a named table are: a URI, path or pattern, or several; with a schema when the files have to fit one. */
export type TableDefinition =
  | string
  | readonly string[]
  | { readonly files: string | readonly string[]; readonly schema?: readonly Field[] };

export type TableDefinitions = Readonly<Record<string, TableDefinition>>;

export interface ParquetCatalogOptions {
  readonly stores: Stores;
  readonly tables: TableDefinitions;
}

/** Listings, then footers, that are read at the same time. */
const CONCURRENT_FILES = 16;

/** Parquet files by place, and by the names they are registered under. Keeps the footers of a session. */
export class ParquetCatalog implements Catalog {
  readonly #stores: Stores;
  readonly #tables: TableDefinitions;
  readonly #footers = new FooterCache();

  constructor({ stores, tables }: ParquetCatalogOptions) {
    this.#stores = stores;
    this.#tables = tables;
  }

  names(): readonly string[] {
    return Object.keys(this.#tables);
  }

  async resolve(reference: TableReference, options: ResolveOptions = {}): Promise<TableSource | null> {
    if (reference.kind === 'files') return this.#open(reference.uris.join(', '), reference.uris, null, options);
    const [part, another] = reference.path;
    if (!part || another) return null;
    const name = this.#lookUp(part.name, part.quoted);
    if (name === null) return null;
    const definition = this.#tables[name] as TableDefinition;
    const isPlain = typeof definition === 'string' || isList(definition);
    const files = isPlain ? definition : definition.files;
    const uris = typeof files === 'string' ? [files] : files;
    return this.#open(name, uris, isPlain ? null : (definition.schema ?? null), options);
  }

  #lookUp(name: string, quoted: boolean): string | null {
    if (Object.hasOwn(this.#tables, name)) return name;
    if (quoted) return null;
    return this.names().find((known) => known.toLowerCase() === name.toLowerCase()) ?? null;
  }

  async #open(
    name: string,
    uris: readonly string[],
    declared: readonly Field[] | null,
    { signal }: ResolveOptions,
  ): Promise<ParquetTable> {
    const places = uris.map((uri) => {
      const resolved = this.#stores.resolve(uri);
      return { ...resolved, store: new CountedObjectStore(resolved.store, { clock: this.#stores.clock }) };
    });
    const limit = pLimit(CONCURRENT_FILES);
    const found = (await allOrFirstError(places.map((place) => limit(() => listed(place, signal))))).flat();
    const open = (file: ListedFile): Promise<OpenedFile> => {
      throwIfAborted(signal);
      return this.#footers.open(file, { ...(file.etag && { etag: file.etag }), ...(signal && { signal }) });
    };
    const files = await allOrFirstError(found.map((file) => limit(() => open(file))));
    return new ParquetTable({ name, files, declared, requests: sumOf(places.map(({ store }) => store.counts())) });
  }
}

const isList = (definition: TableDefinition): definition is readonly string[] => Array.isArray(definition);

interface ListedFile extends Resolved {
  readonly etag?: string;
}

/** The files a location names. A plain name is taken at its word: reading its footer shows whether it is there. */
async function listed(place: Resolved, signal?: AbortSignal): Promise<readonly ListedFile[]> {
  const { key } = place.location;
  if (!hasGlob(key) && key !== '' && !key.endsWith('/')) return [place];
  const matches = await expandGlob(place.store, place, signal);
  return matches.map(({ location, etag }) => ({ ...place, location, etag }));
}

/** Waits for all, so that nothing runs on behind an error. */
async function allOrFirstError<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

function sumOf(counts: readonly RequestCounts[]): PlanningRequests {
  const requests: Partial<Record<RequestClass, number>> = {};
  for (const count of counts) {
    for (const [kind, { requests: made }] of Object.entries(count) as [RequestClass, { requests: number }][]) {
      requests[kind] = (requests[kind] ?? 0) + made;
    }
  }
  return requests;
}
