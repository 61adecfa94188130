import type { Field, Value } from '../../common/types.ts';
import { sameType } from '../../common/types.ts';
import { planRowGroup } from '../../parquet/plan-row-group.ts';
import { type ColumnConstraint, rowGroupMayMatch } from '../../parquet/prune.ts';
import type { ConstantColumnInput, RowGroupInput } from '../../parquet/row-group-input.ts';
import { columnStatistics } from './column-statistics.ts';
import type { OpenedFile } from './footer-cache.ts';
import { valueMayMatch, valueStatistics } from './partitions/partition-values.ts';
import type {
  FileSplits,
  PlanningRequests,
  SourceColumn,
  SourceStatistics,
  SplitRequest,
  Splits,
  SplitTotals,
  TableSource,
} from './table-source.ts';
import { type UnifiedSchema, unifySchema } from './unify-schema.ts';

/** A file of a table. */
export interface ParquetFile {
  readonly opened: OpenedFile;
  /** The values of the table's partition columns in all of its rows. */
  readonly partition: readonly Value[];
}

export interface ParquetTableOptions {
  readonly name: string;
  /** In the order of their names. */
  readonly files: readonly ParquetFile[];
  /** The files that the schema is made of, `files` among them, in the order of their names. */
  readonly alike: readonly OpenedFile[];
  readonly requests: PlanningRequests;
  /** The table's definition, when it has one. */
  readonly declared: readonly Field[] | null;
  readonly partitions: readonly Field[];
  /** Of all files, those that were left out before anybody looked into them as well. */
  readonly totals: Pick<SplitTotals, 'files' | 'bytes'>;
}

/** By its first file: the last table of the session. Another one of the same files takes over what that one knows of them. */
const KNOWN = new WeakMap<OpenedFile, ParquetTable>();

/** Parquet files as one table. Everything about them is known: it plans without a request. */
export class ParquetTable implements TableSource {
  readonly name: string;
  readonly rows: number;
  readonly requests: PlanningRequests;
  readonly partitionColumns: readonly number[];
  readonly #options: ParquetTableOptions;
  readonly #unified: UnifiedSchema;
  readonly #statistics: Map<number, SourceStatistics | null>;

  /** @throws BindError SQ1110 when the files' schemas do not fit together */
  constructor(options: ParquetTableOptions) {
    const { name, files, alike, requests, declared, partitions } = options;
    this.name = name;
    this.requests = requests;
    this.#options = options;
    const known = this.#known();
    this.#unified = known ? known.#unified : unified(files, alike, declared, partitions);
    this.#statistics = known ? known.#statistics : new Map();
    if (files[0]) KNOWN.set(files[0].opened, this);
    this.rows = files.reduce((sum, { opened }) => sum + opened.footer.rows, 0);
    this.partitionColumns = partitions.map((partition) =>
      this.schema.findIndex(({ name }) => name.toLowerCase() === partition.name.toLowerCase()),
    );
  }

  get schema(): readonly SourceColumn[] {
    return this.#unified.columns;
  }

