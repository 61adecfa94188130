import * as arrow from 'apache-arrow';
import { assertNever, UnsupportedError } from '../../common/errors.ts';
import { type Field, type Schema, type SqlType, typeName } from '../../common/types.ts';

const DECIMAL_BITS = 128;

/** The Arrow schema whose batches `writeParquet` takes for a SQL schema. Throws UnsupportedError SQ2091. */
export function arrowSchema(schema: Schema): arrow.Schema {
  return new arrow.Schema(schema.map(arrowField));
}

function arrowField(field: Field): arrow.Field {
  return new arrow.Field(field.name, arrowType(field.type), field.nullable);
}

function arrowType(type: SqlType): arrow.DataType {
  switch (type.kind) {
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
      return new arrow.Decimal(type.scale, type.precision, DECIMAL_BITS);
    case 'date':
      return new arrow.DateDay();
    case 'time':
      return new arrow.TimeMicrosecond();
    case 'timestamp':
      return new arrow.TimestampMicrosecond();
    case 'timestamptz':
      return new arrow.TimestampMicrosecond('UTC');
    case 'varchar':
      return new arrow.Utf8();
    case 'blob':
      return new arrow.Binary();
    case 'list':
      return new arrow.List(arrowField({ name: 'element', type: type.element, nullable: true }));
    case 'struct':
      return new arrow.Struct(type.fields.map(arrowField));
    case 'map': {
      const entry = new arrow.Struct([
        arrowField({ name: 'key', type: type.key, nullable: false }),
        arrowField({ name: 'value', type: type.value, nullable: true }),
      ]);
      return new arrow.Map_(new arrow.Field('entries', entry, false) as never);
    }
    case 'null':
    case 'interval':
    case 'uuid':
      throw new UnsupportedError('SQ2091', `a Parquet column of type ${typeName(type)} cannot be written`);
    default:
      return assertNever(type);
  }
}
