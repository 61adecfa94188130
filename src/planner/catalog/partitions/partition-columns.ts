import { BindError, ExecutionError } from '../../../common/errors.ts';
import {
  BIGINT,
  DATE,
  type Field,
  isNested,
  type SqlType,
  TIMESTAMP,
  typeName,
  VARCHAR,
  type Value,
} from '../../../common/types.ts';
import { castFunction } from '../../../operators/expr/cast.ts';
import { canCast } from '../../../operators/expr/coerce.ts';
import { parseDate, parseTimestamp } from '../../../operators/expr/parse-value.ts';
import { INTEGER_RANGES } from '../../../operators/expr/ranges.ts';
import { type PathPartition, pathPartitions } from './partition-path.ts';

/** A file by name. */
export interface NamedFile {
  readonly uri: string;
  readonly key: string;
}

/** How the folders of a table are read. */
export interface PartitionOptions {
  /** False: they mean nothing. True: all files have to name the same ones. Default: they mean something when all files do. */
  readonly hivePartitioning?: boolean;
  /** False: their values are texts. Default true. */
  readonly hiveTypesAutocast?: boolean;
}

/** Columns whose values the folders of a file name. */
export interface PartitionColumns {
  /** By name, as DuckDB orders them. */
  readonly columns: readonly Field[];
  /** Per file, the values of the columns: the same array for the files of one folder. */
  readonly values: readonly (readonly Value[])[];
}

const NONE: PartitionColumns = { columns: [], values: [] };

/**
 * The columns that the folders of the files name, with the types of a declared schema or else of their values: BIGINT, DATE and
 * TIMESTAMP where every value is written like one, else VARCHAR. A number with zeros in front is a text.
 *
 * @throws BindError SQ1116 when a path names a column twice, a value is none of the declared type, or files have to agree and do not
 */
export function partitionColumns(
  files: readonly NamedFile[],
  declared: readonly Field[] | null,
  options: PartitionOptions = {},
): PartitionColumns {
  if (options.hivePartitioning === false) return NONE;
  const places = files.map(({ key }) => key.slice(0, key.lastIndexOf('/') + 1));
  const firstIn = new Map<string, NamedFile>();
  for (const [i, file] of files.entries()) {
    const place = places[i] as string;
    if (!firstIn.has(place)) firstIn.set(place, file);
  }
  const folders = [...firstIn.values()];
  const paths = folders.map(partitionsOf);
  const [first] = paths;
  if (!first) return NONE;
  const odd = paths.findIndex((path) => !sameNames(path, first));
  if (odd >= 0) {
    if (options.hivePartitioning !== true) return NONE;
    const [left, right] = [folders[0] as NamedFile, folders[odd] as NamedFile];
    throw new BindError(
      'SQ1116',
      `${left.uri} lies in folders of ${listOf(first)}, but ${right.uri} in folders of ${listOf(paths[odd] as Partitions)}`,
      { hint: 'name files of one layout, or leave hive_partitioning out', details: { object: right.uri } },
    );
  }
  const keys = [...first.keys()].sort();
  const read = keys
    .map((key) => readColumn(key, folders, paths, declared, options))
    .filter((column) => column !== null);
  const values = new Map(
    [...firstIn.keys()].map((place, i) => [place, read.map((column) => column.values[i] as Value)]),
  );
  return {
    columns: read.map(({ field }) => field),
    values: places.map((place) => values.get(place) as readonly Value[]),
  };
}

/** By the lower case of the name. */
type Partitions = ReadonlyMap<string, PathPartition>;

function partitionsOf({ uri, key }: NamedFile): Partitions {
  const named = new Map<string, PathPartition>();
  for (const partition of pathPartitions(key)) {
    const name = partition.name.toLowerCase();
    if (named.has(name)) {
      throw new BindError('SQ1116', `${uri} lies in two folders of "${partition.name}"`, {
        hint: 'read_parquet(…, hive_partitioning => false) takes folders for mere names',
        details: { object: uri },
      });
    }
    named.set(name, partition);
  }
  return named;
}

const sameNames = (a: Partitions, b: Partitions) => a.size === b.size && [...a.keys()].every((name) => b.has(name));

const listOf = (partitions: Partitions) =>
  partitions.size === 0 ? 'no partition' : [...partitions.values()].map(({ name }) => `"${name}"`).join(', ');

interface ReadColumn {
  readonly field: Field;
  /** Per folder. */
  readonly values: readonly Value[];
}

/**
 * Null for a column that the declared schema does not have.
 *
 * @param files The first one of each folder.
 */
function readColumn(
  key: string,
  files: readonly NamedFile[],
  paths: readonly Partitions[],
  declared: readonly Field[] | null,
  { hiveTypesAutocast = true }: PartitionOptions,
): ReadColumn | null {
  const wanted = declared?.find((field) => field.name.toLowerCase() === key);
  if (declared && !wanted) return null;
  const folders = paths.map((path) => path.get(key) as PathPartition);
  const name = wanted?.name ?? (folders[0] as PathPartition).name;
  const texts = folders.map(({ text }) => text);
  const type = wanted?.type ?? (hiveTypesAutocast ? inferredType(texts) : VARCHAR);
  const nullable = texts.includes(null) || (wanted?.nullable ?? false);
  const known = new Map<string | null, Value>([[null, null]]);
  const valueFor = (text: string | null, file: NamedFile): Value => {
    const value = known.get(text) ?? (text === null ? null : converted(text, type, name, file));
    known.set(text, value);
    return value;
  };
  const values = texts.map((text, i) => valueFor(text, files[i] as NamedFile));
  return { field: { name, type, nullable }, values };
}

function converted(text: string, type: SqlType, name: string, { uri }: NamedFile): Value {
  const unfit = (cause?: unknown) =>
    new BindError('SQ1116', `${uri} lies in a folder of "${name}" whose value '${text}' is no ${typeName(type)}`, {
      hint: "correct the type in the table's definition",
      details: { object: uri },
      ...(cause !== undefined && { cause }),
    });
  if (isNested(type) || !canCast(VARCHAR, type)) throw unfit();
  try {
    return castFunction(VARCHAR, type)(text);
  } catch (error) {
    if (error instanceof ExecutionError) throw unfit(error);
    throw error;
  }
}

/** What all texts are written like. */
function inferredType(texts: readonly (string | null)[]): SqlType {
  const types = new Set([...new Set(texts)].flatMap((text) => (text === null ? [] : [writtenType(text)])));
  const [type, another] = types;
  return type === undefined || another !== undefined ? VARCHAR : type;
}

function writtenType(text: string): SqlType {
  if (/^\d{4,}-\d\d?-\d\d?$/.test(text) && parseDate(text) !== null) return DATE;
  if (/^\d{4,}-\d\d?-\d\d?[ T]\d/.test(text) && parseTimestamp(text, false) !== null) return TIMESTAMP;
  if (/^(?:0|-?[1-9]\d{0,18})$/.test(text)) {
    const { min, max } = INTEGER_RANGES.bigint;
    const value = BigInt(text);
    if (value >= min && value <= max) return BIGINT;
  }
  return VARCHAR;
}
