import type { PartitionOptions } from './partitions/partition-columns.ts';
import type { TableSource } from './table-source.ts';

/** How the user named a table. */
export type TableReference =
  /** A name to look up; parts from left to right, unquoted ones match without regard to case. */
  | { readonly kind: 'name'; readonly path: readonly { readonly name: string; readonly quoted: boolean }[] }
  /** Files: a URI or a path, with or without a pattern; several are read as one table. */
  | { readonly kind: 'files'; readonly uris: readonly string[]; readonly options?: ReadOptions };

/** What read_parquet is told. */
export type ReadOptions = PartitionOptions;

export interface ResolveOptions {
  readonly signal?: AbortSignal;
}

/** Tables by name and by place. */
export interface Catalog {
  /**
   * Finds a table and reads what planning needs: listings and footers. Returns null for a name it does not know.
   *
   * @throws StorageError when files cannot be listed or read, BindError SQ1110 when their schemas do not fit together.
   */
  resolve(reference: TableReference, options?: ResolveOptions): Promise<TableSource | null>;
  /** Names that `resolve` knows, for hints and completion. */
  names(): readonly string[];
}
