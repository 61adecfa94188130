import type { Field, Value } from '../../common/types.ts';
import type { ColumnConstraint } from '../../parquet/prune.ts';
import type { RowGroupInput } from '../../parquet/row-group-input.ts';
import type { RequestClass } from '../../storage/object-store.ts';

/** A table whose schema is known: what the planner binds against and cuts into splits. */
export interface TableSource {
  /** As the user named it: `lineitem`, `s3://bucket/x/*.parquet`. */
  readonly name: string;
  readonly schema: readonly SourceColumn[];
  /** Rows of the whole table; null when unknown. */
  readonly rows: number | null;
  /** Indexes into the schema of columns that have one value in all rows of a file, which its place tells. */
  readonly partitionColumns?: readonly number[];
  /** Set for a table that files are left of which nobody has looked into: it can be bound, and not be read. */
  readonly unread?: UnreadFiles;
  /** Requests that were made to get to know the table this time; a cached footer costs none. */
  readonly requests: PlanningRequests;
  /** What a scan has to read. Pure planning over what `resolve` has read: makes no request. */
  splits(request: SplitRequest): Splits;
  /** What is known of the values of a column, by its index in the schema; makes no request. Null when nothing is. */
  statistics?(column: number): SourceStatistics | null;
}

/** False only when no row of a file is wanted that has these values in the partition columns, in their order. */
export type PartitionTest = (values: readonly Value[]) => boolean;

export interface UnreadFiles {
  /**
   * The table of the files that are wanted. Looks into no others, unless one of those is not as the others are: then into all.
   *
   * @throws StorageError, BindError as `Catalog.resolve` does
   */
  read(wanted: PartitionTest, options: { readonly signal?: AbortSignal }): Promise<TableSource>;
}

/** Values of a column, over the whole table: estimates to plan by, from a part of the row groups where there are many. */
export interface SourceStatistics {
  /** The smallest and the largest that are neither NULL nor NaN, in Value form of the column's type. */
  readonly min?: Value;
  readonly max?: Value;
  /** No row of the table lies outside of these bounds: no row group was passed over. */
  readonly boundsAll?: true;
  readonly nullCount?: number;
  /** Different values; absent when there is nothing to tell it from. */
  readonly distinct?: number;
  /** Nothing speaks against every value being different. */
  readonly unique: boolean;
  /** Bytes of a value, decoded, on average; absent when unknown. */
  readonly bytes?: number;
}

export interface SourceColumn extends Field {
  /** Why its values cannot be read, when they cannot. */
  readonly unsupported?: string;
}

export type PlanningRequests = Readonly<Partial<Record<RequestClass, number>>>;

export interface SplitRequest {
  /** Indexes into the schema of the columns that are wanted, in the order of the scan. */
  readonly columns: readonly number[];
  /** All hold for every row that is wanted; `column` is an index into the schema. */
  readonly constraints: readonly ColumnConstraint[];
  /** What the query says of partition columns, if it says anything. */
  readonly partitions?: PartitionTest;
}

/** The answer: what is left to read, and what was left out. Rows that violate a constraint may still be among them. */
export interface Splits {
  readonly files: readonly FileSplits[];
  readonly totals: SplitTotals;
  /** The constraints that could leave something out; the engine applies every predicate again. */
  readonly applied: readonly ColumnConstraint[];
}

/** The whole table; row groups and rows are those of the files that were looked into. */
export interface SplitTotals {
  readonly files: number;
  readonly rowGroups: number;
  readonly rows: number;
  /** Bytes of the files. */
  readonly bytes: number;
}

/** The row groups of one file that are to be read, at least one. */
export interface FileSplits {
  readonly uri: string;
  readonly rowGroups: readonly RowGroupInput[];
}
