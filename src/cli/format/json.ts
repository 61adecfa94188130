import { type Field, type SqlType, type Value, valueText } from '../../index.ts';
import type { Format } from './format.ts';
import { writeOut } from './output.ts';

/** One array of objects. */
export const writeJson: Format = async (result, out) => {
  const toJson = rowWriter(result.columns);
  let separator = '[\n';
  for await (const row of result.values()) {
    await writeOut(out, `${separator}${toJson(row)}`);
    separator = ',\n';
  }
  await writeOut(out, separator === '[\n' ? '[]\n' : '\n]\n');
};

/** One object a line. */
export const writeJsonLines: Format = async (result, out) => {
  const toJson = rowWriter(result.columns);
  for await (const row of result.values()) await writeOut(out, `${toJson(row)}\n`);
};

function rowWriter(columns: readonly Field[]): (row: readonly Value[]) => string {
  const names = columns.map((column) => JSON.stringify(column.name));
  const writers = columns.map((column) => valueWriter(column.type));
  return (row) => `{${row.map((value, index) => `${names[index]}:${writers[index]!(value)}`).join(',')}}`;
}

/**
 * Nothing loses precision: what a double cannot hold (decimals, bigints beyond 2^53, NaN and the infinities) is a string.
 */
function valueWriter(type: SqlType): (value: Value) => string {
  const text = valueText(type);
  return (value) => {
    if (value === null) return 'null';
    if (typeof value === 'boolean') return String(value);
    if (typeof value === 'number' && type.kind !== 'date' && Number.isFinite(value)) return JSON.stringify(value);
    if ((type.kind === 'bigint' || type.kind === 'ubigint') && isSafe(value as bigint)) return String(value);
    return JSON.stringify(text(value));
  };
}

const isSafe = (value: bigint): boolean => BigInt.asIntN(54, value) === value;
