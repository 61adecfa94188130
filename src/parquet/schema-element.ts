import type { PhysicalType } from './row-group-input.ts';
import type { CompactReader, WireType } from './thrift/compact-reader.ts';

export type TimeUnit = 'millis' | 'micros' | 'nanos';

/** A column's annotation, legacy converted types included. */
export type LogicalType =
  | { readonly kind: 'string' | 'enum' | 'json' | 'bson' | 'uuid' | 'float16' | 'date' | 'interval' }
  | { readonly kind: 'list' | 'map' | 'mapKeyValue' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'variant' | 'geometry' | 'geography' | 'file' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'time' | 'timestamp'; readonly unit: TimeUnit; readonly utc: boolean }
  | { readonly kind: 'integer'; readonly bits: number; readonly signed: boolean };

/** One node of a Parquet schema as the footer lists them, depth first. */
export interface SchemaElement {
  readonly name: string;
  /** Undefined for groups. */
  readonly physicalType?: PhysicalType;
  readonly typeLength?: number;
  readonly repetition: 'required' | 'optional' | 'repeated';
  readonly children: number;
  readonly logical?: LogicalType;
}

export const PHYSICAL_TYPES: readonly PhysicalType[] = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
];

const REPETITIONS = ['required', 'optional', 'repeated'] as const;

export function readSchemaElement(reader: CompactReader, wire: WireType): SchemaElement {
  let physicalType: PhysicalType | undefined;
  let typeLength: number | undefined;
  let repetition: SchemaElement['repetition'] = 'required';
  let name: string | undefined;
  let children = 0;
  let converted: number | undefined;
  let scale = 0;
  let precision = 0;
  let logical: LogicalType | undefined;
  reader.struct(wire, (id, type) => {
    switch (id) {
      case 1:
        physicalType = readPhysicalType(reader, type);
        break;
      case 2:
        typeLength = reader.i32(type);
        break;
      case 3:
        repetition = named(reader, REPETITIONS, reader.i32(type), 'repetition');
        break;
      case 4:
        name = reader.string(type);
        break;
      case 5:
        children = reader.i32(type);
        break;
      case 6:
        converted = reader.i32(type);
        break;
      case 7:
        scale = reader.i32(type);
        break;
      case 8:
        precision = reader.i32(type);
        break;
      case 10:
        logical = readLogicalType(reader, type);
        break;
      default:
        reader.skip(type);
    }
  });
  if (name === undefined) throw reader.error('a schema element without name');
  if (children < 0) throw reader.error(`a schema element with ${children} children`);
  if (logical === undefined && converted !== undefined) logical = fromConvertedType(converted, precision, scale);
  return {
    name,
    repetition,
    children,
    ...(physicalType !== undefined && { physicalType }),
    ...(typeLength !== undefined && { typeLength }),
    ...(logical !== undefined && { logical }),
  };
}

export function readPhysicalType(reader: CompactReader, type: WireType): PhysicalType {
  return named(reader, PHYSICAL_TYPES, reader.i32(type), 'physical type');
}

/** The name that an enum's number stands for. */
export function named<T>(reader: CompactReader, names: readonly T[], index: number, what: string): T {
  const name = names[index];
  if (name === undefined) throw reader.error(`the unknown ${what} ${index}`);
  return name;
}

/** A union: a struct with one field. Undefined when the field is one this version does not know. */
function readLogicalType(reader: CompactReader, wire: WireType): LogicalType | undefined {
  let logical: LogicalType | undefined;
  reader.struct(wire, (id, type) => {
    switch (id) {
      case 5:
        logical = readDecimal(reader, type);
        return;
      case 7:
        logical = readTime(reader, type, 'time');
        return;
      case 8:
        logical = readTime(reader, type, 'timestamp');
        return;
      case 10:
        logical = readInteger(reader, type);
        return;
      default:
        logical = SIMPLE_LOGICAL_TYPES[id];
        reader.skip(type);
    }
  });
  return logical;
}

const SIMPLE_LOGICAL_TYPES: Readonly<Record<number, LogicalType>> = {
  1: { kind: 'string' },
  2: { kind: 'map' },
  3: { kind: 'list' },
  4: { kind: 'enum' },
  6: { kind: 'date' },
  11: { kind: 'unknown' },
  12: { kind: 'json' },
  13: { kind: 'bson' },
  14: { kind: 'uuid' },
  15: { kind: 'float16' },
  16: { kind: 'variant' },
  17: { kind: 'geometry' },
  18: { kind: 'geography' },
  19: { kind: 'file' },
};

function readDecimal(reader: CompactReader, wire: WireType): LogicalType {
  let scale = 0;
  let precision = 0;
  reader.struct(wire, (id, type) => {
    if (id === 1) scale = reader.i32(type);
    else if (id === 2) precision = reader.i32(type);
    else reader.skip(type);
  });
  return { kind: 'decimal', precision, scale };
}

const TIME_UNITS: readonly (TimeUnit | undefined)[] = [undefined, 'millis', 'micros', 'nanos'];

function readTime(reader: CompactReader, wire: WireType, kind: 'time' | 'timestamp'): LogicalType {
  let utc = false;
  let unit: TimeUnit | undefined;
  reader.struct(wire, (id, type) => {
    if (id === 1) utc = reader.bool(type);
    else if (id === 2) {
      reader.struct(type, (unitId, unitType) => {
        unit = TIME_UNITS[unitId];
        reader.skip(unitType);
      });
    } else reader.skip(type);
  });
  if (unit === undefined) throw reader.error(`a ${kind} without known unit`);
  return { kind, unit, utc };
}

function readInteger(reader: CompactReader, wire: WireType): LogicalType {
  let bits = 0;
  let signed = true;
  reader.struct(wire, (id, type) => {
    if (id === 1) bits = reader.i8(type);
    else if (id === 2) signed = reader.bool(type);
    else reader.skip(type);
  });
  return { kind: 'integer', bits, signed };
}

/**
 * Legacy annotations. TIMESTAMP_MILLIS and _MICROS say nothing reliable about time zones (the format declares them UTC,
 * writers did not): they read as timestamp without time zone, as Arrow and DuckDB read them.
 */
function fromConvertedType(converted: number, precision: number, scale: number): LogicalType | undefined {
  switch (converted) {
    case 0:
      return { kind: 'string' };
    case 1:
      return { kind: 'map' };
    case 2:
      return { kind: 'mapKeyValue' };
    case 3:
      return { kind: 'list' };
    case 4:
      return { kind: 'enum' };
    case 5:
      return { kind: 'decimal', precision, scale };
    case 6:
      return { kind: 'date' };
    case 7:
      return { kind: 'time', unit: 'millis', utc: true };
    case 8:
      return { kind: 'time', unit: 'micros', utc: true };
    case 9:
      return { kind: 'timestamp', unit: 'millis', utc: false };
    case 10:
      return { kind: 'timestamp', unit: 'micros', utc: false };
    case 11:
    case 12:
    case 13:
    case 14:
      return { kind: 'integer', bits: 8 << (converted - 11), signed: false };
    case 15:
    case 16:
    case 17:
    case 18:
      return { kind: 'integer', bits: 8 << (converted - 15), signed: true };
    case 19:
      return { kind: 'json' };
    case 20:
      return { kind: 'bson' };
    case 21:
      return { kind: 'interval' };
    default:
      return undefined;
  }
}
