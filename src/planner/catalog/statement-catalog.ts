import type { Catalog, ResolveOptions, TableReference } from './catalog.ts';
import type { PartitionTest, TableSource } from './table-source.ts';

/** The tables of one statement: each is looked up once, however often the statement is bound. */
export class StatementCatalog implements Catalog {
  readonly #catalog: Catalog;
  readonly #found = new Map<string, Promise<TableSource | null>>();
  readonly #unread = new Set<TableSource>();
  readonly #read = new Map<TableSource, Promise<TableSource>>();
  #wanted: ((source: TableSource) => PartitionTest) | null = null;

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
    return source?.unread ? this.#known(source, options) : source;
  }

  /** True when tables were found that have files nobody has looked into. */
  get hasUnread(): boolean {
    return this.#unread.size > 0;
  }

  /** From now on `resolve` looks into the files of such tables that are wanted. */
  want(wanted: (source: TableSource) => PartitionTest): void {
    this.#wanted = wanted;
  }

  #known(source: TableSource, options: ResolveOptions): TableSource | Promise<TableSource> {
    if (!this.#wanted || !source.unread) {
      this.#unread.add(source);
      return source;
    }
    const read = this.#read.get(source) ?? source.unread.read(this.#wanted(source), options);
    this.#read.set(source, read);
    return read;
  }
}
