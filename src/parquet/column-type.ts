import { assertNever } from '../common/errors.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  MAX_DECIMAL_PRECISION,
  REAL,
  SMALLINT,
  type SqlType,
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
import type { PhysicalType } from './row-group-input.ts';
import type { LogicalType, SchemaElement, TimeUnit } from './schema-element.ts';

/** The SQL type of a primitive column, or why there is none; `type` is then that of the bare physical type. */
export interface PrimitiveType {
  readonly type: SqlType;
  readonly timeUnit?: TimeUnit;
  readonly unsupported?: string;
}

/** What the physical type together with its annotation means in SQL. */
export function primitiveType(element: SchemaElement & { readonly physicalType: PhysicalType }): PrimitiveType {
  const { physicalType, typeLength = 0, logical } = element;
  const bare = bareType(physicalType);
  if (physicalType === 'FIXED_LEN_BYTE_ARRAY' && typeLength <= 0) {
    return { type: bare.type, unsupported: `its values are ${typeLength} bytes long` };
  }
  if (logical === undefined || logical.kind === 'unknown') return bare;
  return annotated(physicalType, typeLength, logical) ?? misfit(bare.type, physicalType, typeLength, logical);
}

function bareType(physicalType: PhysicalType): PrimitiveType {
  switch (physicalType) {
    case 'BOOLEAN':
      return { type: BOOLEAN };
    case 'INT32':
      return { type: INTEGER };
    case 'INT64':
      return { type: BIGINT };
    case 'INT96':
      return { type: TIMESTAMP, timeUnit: 'nanos' };
    case 'FLOAT':
      return { type: REAL };
    case 'DOUBLE':
      return { type: DOUBLE };
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return { type: BLOB };
    default:
      return assertNever(physicalType);
  }
}

function annotated(physical: PhysicalType, length: number, logical: LogicalType): PrimitiveType | undefined {
  switch (logical.kind) {
    case 'string':
    case 'enum':
    case 'json':
      return physical === 'BYTE_ARRAY' ? { type: VARCHAR } : undefined;
    case 'bson':
      return physical === 'BYTE_ARRAY' ? { type: BLOB } : undefined;
    case 'uuid':
      return physical === 'FIXED_LEN_BYTE_ARRAY' && length === 16 ? { type: UUID } : undefined;
    case 'float16':
      return physical === 'FIXED_LEN_BYTE_ARRAY' && length === 2 ? { type: REAL } : undefined;
    case 'interval':
      return physical === 'FIXED_LEN_BYTE_ARRAY' && length === 12 ? { type: INTERVAL } : undefined;
    case 'date':
      return physical === 'INT32' ? { type: DATE } : undefined;
    case 'time':
      return physical === timePhysical(logical.unit) ? { type: TIME, timeUnit: logical.unit } : undefined;
    case 'timestamp':
      return physical === 'INT64' ? { type: logical.utc ? TIMESTAMPTZ : TIMESTAMP, timeUnit: logical.unit } : undefined;
    case 'integer':
      return integerType(physical, logical.bits, logical.signed);
    case 'decimal':
      return decimalType(physical, logical.precision, logical.scale);
    case 'list':
    case 'map':
    case 'mapKeyValue':
    case 'variant':
    case 'geometry':
    case 'geography':
    case 'file':
    case 'unknown':
      return undefined;
    default:
      return assertNever(logical);
  }
}

const timePhysical = (unit: TimeUnit): PhysicalType => (unit === 'millis' ? 'INT32' : 'INT64');

function integerType(physical: PhysicalType, bits: number, signed: boolean): PrimitiveType | undefined {
  if (physical === 'INT64' && bits === 64) return { type: signed ? BIGINT : UBIGINT };
  if (physical !== 'INT32') return undefined;
  if (bits === 8) return { type: signed ? TINYINT : UTINYINT };
  if (bits === 16) return { type: signed ? SMALLINT : USMALLINT };
  if (bits === 32) return { type: signed ? INTEGER : UINTEGER };
  return undefined;
}

function decimalType(physical: PhysicalType, precision: number, scale: number): PrimitiveType | undefined {
  if (precision < 1 || scale < 0 || scale > precision) return undefined;
  switch (physical) {
    case 'INT32':
    case 'INT64':
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY': {
      const type = decimal(precision, scale);
      if (precision <= MAX_DECIMAL_PRECISION) return { type };
      return { type, unsupported: `decimal(${precision},${scale}) has more than ${MAX_DECIMAL_PRECISION} digits` };
    }
    case 'BOOLEAN':
    case 'INT96':
    case 'FLOAT':
    case 'DOUBLE':
      return undefined;
    default:
      return assertNever(physical);
  }
}

function misfit(type: SqlType, physical: PhysicalType, length: number, logical: LogicalType): PrimitiveType {
  const width = physical === 'FIXED_LEN_BYTE_ARRAY' ? `(${length})` : '';
  return { type, unsupported: `the annotation ${annotationText(logical)} on ${physical}${width} is not supported` };
}

function annotationText(logical: LogicalType): string {
  switch (logical.kind) {
    case 'decimal':
      return `DECIMAL(${logical.precision},${logical.scale})`;
    case 'integer':
      return `INTEGER(${logical.bits},${logical.signed})`;
    case 'time':
    case 'timestamp':
      return `${logical.kind.toUpperCase()}(${logical.unit})`;
    default:
      return logical.kind.toUpperCase();
  }
}
