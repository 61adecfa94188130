import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TBL_MD5 } from '../checksums.ts';
import { TPCH_SCHEMA, TPCH_TABLES, type TpchTable } from '../schema.ts';
import type { TpchBatch } from './columns.ts';
import { generateTable } from './generate-table.ts';
import { tblBytes } from './tbl.ts';
import { TextPool } from './text-pool.ts';

const pool = new TextPool();

function md5(table: TpchTable, parts: number): string {
  const hash = createHash('md5');
  for (let part = 0; part < parts; part++) {
    for (const batch of generateTable({ table, scale: 0.01, part, parts, pool })) hash.update(tblBytes(batch));
  }
  return hash.digest('hex');
}

describe('generateTable', () => {
  it.each(TPCH_TABLES)('makes the reference %s at scale factor 0.01', (table) => {
    expect(md5(table, 1)).toBe(TBL_MD5['0.01'][table]);
  });

  it.each(TPCH_TABLES)('makes %s in 7 parts that join without a seam', (table) => {
    expect(md5(table, 7)).toBe(TBL_MD5['0.01'][table]);
  });

  it('makes a late part without the ones before', () => {
    const part = 9_999_999;
    const [batch] = [...generateTable({ table: 'lineitem', scale: 1000, part, parts: 10_000_000, pool })] as [
      TpchBatch,
    ];
    expect(batch.rows).toBeGreaterThan(150);
    expect((batch.columns[0] as Float64Array).at(-1)).toBe(6_000_000_000);
  });

  it('fills every column of the schema for every row', () => {
    for (const table of TPCH_TABLES) {
      const [batch] = generateTable({ table, scale: 0.01, pool });
      expect(batch?.columns).toHaveLength(TPCH_SCHEMA[table].schema.length);
      for (const column of batch?.columns ?? []) {
        expect('bytes' in column ? column.offsets.length - 1 : column.length).toBe(batch?.rows);
      }
    }
  });

  it('refuses scale factors it cannot make', () => {
    const at = (scale: number) => () => generateTable({ table: 'part', scale, pool });
    expect(at(0)).toThrow('scale factor 0 is not a multiple of 0.001');
    expect(at(-1)).toThrow('scale factor -1 is not a multiple of 0.001');
    expect(at(Number.NaN)).toThrow('scale factor NaN is not a multiple of 0.001');
    expect(at(0.0015)).toThrow('scale factor 0.0015 is not a multiple of 0.001');
    expect(at(10_001)).toThrow('scale factor 10001 is above 10000');
  });

  it('refuses a part that does not exist', () => {
    expect(() => generateTable({ table: 'part', scale: 1, part: 3, parts: 3, pool })).toThrow(
      'there is no part 3 of 3',
    );
    expect(() => generateTable({ table: 'part', scale: 1, part: 0.5, parts: 3, pool })).toThrow(
      'there is no part 0.5 of 3',
    );
  });
});
