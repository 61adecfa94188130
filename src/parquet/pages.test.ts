import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../common/clock.ts';
import { SquallError } from '../common/errors.ts';
import type { Value } from '../common/types.ts';
import { CountingStore, LOCATION } from './fixtures/counting-store.ts';
import { int32, type PlainColumn, plainFile } from './fixtures/plain-file.ts';
import { readValues } from './fixtures/read-values.ts';
import { readFooter } from './footer.ts';

const a: PlainColumn = { name: 'a', physicalType: 'INT32', values: [int32(1), null, int32(3)] };
const where = 's3://b/k.parquet: column "a" of row group 0';

describe('page headers', () => {
  it.each<[string, Partial<PlainColumn>, string, string]>([
    [
      'a page longer than its chunk',
      { page: { 3: { i32: 500 } } },
      'SQ3105',
      'cannot be decoded: a page of 500 bytes where 14 are left',
    ],
    [
      'a page of negative length',
      { page: { 3: { i32: -1 } } },
      'SQ3105',
      'cannot be decoded: a page of -1 bytes where 14 are left',
    ],
    [
      'a page that unpacks to 2 GiB',
      { page: { 2: { i32: 2147483647 } } },
      'SQ3105',
      'cannot be decoded: a page that unpacks to 2147483647 bytes',
    ],
    [
      'more values than the chunk',
      { page: { 5: { struct: { 1: { i32: 4 }, 2: { i32: 0 }, 3: { i32: 3 }, 4: { i32: 3 } } } } },
      'SQ3105',
      'cannot be decoded: its pages hold 4 values, not 3',
    ],
    [
      'fewer values than the chunk',
      { page: { 5: { struct: { 1: { i32: 2 } } } } },
      'SQ3105',
      'cannot be decoded: unexpected end at byte #',
    ],
    [
      'a negative number of values',
      { page: { 5: { struct: { 1: { i32: -2 } } } } },
      'SQ3105',
      'cannot be decoded: a page of -2 values',
    ],
    [
      'no header of its kind',
      { page: { 5: undefined } },
      'SQ3105',
      'cannot be decoded: an incomplete page header at byte #',
    ],
    [
      'an unknown kind',
      { page: { 1: { i32: 9 } } },
      'SQ3105',
      'cannot be decoded: an incomplete page header at byte #',
    ],
    ['another checksum', { page: { 4: { i32: 12345 } } }, 'SQ3109', 'is damaged: page 0 does not match its checksum'],
  ])('%s', async (_what, more, code, why) => {
    const error = await readValues(plainFile([{ ...a, ...more }])).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SquallError);
    const { message } = error as SquallError;
    expect([(error as SquallError).code, message.replace(/at byte \d+$/, 'at byte #')]).toEqual([
      code,
      `${where} ${why}`,
    ]);
  });

  it('the right checksum is accepted, one flipped bit behind it is not', async () => {
    const file = plainFile([{ ...a, checksum: true }]);
    expect((await readValues(file)).a).toEqual([1, null, 3]);
    const { footer } = await readFooter(new CountingStore(file), LOCATION);
    const { offset, length } = footer.rowGroup(0).column(0);
    file[offset + length - 1] = 1;
    await expect(readValues(file)).rejects.toMatchObject({ code: 'SQ3109' });
  });

  it('a file of another length than its footer says is noticed', async () => {
    const rows = { i64: 4 };
    const file = plainFile([{ ...a, metaData: { 5: rows } }], { footer: { 3: rows }, rowGroup: { 3: rows } });
    await expect(readValues(file)).rejects.toMatchObject({ code: 'SQ3105' });
  });
});

describe('fuzz', () => {
  const golden = (name: string) =>
    new Uint8Array(readFileSync(join(import.meta.dirname, '../../datasets/golden', name)));

  it.each(['types-snappy.parquet', 'arrow-v1-snappy.parquet', 'arrow-v2-zstd.parquet', 'types-v2.parquet'])(
    'flipped bits in the pages of %s give a named error or as many rows as before, and harm nothing after',
    async (name) => {
      const original = golden(name);
      const intact = await readValues(original);
      const footerBytes = new DataView(original.buffer).getUint32(original.length - 8, true);
      const random = seededRandom(3);
      const codes = new Map<string, number>();
      for (let i = 0; i < 60; i++) {
        const bytes = original.slice();
        for (let flips = 0; flips < 3; flips++) {
          const at = 4 + Math.floor(random.next() * (bytes.length - footerBytes - 12));
          bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random.next() * 8));
        }
        const outcome = await attempt(bytes);
        if (typeof outcome === 'string') codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
        else
          for (const column of Object.keys(intact))
            expect(outcome[column]).toHaveLength(intact[column]?.length as number);
      }
      expect([...codes.keys()].every((code) => /^SQ310[5-9]$/.test(code))).toBe(true);
      expect(codes.get('SQ3105')).toBeGreaterThan(5);
      expect(await readValues(original)).toEqual(intact);
    },
  );

  async function attempt(bytes: Uint8Array): Promise<string | Record<string, Value[]>> {
    try {
      return await readValues(bytes);
    } catch (error) {
      if (error instanceof SquallError) return error.code;
      throw error;
    }
  }
});
