import { formatValue, type SqlType, type Value } from '../../index.ts';
import type { Format } from './format.ts';
import { writeOut } from './output.ts';

/** One array of objects. */
export const writeJson: Format = async (result, out) => {
  let separator = '[\n';
  for await (const row of result.values()) {
    await writeOut(out, `${separator}${jsonRow(result.columns, row)}`);
    separator = ',\n';
  }
  await writeOut(out, separator === '[\n' ? '[]\n' : '\n]\n');
};

/** One object a line. */
export const writeJsonLines: Format = async (result, out) => {
  for await (const row of result.values()) await writeOut(out, `${jsonRow(result.columns, row)}\n`);
};

function jsonRow(columns: readonly { readonly name: string; readonly type: SqlType }[], row: readonly Value[]): string {
  const members = columns.map(({ name, type }, index) => `${JSON.stringify(name)}:${jsonValue(row[index]!, type)}`);
  return `{${members.join(',')}}`;
}

/**
 * Nothing loses precision: what a double cannot hold (decimals, bigints beyond 2^53, NaN and the infinities) is a string.
 */
function jsonValue(value: Value, type: SqlType): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && type.kind !== 'date' && Number.isFinite(value)) return JSON.stringify(value);
  if ((type.kind === 'bigint' || type.kind === 'ubigint') && typeof value === 'bigint' && isSafe(value))
    return String(value);
  return JSON.stringify(formatValue(value, type));
}

const isSafe = (value: bigint): boolean => BigInt.asIntN(54, value) === value;
