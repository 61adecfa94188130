import * as arrow from 'apache-arrow';
import { assertNever, ExecutionError, UnsupportedError } from '../common/errors.ts';
import type { DecimalType, Field, SqlType, StructType } from '../common/types.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  entryType,
  INTEGER,
  INTERVAL,
  MAX_DECIMAL_PRECISION,
  NULL,
  REAL,
  SMALLINT,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from '../common/types.ts';

/** Key of a field's metadata that holds its exact SQL type as JSON. */
const TYPE_KEY = 'squall:type';

/** The Arrow schema of SQL columns; those whose numbers are among `coded` are codes of a dictionary of the same number. */
export function arrowSchema(fields: readonly Field[], coded?: ReadonlySet<number>): arrow.Schema {
  return new arrow.Schema(fields.map((field, i) => arrowField(field, coded?.has(i) ? i : null)));
}

function arrowField({ name, type, nullable }: Field, dictionary: number | null): arrow.Field {
  const metadata = new Map([[TYPE_KEY, JSON.stringify(type)]]);
  if (type.kind === 'uuid') metadata.set('ARROW:extension:name', 'arrow.uuid').set('ARROW:extension:metadata', '');
  const values = arrowType(type);
  const stored = dictionary === null ? values : new arrow.Dictionary(values, new arrow.Int32(), dictionary);
  return new arrow.Field(name, stored, nullable, metadata);
}

/** How a SQL type is written: always one form, decimals in 128 bits, times in microseconds. */
export function arrowType(type: SqlType): arrow.DataType {
  switch (type.kind) {
    case 'null':
      return new arrow.Null();
    case 'boolean':
      return new arrow.Bool();
    case 'tinyint':
      return new arrow.Int8();
    case 'smallint':
      return new arrow.Int16();
    case 'integer':
      return new arrow.Int32();
    case 'bigint':
      return new arrow.Int64();
    case 'utinyint':
      return new arrow.Uint8();
    case 'usmallint':
      return new arrow.Uint16();
    case 'uinteger':
      return new arrow.Uint32();
    case 'ubigint':
      return new arrow.Uint64();
    case 'real':
      return new arrow.Float32();
    case 'double':
      return new arrow.Float64();
    case 'decimal':
      return new arrow.Decimal(type.scale, type.precision, 128);
    case 'date':
      return new arrow.DateDay();
    case 'time':
      return new arrow.TimeMicrosecond();
    case 'timestamp':
      return new arrow.TimestampMicrosecond();
    case 'timestamptz':
      return new arrow.TimestampMicrosecond('UTC');
    case 'interval':
      return new arrow.IntervalMonthDayNano();
    case 'varchar':
      return new arrow.Utf8();
    case 'blob':
      return new arrow.Binary();
    case 'uuid':
      return new arrow.FixedSizeBinary(16);
    case 'list':
      return new arrow.List(new arrow.Field('item', arrowType(type.element), true));
    case 'struct':
      return structType(type);
    case 'map':
      return new arrow.Map_(new arrow.Field('entries', structType(entryType(type)), false));
    default:
      return assertNever(type);
  }
}

const structType = ({ fields }: StructType): arrow.Struct =>
  new arrow.Struct(fields.map(({ name, type, nullable }) => new arrow.Field(name, arrowType(type), nullable)));

/** The SQL type of an Arrow field: the one it says it has, else the nearest. Throws UnsupportedError SQ2305. */
export function sqlType(field: arrow.Field): SqlType {
  const stated = field.metadata.get(TYPE_KEY);
  return stated === undefined ? foreignType(field.name, field.type) : statedType(field, stated);
}

/** A stated type counts only when the field is stored as that type is. */
function statedType(field: arrow.Field, stated: string): SqlType {
  const type = parseType(stated);
  const stored = arrow.DataType.isDictionary(field.type) ? field.type.dictionary : field.type;
  if (type === null || hasWideDecimal(stored) || `${arrowType(type)}` !== `${stored}`) {
    throw new ExecutionError('SQ3008', `Arrow column ${field.name} of type ${field.type} claims to be ${stated}`);
  }
  return type;
}

/** The text of a decimal type leaves out its width. */
const hasWideDecimal = (type: arrow.DataType): boolean =>
  arrow.DataType.isDecimal(type)
    ? type.bitWidth !== 128
    : (type.children ?? []).some((child) => hasWideDecimal(child.type));

