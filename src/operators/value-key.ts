import { assertNever } from '../common/errors.ts';
import { entryType, type Interval, type SqlType, type Value } from '../common/types.ts';
import { intervalMicros } from './expr/compare-values.ts';

/** A primitive that is the same (as a key of a Map) exactly for values that are equal in SQL; NULL is a key of its own. */
export type ValueKey = null | boolean | number | bigint | string;

/** The key of a type's values. Map itself takes NaN for NaN and -0 for 0. */
export function valueKey(type: SqlType): (value: Value) => ValueKey {
  switch (type.kind) {
    case 'interval':
      return (value) => (value === null ? null : intervalMicros(value as Interval));
    case 'blob':
      return (value) => (value === null ? null : Buffer.from(value as Uint8Array).toString('latin1'));
    case 'list':
      return arrayKey(valueKey(type.element));
    case 'map':
      return arrayKey(valueKey(entryType(type)));
    case 'struct': {
      const keys = type.fields.map((field) => valueKey(field.type));
      return (value) =>
        value === null
          ? null
          : (value as readonly Value[]).map((item, i) => delimited(keys[i]?.(item) ?? null)).join('');
    }
    case 'null':
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'real':
    case 'double':
    case 'decimal':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'varchar':
    case 'uuid':
      return (value) => value as ValueKey;
    default:
      return assertNever(type);
  }
}

/** Keys of different lengths of arrays never collide: every element's key says where it ends. */
function arrayKey(element: (value: Value) => ValueKey): (value: Value) => ValueKey {
  return (value) =>
    value === null ? null : (value as readonly Value[]).map((item) => delimited(element(item))).join('');
}

/** A key as text that no other key's text begins with; -0 is 0. */
const delimited = (key: ValueKey): string => (typeof key === 'string' ? `${key.length}:${key}` : `${key}|`);

/** The key of a row of values of these types; one value is its own key, several become a text. */
export function rowKey(types: readonly SqlType[]): (values: readonly Value[]) => ValueKey {
  const keys = types.map(valueKey);
  const [first] = keys;
  if (first && keys.length === 1) return (values) => first(values[0] as Value);
  return (values) => {
    let text = '';
    for (let i = 0; i < keys.length; i++) {
      const key = (keys[i] as (value: Value) => ValueKey)(values[i] as Value);
      text += delimited(key);
    }
    return text;
  };
}
