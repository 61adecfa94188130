import type { Catalog, ResolveOptions, TableReference } from './catalog.ts';
import type { PartitionTest, TableSource } from './table-source.ts';

/** The tables of one statement: each is looked up once, however often the statement is bound. */
export class StatementCatalog implements Catalog {
  readonly #catalog: Catalog;
  readonly #found = new Map<string, Promise<TableSource | null>>();
  readonly #unread = new Set<TableSource>();
  readonly #read = new Map<TableSource, TableSource>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  names(): readonly string[] {
    return this.#catalog.names();
  }

  async resolve(reference: TableReference, options: ResolveOptions = {}): Promise<TableSource | null> {
    const key = JSON.stringify(reference);
    const asked = this.#found.get(key) ?? this.#catalog.resolve(reference, options);
    this.#found.set(key, asked);
    const source = await asked;
    if (source?.unread && !this.#read.has(source)) this.#unread.add(source);
    return source && (this.#read.get(source) ?? source);
  }

  /** The tables found so far that have files nobody has looked into. */
  get unread(): readonly TableSource[] {
    return [...this.#unread];
  }

  /** Looks into the files of their tables that are wanted; `resolve` gives the tables with those from then on. */
  async read(wanted: (source: TableSource) => PartitionTest, options: ResolveOptions): Promise<void> {
    const sources = this.unread;
    const reads = sources.map((source) => source.unread?.read(wanted(source), options) ?? source);
    await Promise.allSettled(reads);
    const tables = await Promise.all(reads);
    for (const [i, source] of sources.entries()) this.#read.set(source, tables[i] as TableSource);
    this.#unread.clear();
  }
}