  splits({ columns, constraints, partitions }: SplitRequest): Splits {
    const used = new Set<ColumnConstraint>();
    const files = this.#options.files.flatMap((file, index): FileSplits[] => {
      if (partitions && !partitions(file.partition)) return [];
      const rowGroups = this.#rowGroups(file, index, columns, constraints, used);
      return rowGroups.length === 0 ? [] : [{ uri: file.opened.uri, rowGroups }];
    });
    return { files, totals: this.#totals(), applied: [...used] };
  }

  statistics(column: number): SourceStatistics | null {
    const kept = this.#statistics.get(column);
    if (kept !== undefined) return kept;
    const field = this.schema[column];
    const statistics = field && !field.unsupported ? this.#statisticsOf(column, field) : null;
    this.#statistics.set(column, statistics);
    return statistics;
  }

  #statisticsOf(column: number, { type }: Field): SourceStatistics | null {
    const { files } = this.#options;
    const partition = this.partitionColumns.indexOf(column);
    if (partition >= 0) {
      const values = files.map((file) => ({
        rows: file.opened.footer.rows,
        value: file.partition[partition] ?? null,
      }));
      return valueStatistics(values, type);
    }
    const places = files.map(({ opened }, i) => ({
      footer: opened.footer,
      position: this.#unified.positions[i]?.[column] ?? null,
    }));
    return columnStatistics(places, type);
  }

  #known(): ParquetTable | null {
    const { files, alike, declared, partitions } = this.#options;
    const [first] = files;
    const known = first && KNOWN.get(first.opened);
    if (!known) return null;
    const before = known.#options;
    const isSame =
      declared === before.declared &&
      files.length === before.files.length &&
      alike.length === before.alike.length &&
      files.every(({ opened }, i) => opened === before.files[i]?.opened) &&
      alike.every((file, i) => file === before.alike[i]) &&
      JSON.stringify(partitions) === JSON.stringify(before.partitions);
    return isSame ? known : null;
  }

  #rowGroups(
    { opened, partition }: ParquetFile,
    index: number,
    columns: readonly number[],
    constraints: readonly ColumnConstraint[],
    used: Set<ColumnConstraint>,
  ): readonly RowGroupInput[] {
    const positions = this.#unified.positions[index] as readonly (number | null)[];
    const inFile: ColumnConstraint[] = [];
    for (const constraint of constraints) {
      const position = positions[constraint.column] ?? null;
      const constant = this.partitionColumns.indexOf(constraint.column);
      const { type } = this.schema[constraint.column] as SourceColumn;
      // A column that the file lacks is NULL in every row, which every other constraint excludes.
      const excluded =
        constant >= 0
          ? !valueMayMatch(constraint, partition[constant] ?? null, type)
          : position === null && constraint.kind !== 'isNull';
      if (excluded) {
        used.add(constraint);
        return [];
      }
      if (position === null || !this.#comparable(opened, constraint.column, position)) continue;
      used.add(constraint);
      inFile.push({ ...constraint, column: position });
    }
    const { footer, uri, etag, size } = opened;
    const wanted = columns.map((column) => positions[column] ?? null);
    const constants = this.#constants(columns, partition);
    return Array.from({ length: footer.rowGroupCount }, (_, rowGroup) => rowGroup)
      .filter((rowGroup) => rowGroupMayMatch(footer, rowGroup, inFile))
      .map((rowGroup) => {
        const input = planRowGroup({ footer, uri, etag, size, rowGroup, columns: wanted });
        return constants ? { ...input, chunks: input.chunks.map((chunk, i) => constants[i] ?? chunk) } : input;
      });
  }

  /** Per column, what the file's place tells; null when it tells none of them. */
  #constants(columns: readonly number[], partition: readonly Value[]): readonly (ConstantColumnInput | null)[] | null {
    if (partition.length === 0) return null;
    return columns.map((column) => {
      const constant = partition[this.partitionColumns.indexOf(column)] ?? null;
      return constant === null ? null : { constant };
    });
  }

  /** Constraints hold values of the table's type; statistics hold values of the file's. */
  #comparable({ footer }: OpenedFile, column: number, position: number): boolean {
    const [inTable, inFile] = [this.schema[column], footer.schema[position]];
    return inTable !== undefined && inFile?.supported === true && sameType(inTable.type, inFile.type);
  }

  #totals(): SplitTotals {
    const { files, totals } = this.#options;
    const rowGroups = files.reduce((sum, { opened }) => sum + opened.footer.rowGroupCount, 0);
    return { ...totals, rowGroups, rows: this.rows };
  }
}

/** The schema of all, with the positions in each of `files`. */
function unified(
  files: readonly ParquetFile[],
  alike: readonly OpenedFile[],
  declared: readonly Field[] | null,
  partitions: readonly Field[],
): UnifiedSchema {
  const schemas = alike.map(({ uri, footer }) => ({ uri, columns: footer.schema }));
  const { columns, positions } = unifySchema(schemas, declared, partitions);
  if (files.length === alike.length) return { columns, positions };
  const indexes = new Map(alike.map((file, i) => [file, i]));
  const inFiles = files.map(({ opened }) => positions[indexes.get(opened) as number] as readonly (number | null)[]);
  return { columns, positions: inFiles };
}
