import { BindError, UnsupportedError } from '../../common/errors.ts';
import { type Field, isFloat, isInteger, isNumeric, type SqlType, sameType, typeName } from '../../common/types.ts';
import { canImplicitlyCast, commonType } from '../../operators/expr/coerce.ts';
import type { ParquetColumn } from '../../parquet/schema.ts';
import type { SourceColumn } from './table-source.ts';

/** One file's part in a table. */
export interface FileSchema {
  readonly uri: string;
  readonly columns: readonly ParquetColumn[];
}

export interface UnifiedSchema {
  readonly columns: readonly SourceColumn[];
  /** Per file, per column of the table: its index in the file, null where the file lacks it. */
  readonly positions: readonly (readonly (number | null)[])[];
}

/**
 * One schema for all files, by name without regard to case: columns in the order of their first appearance, numbers in the
 * type that holds the numbers of all files, nullable where a file lacks the column. With a declared schema the table has
 * exactly those columns. Of partition columns, which come last, nothing is read: not even one of the same name.
 *
 * @throws BindError SQ1110 when a column has types that do not fit together, naming both files; UnsupportedError SQ2303 for a
 * file with two columns of one name
 */
export function unifySchema(
  files: readonly FileSchema[],
  declared: readonly Field[] | null,
  partitions: readonly Field[] = [],
): UnifiedSchema {
  const byName = files.map(columnsByName);
  const constant = new Map(partitions.map((field) => [field.name.toLowerCase(), field]));
  const names = declared?.map((field) => field.name) ?? firstNames(files, partitions);
  const positions = byName.map((columns) =>
    names.map((name) => (constant.has(name.toLowerCase()) ? null : (columns.get(name.toLowerCase()) ?? null))),
  );
  const columns = names.map((name, i): SourceColumn => {
    const partition = constant.get(name.toLowerCase());
    if (partition) return { ...partition, name };
    const present = files.flatMap((file, f) => {
      const position = positions[f]?.[i] ?? null;
      return position === null ? [] : [{ uri: file.uri, column: file.columns[position] as ParquetColumn }];
    });
    return unifyColumn(name, present, present.length < files.length, declared?.[i] ?? null);
  });
  return { columns, positions };
}

interface Occurrence {
  readonly uri: string;
  readonly column: ParquetColumn;
}

function unifyColumn(
  name: string,
  present: readonly Occurrence[],
  missingSomewhere: boolean,
  declared: Field | null,
): SourceColumn {
  const [first] = present;
  const unreadable = present.find(({ column }) => !column.supported);
  let type = declared?.type ?? first?.column.type ?? { kind: 'null' };
  if (unreadable) {
    return { name, type, nullable: true, unsupported: unreadable.column.reason ?? 'its type is not supported' };
  }
  for (const occurrence of present) {
    const wider = declared ? holds(declared.type, occurrence.column.type) : widened(type, occurrence.column.type);
    if (wider === null) throw misfit(name, occurrence, declared, first as Occurrence);
    type = wider;
  }
  const nullable = missingSomewhere || present.some(({ column }) => column.nullable) || (declared?.nullable ?? false);
  return { name, type, nullable };
}

function misfit(name: string, occurrence: Occurrence, declared: Field | null, first: Occurrence): BindError {
  const found = `${typeName(occurrence.column.type)} in ${occurrence.uri}`;
  const other = declared
    ? `${typeName(declared.type)} in the table's definition`
    : `${typeName(first.column.type)} in ${first.uri}`;
  return new BindError('SQ1110', `column "${name}" is ${other}, but ${found}`, {
    hint: 'read the files as separate tables, or write them with one schema',
    details: { object: occurrence.uri },
  });
}

function firstNames(files: readonly FileSchema[], partitions: readonly Field[]): readonly string[] {
  const names = new Map<string, string>();
  for (const columns of [...files.map((file) => file.columns), partitions]) {
    for (const { name } of columns) if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  return [...names.values()];
}

function columnsByName({ uri, columns }: FileSchema): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const [i, { name }] of columns.entries()) {
    const key = name.toLowerCase();
    if (positions.has(key)) {
      throw new UnsupportedError('SQ2303', `${uri} has two columns named "${name}"`, {
        hint: 'names that differ in case only count as one',
        details: { object: uri },
      });
    }
    positions.set(key, i);
  }
  return positions;
}

/** The type that holds the values of both exactly; null when there is none. */
function widened(a: SqlType, b: SqlType): SqlType | null {
  if (sameType(a, b)) return a;
  const common = isNumeric(a) && isNumeric(b) ? commonType([a, b]) : null;
  return common && holds(common, a) && holds(common, b) ? common : null;
}

/** The outer type when it holds every value of the inner one exactly. */
function holds(outer: SqlType, inner: SqlType): SqlType | null {
  if (sameType(outer, inner)) return outer;
  if (!isNumeric(outer) || !isNumeric(inner) || !canImplicitlyCast(inner, outer)) return null;
  const isLossy = isFloat(outer) && !isFloat(inner) && !fitsDouble(outer, inner);
  return isLossy ? null : outer;
}

const fitsDouble = (outer: SqlType, inner: SqlType) =>
  outer.kind === 'double' && isInteger(inner) && inner.kind !== 'bigint' && inner.kind !== 'ubigint';
