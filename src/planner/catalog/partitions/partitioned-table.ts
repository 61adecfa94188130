import { InternalError } from '../../../common/errors.ts';
import { type Field, sameType, type Value } from '../../../common/types.ts';
import type { OpenedFile } from '../footer-cache.ts';
import { type ParquetFile, ParquetTable } from '../parquet-table.ts';
import type {
  PartitionTest,
  PlanningRequests,
  SourceColumn,
  Splits,
  TableSource,
  UnreadFiles,
} from '../table-source.ts';
import type { PartitionColumns } from './partition-columns.ts';

export interface PartitionedTableOptions {
  readonly name: string;
  readonly declared: readonly Field[] | null;
  /** Of all files. */
  readonly partitions: PartitionColumns;
  /** Bytes of the files, as far as they are known. */
  readonly bytes: number;
  /** The files that were looked into, by position. */
  readonly opened: ReadonlyMap<number, OpenedFile>;
  /** Looks into the file at a position. */
  readonly open: (index: number, signal: AbortSignal | undefined) => Promise<OpenedFile>;
  /** All that were made by now. */
  readonly requests: () => PlanningRequests;
}

/**
 * A table of many files, a few of which were looked into: they say what columns it has until the query has said which partitions
 * it wants.
 */
export class PartitionedTable implements TableSource {
  readonly name: string;
  readonly rows = null;
  readonly schema: readonly SourceColumn[];
  readonly partitionColumns: readonly number[];
  readonly unread: UnreadFiles;
  readonly #options: PartitionedTableOptions;

  /** @throws BindError SQ1110 when the schemas of the files do not fit together */
  constructor(options: PartitionedTableOptions) {
    this.#options = options;
    this.name = options.name;
    const { schema, partitionColumns } = this.#table([], options.opened);
    this.schema = schema;
    this.partitionColumns = partitionColumns;
    this.unread = { read: (wanted, { signal }) => this.#read(wanted, signal) };
  }

  get requests(): PlanningRequests {
    return this.#options.requests();
  }

  splits(): Splits {
    throw new InternalError(`nobody has looked into the files of ${this.name}`);
  }

  async #read(wanted: PartitionTest, signal: AbortSignal | undefined): Promise<TableSource> {
    const { partitions, opened } = this.#options;
    const answers = new Map([...new Set(partitions.values)].map((values) => [values, wanted(values)]));
    const chosen = [...partitions.values.keys()].filter((i) => answers.get(partitions.values[i] as readonly Value[]));
    const some = await this.#open(chosen, opened, signal);
    const table = this.#table(chosen, some);
    if (this.#isLike(table)) return table;
    const all = [...partitions.values.keys()];
    return this.#table(all, await this.#open(all, some, signal));
  }

  /** Whether the files have the columns that those at the start had. */
  #isLike({ schema }: ParquetTable): boolean {
    return (
      schema.length === this.schema.length &&
      schema.every((column, i) => {
        const before = this.schema[i];
        return before?.name === column.name && sameType(before.type, column.type);
      })
    );
  }

  async #open(
    indexes: readonly number[],
    opened: ReadonlyMap<number, OpenedFile>,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<number, OpenedFile>> {
    const missing = indexes.filter((i) => !opened.has(i));
    const opening = missing.map((i) => this.#options.open(i, signal));
    await Promise.allSettled(opening);
    const files = await Promise.all(opening);
    return new Map([...opened, ...missing.map((index, i) => [index, files[i] as OpenedFile] as const)]);
  }

  #table(indexes: readonly number[], opened: ReadonlyMap<number, OpenedFile>): ParquetTable {
    const { name, declared, partitions, bytes, requests } = this.#options;
    const files = indexes.map(
      (i): ParquetFile => ({
        opened: opened.get(i) as OpenedFile,
        partition: partitions.values[i] ?? [],
      }),
    );
    const inOrder = [...opened.keys()].sort((a, b) => a - b);
    return new ParquetTable({
      name,
      files,
      alike: inOrder.map((i) => opened.get(i) as OpenedFile),
      declared,
      partitions: partitions.columns,
      requests: requests(),
      totals: { files: partitions.values.length, bytes },
    });
  }
}
