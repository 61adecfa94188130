import { type Field, type SqlType, type Value, valueText } from '../../index.ts';
import type { Format } from './format.ts';

/** One array of objects. */
export const writeJson: Format = async (result, out) => {
  const toJson = rowWriter(result.columns);
  let separator = '[\n';
  for await (const row of result.values()) {
    await out.write(`${separator}${toJson(row)}`);
    separator = ',\n';
  }
  await out.write(separator === '[\n' ? '[]\n' : '\n]\n');
};

/** One object a line. */
export const writeJsonLines: Format = async (result, out) => {
  const toJson = rowWriter(result.columns);
  for await (const row of result.values()) await out.write(`${toJson(row)}\n`);
};

function rowWriter(columns: readonly Field[]): (row: readonly Value[]) => string {
  const names = uniqueNames(columns.map((column) => column.name)).map((name) => JSON.stringify(name));
  const writers = columns.map((column) => valueWriter(column.type));
  return (row) => `{${row.map((value, index) => `${names[index]}:${writers[index]!(value)}`).join(',')}}`;
}

/** Readers of JSON drop all but one of equal keys: a name that was there before gets `_1`, `_2`, …. */
function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 1; seen.has(unique) || (unique !== name && taken.has(unique)); n++) unique = `${name}_${n}`;
    seen.add(unique);
    return unique;
  });
}

/**
 * Nothing loses precision: what a double cannot hold (decimals, bigints beyond 2^53, NaN and the infinities) is a string.
 */
function valueWriter(type: SqlType): (value: Value) => string {
  if (type.kind === 'null') return () => 'null';
  const text = valueText(type);
  switch (type.kind) {
    case 'list':
      return listWriter(valueWriter(type.element));
    case 'map':
      return mapWriter(valueText(type.key), valueWriter(type.value));
    case 'struct': {
      const write = rowWriter(type.fields);
      return (value) => (value === null ? 'null' : write(value as readonly Value[]));
    }
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
      return (value) => String(value);
    case 'bigint':
    case 'ubigint':
      return (value) => (value === null || isSafe(value as bigint) ? String(value) : `"${value}"`);
    case 'real':
    case 'double':
      return (value) => {
        if (value === null) return 'null';
        return Number.isFinite(value) ? text(value) : JSON.stringify(text(value));
      };
    default:
      return (value) => (value === null ? 'null' : JSON.stringify(text(value)));
  }
}

function listWriter(element: (value: Value) => string): (value: Value) => string {
  return (value) => (value === null ? 'null' : `[${(value as readonly Value[]).map(element).join(',')}]`);
}

/** An object whose keys are the texts of the map's keys. */
function mapWriter(key: (value: Value) => string, item: (value: Value) => string): (value: Value) => string {
  const entry = ([k, v]: readonly Value[]) => `${JSON.stringify(key(k as Value))}:${item(v as Value)}`;
  return (value) => (value === null ? 'null' : `{${(value as readonly (readonly Value[])[]).map(entry).join(',')}}`);
}

const isSafe = (value: bigint): boolean => BigInt.asIntN(54, value) === value;
