import { ExecutionError } from '../../../common/errors.ts';
import type { SqlType, Value } from '../../../common/types.ts';
import { BIGINT, BOOLEAN, entryType, VARCHAR } from '../../../common/types.ts';
import { type ValueKey, valueKey } from '../../value-key.ts';
import { canImplicitlyCast } from '../coerce.ts';
import { comparator } from '../compare-values.ts';
import type { Overload, ScalarFunction } from '../scalar-function.ts';
import { alias, overload } from './define.ts';
import { elementAt } from './list.ts';

type MapType = Extract<SqlType, { kind: 'map' }>;
type Entries = readonly (readonly [Value, Value])[];

const listOf = (element: SqlType): SqlType => ({ kind: 'list', element });

/** A function of a map alone. */
const unary = (name: string, doc: string, build: (map: MapType) => Overload): ScalarFunction => ({
  name,
  doc,
  nulls: 'strict',
  resolve: ([type, ...more]) => (type?.kind === 'map' && more.length === 0 ? build(type) : null),
});

/** A function of a map and a key. */
const withKey = (
  name: string,
  doc: string,
  build: (map: MapType, find: (entries: Entries, key: Value) => readonly [Value, Value] | undefined) => Overload,
): ScalarFunction => ({
  name,
  doc,
  nulls: 'strict',
  resolve: ([type, key, ...more]) => {
    if (type?.kind !== 'map' || !key || more.length > 0 || !canImplicitlyCast(key, type.key)) return null;
    const compare = comparator(type.key);
    return build(type, (entries, wanted) => entries.find(([one]) => compare(one, wanted) === 0));
  },
});

const MAP_EXTRACT = withKey(
  'map_extract',
  'map_extract(map, key): a list of the value of the key; an empty one when it is not there',
  (map, find) =>
    overload([map, map.key], listOf(map.value), (entries: Entries, key: Value) => {
      const entry = find(entries, key);
      return entry ? [entry[1]] : [];
    }),
);

const MAP_EXTRACT_VALUE = withKey(
  'map_extract_value',
  'map_extract_value(map, key): the value of the key; NULL when it is not there',
  (map, find) => overload([map, map.key], map.value, (entries: Entries, key: Value) => find(entries, key)?.[1] ?? null),
);

/** `a[b]`: what list_extract and map_extract_value give. */
const SUBSCRIPT: ScalarFunction = {
  name: '[]',
  doc: 'a[b]: the element of a list at a position, the value of a map for a key; NULL when it is not there',
  nulls: 'strict',
  resolve: (args) => {
    const [type, index] = args;
    if (type?.kind === 'map') return MAP_EXTRACT_VALUE.resolve(args);
    if (type?.kind !== 'list' || !index || args.length !== 2 || !canImplicitlyCast(index, BIGINT)) return null;
    return overload([type, BIGINT], type.element, elementAt);
  },
};

function mapOf(keys: readonly Value[], values: readonly Value[], key: (value: Value) => ValueKey): Value {
  if (keys.length !== values.length) {
    throw new ExecutionError('SQ3007', `map: ${keys.length} keys for ${values.length} values`);
  }
  if (keys.includes(null)) throw new ExecutionError('SQ3007', 'map: a key is NULL');
  if (new Set(keys.map(key)).size < keys.length) throw new ExecutionError('SQ3007', 'map: a key is there twice');
  return keys.map((one, i) => [one, values[i] as Value]);
}

const MAP: ScalarFunction = {
  name: 'map',
  doc: 'map(keys, values): the map of the keys of one list to the values of another',
  nulls: 'strict',
  resolve: ([keys, values, ...more]) => {
    if (keys?.kind !== 'list' || values?.kind !== 'list' || more.length > 0) return null;
    const type: MapType = { kind: 'map', key: keys.element, value: values.element };
    const key = valueKey(keys.element);
    return overload([keys, values], type, (a: readonly Value[], b: readonly Value[]) => mapOf(a, b, key));
  },
};

export const NESTED: readonly ScalarFunction[] = [
  ...['row'].flatMap((name) => makesStruct(name) ?? []),
  MAP,
  SUBSCRIPT,
  MAP_EXTRACT,
  alias(MAP_EXTRACT, 'element_at'),
  MAP_EXTRACT_VALUE,
  withKey('map_contains', 'map_contains(map, key): whether the key is there', (map, find) =>
    overload([map, map.key], BOOLEAN, (entries: Entries, key: Value) => find(entries, key) !== undefined),
  ),
  unary('map_keys', 'map_keys(map): the list of the keys', (map) =>
    overload([map], listOf(map.key), (entries: Entries) => entries.map(([key]) => key)),
  ),
  unary('map_values', 'map_values(map): the list of the values', (map) =>
    overload([map], listOf(map.value), (entries: Entries) => entries.map(([, value]) => value)),
  ),
  unary('map_entries', 'map_entries(map): the list of the entries, structs of key and value', (map) =>
    overload([map], listOf(entryType(map)), (entries: Entries) => entries),
  ),
  unary('cardinality', 'cardinality(map): number of entries', (map) =>
    overload([map], BIGINT, (entries: Entries) => BigInt(entries.length)),
  ),
];

/** The call that makes a struct with fields of these names. */
export const structMaker = (names: readonly string[]) => `row${JSON.stringify(names)}`;

/** A row value is a struct whose fields are called f1, f2, …; `row["a","b"]` makes one with other names. */
export function makesStruct(name: string): ScalarFunction | null {
  if (name !== 'row' && !name.startsWith('row[')) return null;
  const names = name === 'row' ? null : (JSON.parse(name.slice('row'.length)) as readonly string[]);
  return {
    name,
    doc: 'row(a, …): the row of the values, a struct with the fields f1, f2, …',
    nulls: 'own',
    resolve: (args) => {
      if (args.length === 0 || (names !== null && names.length !== args.length)) return null;
      const types = args.map((type) => (type.kind === 'null' ? VARCHAR : type));
      const fields = types.map((type, i) => ({ name: names?.[i] ?? `f${i + 1}`, type, nullable: true }));
      return overload(types, { kind: 'struct', fields }, (...values: Value[]) => values);
    },
  };
}

/**
 * The access to a field of a struct is a function of the field's name, `.name`, so that its type follows from its
 * arguments' types as that of every other function does. Of two fields of one name it is the first.
 */
export function fieldAccess(name: string): ScalarFunction | null {
  if (!name.startsWith('.')) return null;
  return {
    name,
    doc: `a${name}: the field of a struct`,
    nulls: 'strict',
    resolve: ([type, ...more]) => {
      if (type?.kind !== 'struct' || more.length > 0) return null;
      const index = type.fields.findIndex((field) => field.name === name.slice(1));
      const field = type.fields[index];
      return field ? overload([type], field.type, (values: readonly Value[]) => values[index] as Value) : null;
    },
  };
}
