import { tableFromIPC } from 'apache-arrow';
import { expect, it } from 'vitest';
import { field, formatted, resultOf } from '../../../test/cli/rows.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  decimal,
  INTERVAL,
  REAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  UUID,
  VARCHAR,
  type Value,
} from '../../common/types.ts';

const COLUMNS = [
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  decimal(38, 2),
  INTERVAL,
  REAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  UUID,
  VARCHAR,
].map((type) => field(type.kind, type));
const ROW: readonly Value[] = [
  2n ** 60n,
  new Uint8Array([1]),
  true,
  5,
  -1n,
  { months: 1, days: 2, micros: 3n },
  0.5,
  4n,
  5n,
  6n,
  '00112233-4455-6677-8899-aabbccddeeff',
  'text',
];
const NULLS = ROW.map(() => null);

it('is one stream over the outputs of all tasks, with every type', async () => {
  const table = tableFromIPC(await formatted('arrow', resultOf(COLUMNS, [ROW, NULLS], [], [ROW], [NULLS, ROW, ROW])));
  expect(table.numRows).toBe(6);
  expect(table.schema.fields.map((one) => one.name)).toEqual(COLUMNS.map((one) => one.name));
  const bigints = Array.from({ length: 6 }, (_, row) => table.getChild('bigint')?.get(row));
  expect(bigints).toEqual([2n ** 60n, null, 2n ** 60n, null, 2n ** 60n, 2n ** 60n]);
  expect(table.getChild('varchar')?.get(5)).toBe('text');
});

it('has the schema when there is no row', async () => {
  const table = tableFromIPC(await formatted('arrow', resultOf(COLUMNS, [])));
  expect(table.numRows).toBe(0);
  expect(table.schema.fields.map((one) => one.name)).toEqual(COLUMNS.map((one) => one.name));
  expect(String(table.schema.fields[4]?.type)).toBe('Decimal[38e+2]');
});
