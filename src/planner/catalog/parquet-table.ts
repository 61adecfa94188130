import type { Field } from '../../common/types.ts';
import { sameType } from '../../common/types.ts';
import { planRowGroup } from '../../parquet/plan-row-group.ts';
import { type ColumnConstraint, rowGroupMayMatch } from '../../parquet/prune.ts';
import type { RowGroupInput } from '../../parquet/row-group-input.ts';
import { columnStatistics } from './column-statistics.ts';
import type { OpenedFile } from './footer-cache.ts';
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

export interface ParquetTableOptions {
  readonly name: string;
  /** In the order of their names. */
  readonly files: readonly OpenedFile[];
  readonly requests: PlanningRequests;
  /** The table's definition, when it has one. */
  readonly declared: readonly Field[] | null;
}

/** By its first file: the last table of the session. Another one of the same files takes over what that one knows of them. */
const KNOWN = new WeakMap<OpenedFile, ParquetTable>();

/** Parquet files as one table. Everything about them is known: it plans without a request. */
export class ParquetTable implements TableSource {
  readonly name: string;
  readonly rows: number;
  readonly requests: PlanningRequests;
  readonly #files: readonly OpenedFile[];
  readonly #declared: readonly Field[] | null;
  readonly #unified: UnifiedSchema;
  readonly #statistics: Map<number, SourceStatistics | null>;

  /** @throws BindError SQ1110 when the files' schemas do not fit together */
  constructor({ name, files, requests, declared }: ParquetTableOptions) {
    this.name = name;
    this.requests = requests;
    this.#files = files;
    this.#declared = declared;
    const known = this.#known();
    this.#unified = known
      ? known.#unified
      : unifySchema(
          files.map(({ uri, footer }) => ({ uri, columns: footer.schema })),
          declared,
        );
    this.#statistics = known ? known.#statistics : new Map();
    if (files[0]) KNOWN.set(files[0], this);
    this.rows = files.reduce((sum, { footer }) => sum + footer.rows, 0);
  }

  get schema(): readonly SourceColumn[] {
    return this.#unified.columns;
  }

  splits({ columns, constraints }: SplitRequest): Splits {
    const used = new Set<ColumnConstraint>();
    const files = this.#files.flatMap((file, index): FileSplits[] => {
      const rowGroups = this.#rowGroups(file, index, columns, constraints, used);
      return rowGroups.length === 0 ? [] : [{ uri: file.uri, rowGroups }];
    });
    return { files, totals: this.#totals(), applied: [...used] };
  }

  statistics(column: number): SourceStatistics | null {
    const kept = this.#statistics.get(column);
    if (kept !== undefined) return kept;
    const field = this.schema[column];
    const places = this.#files.map(({ footer }, i) => ({
      footer,
      position: this.#unified.positions[i]?.[column] ?? null,
    }));
    const statistics = field && !field.unsupported ? columnStatistics(places, field.type) : null;
    this.#statistics.set(column, statistics);
    return statistics;
  }

  #known(): ParquetTable | null {
    const [first] = this.#files;
    const known = first && KNOWN.get(first);
    if (!known || known.#declared !== this.#declared || known.#files.length !== this.#files.length) return null;
    return this.#files.every((file, i) => file === known.#files[i]) ? known : null;
  }

  #rowGroups(
    file: OpenedFile,
    index: number,
    columns: readonly number[],
    constraints: readonly ColumnConstraint[],
    used: Set<ColumnConstraint>,
  ): readonly RowGroupInput[] {
    const positions = this.#unified.positions[index] as readonly (number | null)[];
    const inFile: ColumnConstraint[] = [];
    for (const constraint of constraints) {
      const position = positions[constraint.column] ?? null;
      // A column that the file lacks is NULL in every row, which every other constraint excludes.
      if (position === null && constraint.kind !== 'isNull') {
        used.add(constraint);
        return [];
      }
      if (position === null || !this.#comparable(file, constraint.column, position)) continue;
      used.add(constraint);
      inFile.push({ ...constraint, column: position });
    }
    const { footer, uri, etag, size } = file;
    const wanted = columns.map((column) => positions[column] ?? null);
    return Array.from({ length: footer.rowGroupCount }, (_, rowGroup) => rowGroup)
      .filter((rowGroup) => rowGroupMayMatch(footer, rowGroup, inFile))
      .map((rowGroup) => planRowGroup({ footer, uri, etag, size, rowGroup, columns: wanted }));
  }

  /** Constraints hold values of the table's type; statistics hold values of the file's. */
  #comparable({ footer }: OpenedFile, column: number, position: number): boolean {
    const [inTable, inFile] = [this.schema[column], footer.schema[position]];
    return inTable !== undefined && inFile?.supported === true && sameType(inTable.type, inFile.type);
  }

  #totals(): SplitTotals {
    return {
      files: this.#files.length,
      rowGroups: this.#files.reduce((sum, { footer }) => sum + footer.rowGroupCount, 0),
      rows: this.rows,
      bytes: this.#files.reduce((sum, { size }) => sum + size, 0),
    };
  }
}
