import * as arrow from 'apache-arrow';
import type { Schema } from '../../src/common/types.ts';
import { arrowSchema } from '../../src/parquet/write/arrow-schema.ts';
import { TPCH_SCHEMA, type TpchTable } from '../schema.ts';
import type { ColumnValues, TextValues, TpchBatch } from './columns.ts';

const schemas = new Map<TpchTable, arrow.Schema>();

/** The batch as Arrow columns; only 64-bit and decimal values are copied. */
export function arrowBatch(batch: TpchBatch): arrow.RecordBatch {
  const schema = schemaOf(batch.table, TPCH_SCHEMA[batch.table].schema);
  const children = schema.fields.map((field, i) => column(field.type, batch.rows, batch.columns[i] as ColumnValues));
  const struct = arrow.makeData({ type: new arrow.Struct(schema.fields), length: batch.rows, nullCount: 0, children });
  return new arrow.RecordBatch(schema, struct);
}

function schemaOf(table: TpchTable, schema: Schema): arrow.Schema {
  const known = schemas.get(table) ?? arrowSchema(schema);
  schemas.set(table, known);
  return known;
}

function column(type: arrow.DataType, length: number, values: ColumnValues): arrow.Data {
  if (arrow.DataType.isUtf8(type)) {
    const { offsets, bytes } = values as TextValues;
    return arrow.makeData({ type, length, nullCount: 0, valueOffsets: offsets, data: bytes });
  }
  if (arrow.DataType.isDecimal(type)) {
    const words = wideIntegers(values as Float64Array, length, 4);
    return arrow.makeData({ type, length, nullCount: 0, data: new Uint32Array(words.buffer) });
  }
  if (arrow.DataType.isInt(type) && type.bitWidth === 64) {
    const words = wideIntegers(values as Float64Array, length, 2);
    return arrow.makeData({ type: new arrow.Int64(), length, nullCount: 0, data: new BigInt64Array(words.buffer) });
  }
  if (arrow.DataType.isDate(type)) return arrow.makeData({ type, length, nullCount: 0, data: values as Int32Array });
  return arrow.makeData({ type: new arrow.Int32(), length, nullCount: 0, data: values as Int32Array });
}

/** Whole numbers in two's complement, `words` of 32 bits each, the lowest first. */
function wideIntegers(values: Float64Array, length: number, words: number): Int32Array {
  const to = new Int32Array(length * words);
  for (let i = 0; i < length; i++) {
    const value = values[i] as number;
    to[i * words] = value;
    to[i * words + 1] = Math.floor(value / 4294967296);
    if (words === 4 && value < 0) to[i * 4 + 2] = to[i * 4 + 3] = -1;
  }
  return to;
}
