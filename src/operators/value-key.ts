import { assertNever, UnsupportedError } from '../common/errors.ts';
import { type Interval, type SqlType, typeName, type Value } from '../common/types.ts';
import { intervalMicros } from './expr/compare-values.ts';

/** A primitive that is the same (as a key of a Map) exactly for values that are equal in SQL; NULL is a key of its own. */
export type ValueKey = null | boolean | number | bigint | string;

/** The key of a type's values. Map itself takes NaN for NaN and -0 for 0. Throws UnsupportedError SQ2301 for nested types. */
export function valueKey(type: SqlType): (value: Value) => ValueKey {
  switch (type.kind) {
    case 'interval':
      return (value) => (value === null ? null : intervalMicros(value as Interval));
    case 'blob':
      return (value) => (value === null ? null : Buffer.from(value as Uint8Array).toString('latin1'));
    case 'list':
    case 'struct':
    case 'map':
      throw new UnsupportedError('SQ2301', `values of type ${typeName(type)} cannot be compared`);
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

/** The key of a row of values of these types; one value is its own key, several become a text. */
export function rowKey(types: readonly SqlType[]): (values: readonly Value[]) => ValueKey {
  const keys = types.map(valueKey);
  const [first] = keys;
  if (first && keys.length === 1) return (values) => first(values[0] as Value);
  return (values) => {
    let text = '';
    for (let i = 0; i < keys.length; i++) {
      const key = (keys[i] as (value: Value) => ValueKey)(values[i] as Value);
      text += typeof key === 'string' ? `${key.length}:${key}` : `${key}|`;
    }
    return text;
  };
}
