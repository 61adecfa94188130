import pLimit from 'p-limit';
import { throwIfAborted } from '../../common/errors.ts';
import type { Field } from '../../common/types.ts';
import { CountedObjectStore } from '../../storage/counted.ts';
import { storageError } from '../../storage/errors.ts';
import { expandGlob, hasGlob } from '../../storage/glob.ts';
import type { RequestClass, RequestCounts } from '../../storage/object-store.ts';
import type { Resolved, Stores } from '../../storage/stores.ts';
import { formatUri } from '../../storage/uri.ts';
import type { Catalog, ResolveOptions, TableReference } from './catalog.ts';
import { FooterCache, type OpenedFile } from './footer-cache.ts';
import { ParquetTable } from './parquet-table.ts';
import { type PartitionOptions, partitionColumns } from './partitions/partition-columns.ts';
import { PartitionedTable } from './partitions/partitioned-table.ts';
import type { PlanningRequests, TableSource } from './table-source.ts';

/** Where the rows of a named table are: a URI, path or pattern, or several; with a schema when the files have to fit one. */
export type TableDefinition =
  | string
  | readonly string[]
  | ({ readonly files: string | readonly string[]; readonly schema?: readonly Field[] } & PartitionOptions);

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
    if (reference.kind === 'files') {
      const { uris, options: partitions = {} } = reference;
      return this.#open({ name: uris.join(', '), uris, declared: null, partitions }, options);
    }
    const [part, another] = reference.path;
    if (!part || another) return null;
    const name = this.#lookUp(part.name, part.quoted);
    if (name === null) return null;
    const definition = this.#tables[name] as TableDefinition;
    const isPlain = typeof definition === 'string' || isList(definition);
    const files = isPlain ? definition : definition.files;
    const uris = typeof files === 'string' ? [files] : files;
    const [declared, partitions] = isPlain ? [null, {}] : [definition.schema ?? null, definition];
    return this.#open({ name, uris, declared, partitions }, options);
  }

  #lookUp(name: string, quoted: boolean): string | null {
    if (Object.hasOwn(this.#tables, name)) return name;
    if (quoted) return null;
    return this.names().find((known) => known.toLowerCase() === name.toLowerCase()) ?? null;
  }

  async #open({ name, uris, declared, partitions }: WantedTable, { signal }: ResolveOptions): Promise<TableSource> {
    const places = uris.map((uri) => {
      const resolved = this.#stores.resolve(uri);
      return { ...resolved, store: new CountedObjectStore(resolved.store, { clock: this.#stores.clock }) };
    });
    const limit = pLimit(CONCURRENT_FILES);
    const found = (await allOrFirstError(places.map((place) => limit(() => listed(place, signal))))).flat();
    const columns = partitionColumns(found.map(namedFile), declared, partitions);
    const open = (index: number, signal: AbortSignal | undefined): Promise<OpenedFile> => {
      const file = found[index] as ListedFile;
      return limit(() => {
        throwIfAborted(signal);
        return this.#footers.open(file, { ...(file.etag && { etag: file.etag }), ...(signal && { signal }) });
      });
    };
    const isPartitioned = columns.columns.length > 0 && found.length > 2;
    const first = isPartitioned ? [0, found.length - 1] : [...found.keys()];
    const files = await allOrFirstError(first.map((index) => open(index, signal)));
    const requests = () => sumOf(places.map(({ store }) => store.counts()));
    if (isPartitioned) {
      const opened = new Map(first.map((index, i) => [index, files[i] as OpenedFile]));
      const bytes = found.reduce((sum, { size = 0 }) => sum + size, 0);
      return new PartitionedTable({ name, declared, partitions: columns, bytes, opened, open, requests });
    }
    return new ParquetTable({
      name,
      files: files.map((opened, i) => ({ opened, partition: columns.values[i] ?? [] })),
      alike: files,
      declared,
      partitions: columns.columns,
      requests: requests(),
      totals: { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) },
    });
  }
}

interface WantedTable {
  readonly name: string;
  readonly uris: readonly string[];
  readonly declared: readonly Field[] | null;
  readonly partitions: PartitionOptions;
}

const isList = (definition: TableDefinition): definition is readonly string[] => Array.isArray(definition);

interface ListedFile extends Resolved {
  readonly etag?: string;
  /** Bytes. */
  readonly size?: number;
}

const namedFile = ({ scheme, location }: ListedFile) => ({ uri: formatUri(scheme, location), key: location.key });

/** The files a location names. A plain name is taken at its word: reading its footer shows whether it is there. */
async function listed(place: Resolved, signal?: AbortSignal): Promise<readonly ListedFile[]> {
  const { key } = place.location;
  const isFolder = key === '' || key.endsWith('/');
  if (!hasGlob(key) && !isFolder) return [place];
  const matches = await expandGlob(place.store, place, signal);
  const files = isFolder ? matches.filter((match) => !isBeside(match.key.slice(key.length))) : matches;
  if (files.length === 0) {
    const where = formatUri(place.scheme, place.location);
    throw storageError('SQ5011', `there is no data below ${where}: the names of all files begin with _`, {
      hint: 'name the files by a pattern',
      details: { object: where },
    });
  }
  return files.map(({ location, etag, size }) => ({ ...place, location, etag, size }));
}

/** What writers leave beside the data: `_SUCCESS`, `_temporary/…`. */
const isBeside = (path: string) => path.split('/').some((name) => name.startsWith('_') && !name.includes('='));

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
