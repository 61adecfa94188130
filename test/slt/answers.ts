import {
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import { assertNever } from '../../src/common/errors.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  NULL,
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
  type Value,
} from '../../src/common/types.ts';
import { valueText } from '../../src/index.ts';
import { type Oracle, toValue } from '../oracle/duckdb.ts';

/** A result as an .slt file writes it. */
export interface Answer {
  readonly types: string;
  readonly lines: readonly string[];
}

export function answerOf(types: readonly SqlType[], rows: readonly (readonly Value[])[]): Answer {
  const texts = types.map((type) => (type.kind === 'null' ? String : valueText(type)));
  return {
    types: types.map(letter).join(''),
    lines: rows.map((row) =>
      row
        .map((value, i) => (value === null ? 'NULL' : texts[i]!(value).replaceAll('\n', '\\n') || '(empty)'))
        .join('\t'),
    ),
  };
}

/** DuckDB's answer, its numbers and moments written as ours are. */
export async function duckdbAnswer(oracle: Oracle, sql: string): Promise<Answer> {
  const reader = await oracle.connection.runAndReadAll(sql);
  const rows = reader.getRows().map((row) => row.map(toValue));
  return answerOf(reader.columnTypes().map(typeOf), rows);
}

const SCALARS: ReadonlyMap<DuckDBTypeId, SqlType> = new Map<DuckDBTypeId, SqlType>([
  [DuckDBTypeId.BOOLEAN, BOOLEAN],
  [DuckDBTypeId.TINYINT, TINYINT],
  [DuckDBTypeId.SMALLINT, SMALLINT],
  [DuckDBTypeId.INTEGER, INTEGER],
  [DuckDBTypeId.BIGINT, BIGINT],
  [DuckDBTypeId.HUGEINT, BIGINT],
  [DuckDBTypeId.UTINYINT, UTINYINT],
  [DuckDBTypeId.USMALLINT, USMALLINT],
  [DuckDBTypeId.UINTEGER, UINTEGER],
  [DuckDBTypeId.UBIGINT, UBIGINT],
  [DuckDBTypeId.FLOAT, REAL],
  [DuckDBTypeId.DOUBLE, DOUBLE],
  [DuckDBTypeId.DATE, DATE],
  [DuckDBTypeId.TIME, TIME],
  [DuckDBTypeId.TIMESTAMP, TIMESTAMP],
  [DuckDBTypeId.TIMESTAMP_TZ, TIMESTAMPTZ],
  [DuckDBTypeId.INTERVAL, INTERVAL],
  [DuckDBTypeId.VARCHAR, VARCHAR],
  [DuckDBTypeId.BLOB, BLOB],
  [DuckDBTypeId.UUID, UUID],
  [DuckDBTypeId.SQLNULL, NULL],
]);

function typeOf(type: DuckDBType): SqlType {
  const scalar = SCALARS.get(type.typeId);
  if (scalar) return scalar;
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType;
      return decimal(width, scale);
    }
    case DuckDBTypeId.LIST:
      return { kind: 'list', element: typeOf((type as DuckDBListType).valueType) };
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      const fields = entryNames.map((name, i) => ({ name, type: typeOf(entryTypes[i]!), nullable: true }));
      return { kind: 'struct', fields };
    }
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType;
      return { kind: 'map', key: typeOf(keyType), value: typeOf(valueType) };
    }
    default:
      throw new Error(`no type for DuckDB's ${type}`);
  }
}

/** Doubles may differ in their last digits, whole numbers be held as decimals. */
export function sameLine(ours: string, expected: string, types: string): boolean {
  if (ours === expected) return true;
  const [a, b] = [ours.split('\t'), expected.split('\t')];
  return (
    a.length === b.length &&
    a.every((cell, i) => cell === b[i] || (types[i] === 'R' && isNear(Number(cell), Number(b[i]))))
  );
}

const isNear = (a: number, b: number) => Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));

function letter({ kind }: SqlType): string {
  switch (kind) {
    case 'boolean':
      return 'B';
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
      return 'I';
    case 'decimal':
      return 'N';
    case 'real':
    case 'double':
      return 'R';
    case 'date':
      return 'D';
    case 'timestamp':
    case 'timestamptz':
      return 'P';
    case 'null':
    case 'time':
    case 'interval':
    case 'varchar':
    case 'blob':
    case 'uuid':
    case 'list':
    case 'struct':
    case 'map':
      return 'T';
    default:
      return assertNever(kind);
  }
}