/** A type that a column can have; null for anything else. */
function parseType(text: string): SqlType | null {
  try {
    return asType(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function asType(stated: unknown): SqlType | null {
  if (typeof stated !== 'object' || stated === null) return null;
  const type = stated as Readonly<Record<string, unknown>>;
  switch (type.kind) {
    case 'decimal': {
      const { precision, scale } = stated as DecimalType;
      return isDecimal(precision, scale) ? decimal(precision, scale) : null;
    }
    case 'list': {
      const element = asType(type.element);
      return element && { kind: 'list', element };
    }
    case 'map': {
      const [key, value] = [asType(type.key), asType(type.value)];
      return key && value && { kind: 'map', key, value };
    }
    case 'struct': {
      const fields = Array.isArray(type.fields) ? type.fields.map(asField) : [null];
      return fields.includes(null) ? null : { kind: 'struct', fields: fields as Field[] };
    }
    default:
      return SCALARS.find(({ kind }) => kind === type.kind) ?? null;
  }
}

function asField(stated: unknown): Field | null {
  if (typeof stated !== 'object' || stated === null) return null;
  const { name, type: statedAs, nullable } = stated as Readonly<Record<string, unknown>>;
  const type = asType(statedAs);
  return typeof name === 'string' && typeof nullable === 'boolean' && type ? { name, type, nullable } : null;
}

const isDecimal = (precision: number, scale: number) =>
  Number.isInteger(precision) &&
  Number.isInteger(scale) &&
  precision >= 1 &&
  precision <= MAX_DECIMAL_PRECISION &&
  scale >= 0 &&
  scale <= precision;

const SCALARS: readonly SqlType[] = [
  NULL,
  BOOLEAN,
  TINYINT,
  SMALLINT,
  INTEGER,
  BIGINT,
  UTINYINT,
  USMALLINT,
  UINTEGER,
  UBIGINT,
  REAL,
  DOUBLE,
  DATE,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  INTERVAL,
  VARCHAR,
  BLOB,
  UUID,
];

function foreignType(name: string, type: arrow.DataType): SqlType {
  if (arrow.DataType.isNull(type)) return NULL;
  if (arrow.DataType.isBool(type)) return BOOLEAN;
  if (arrow.DataType.isInt(type)) return integerType(type);
  if (arrow.DataType.isFloat(type)) {
    if (type.precision === arrow.Precision.DOUBLE) return DOUBLE;
    if (type.precision === arrow.Precision.SINGLE) return REAL;
  }
  if (arrow.DataType.isDecimal(type) && type.bitWidth === 128) {
    const { precision, scale } = type;
    if (isDecimal(precision, scale)) return decimal(precision, scale);
  }
  if (arrow.DataType.isDate(type)) return DATE;
  if (arrow.DataType.isTime(type)) return TIME;
  if (arrow.DataType.isTimestamp(type)) return type.timezone ? TIMESTAMPTZ : TIMESTAMP;
  if (arrow.DataType.isInterval(type) && type.unit === arrow.IntervalUnit.MONTH_DAY_NANO) return INTERVAL;
  if (arrow.DataType.isUtf8(type) || arrow.DataType.isLargeUtf8(type)) return VARCHAR;
  if (arrow.DataType.isBinary(type) || arrow.DataType.isLargeBinary(type)) return BLOB;
  if (arrow.DataType.isDictionary(type)) {
    const value = foreignType(name, type.dictionary);
    if (value.kind === 'varchar' || value.kind === 'blob') return value;
  }
  const child = (field: arrow.Field) => foreignType(name, field.type);
  if (arrow.DataType.isList(type)) return { kind: 'list', element: child(type.valueField) };
  if (arrow.DataType.isStruct(type))
    return { kind: 'struct', fields: type.children.map((field) => foreignField(name, field)) };
  if (arrow.DataType.isMap(type)) {
    const [key, value] = (type.childType as arrow.Struct).children;
    if (key && value) return { kind: 'map', key: child(key), value: child(value) };
  }
  throw new UnsupportedError('SQ2305', `Arrow column ${name} of type ${type} cannot be read`);
}

const foreignField = (column: string, { name, type, nullable }: arrow.Field): Field => ({
  name,
  type: foreignType(column, type),
  nullable,
});

function integerType({ bitWidth, isSigned }: arrow.Int): SqlType {
  switch (bitWidth) {
    case 8:
      return isSigned ? TINYINT : UTINYINT;
    case 16:
      return isSigned ? SMALLINT : USMALLINT;
    case 32:
      return isSigned ? INTEGER : UINTEGER;
    default:
      return isSigned ? BIGINT : UBIGINT;
  }
}
