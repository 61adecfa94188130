import type { Field, SqlType } from '../../src/common/types.ts';
import type { RowGroupInput } from '../../src/parquet/row-group-input.ts';
import type { Catalog, TableReference } from '../../src/planner/catalog/catalog.ts';
import type { SplitRequest, Splits, TableSource } from '../../src/planner/catalog/table-source.ts';

export interface FakeTable {
  readonly schema: readonly Field[];
  readonly files?: number;
  /** Per file. */
  readonly rowGroups?: number;
}

const ROWS = 100_000;
/** Bytes of one column chunk. */
const CHUNK = 1_000_000;

/** Tables of a given shape without any file; remembers what was asked of them. */
export class FakeCatalog implements Catalog {
  readonly asked: SplitRequest[] = [];
  readonly #tables: Readonly<Record<string, FakeTable>>;

  constructor(tables: Readonly<Record<string, FakeTable>>) {
    this.#tables = tables;
  }

  names(): readonly string[] {
    return Object.keys(this.#tables);
  }

  async resolve(reference: TableReference): Promise<TableSource | null> {
    const name = reference.kind === 'files' ? reference.uris.join(', ') : (reference.path[0]?.name.toLowerCase() ?? '');
    const table = reference.kind === 'files' ? Object.values(this.#tables)[0] : this.#tables[name];
    if (!table) return null;
    const { schema, files = 2, rowGroups = 3 } = table;
    const rows = files * rowGroups * ROWS;
    return {
      name,
      schema,
      rows,
      requests: { LIST: 1, GET: files },
      splits: (request) => {
        this.asked.push(request);
        return splitsOf(request, { files, rowGroups, columns: schema.length });
      },
    };
  }
}

function splitsOf(
  request: SplitRequest,
  { files, rowGroups, columns }: { files: number; rowGroups: number; columns: number },
): Splits {
  const file = (index: number) => ({
    uri: `memory://b/${index}.parquet`,
    rowGroups: Array.from({ length: rowGroups }, (_, rowGroup) => rowGroupInput(index, rowGroup, request, columns)),
  });
  return {
    files: Array.from({ length: files }, (_, index) => file(index)),
    totals: {
      files,
      rowGroups: files * rowGroups,
      rows: files * rowGroups * ROWS,
      bytes: files * rowGroups * columns * CHUNK,
    },
    applied: [],
  };
}

function rowGroupInput(file: number, rowGroup: number, { columns }: SplitRequest, all: number): RowGroupInput {
  return {
    uri: `memory://b/${file}.parquet`,
    etag: `"${file}"`,
    fileSize: all * CHUNK,
    rowGroup,
    rows: ROWS,
    chunks: columns.map(() => null),
    ranges: columns.map((column) => ({ offset: column * CHUNK, length: CHUNK })),
  };
}

export const field = (name: string, type: SqlType, nullable = true): Field => ({ name, type, nullable });
