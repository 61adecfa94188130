import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { tokenize } from './lexer.ts';
import { outlined } from './outline.test-helper.ts';
import { parse } from './parse.ts';
import { prePass } from './pre-pass.ts';
import { TokenList } from './token-list.ts';

const NUMBERS = Array.from({ length: 22 }, (_, i) => String(i + 1).padStart(2, '0'));
const text = (number: string) => readFile(new URL(`../../../tpch/queries/q${number}.sql`, import.meta.url), 'utf8');

describe('the queries of TPC-H', () => {
  it.each(NUMBERS)('%s is read as it stands', async (number) => {
    const sql = await text(number);
    expect((await parse(sql)).map(({ kind }) => kind)).toEqual(['select']);
    const statement = sql.trim().replace(/;$/, '');
    expect(prePass(statement, new TokenList(tokenize(statement))).edits).toEqual([]);
  });

  it.each(NUMBERS)('%s means the same in capitals', async (number) => {
    const sql = await text(number);
    // Names of tables and columns keep their spelling; everything that is not in quotes is compared without it.
    const shouted = sql.replace(/'[^']*'|[a-z]+/g, (piece) => (piece.startsWith("'") ? piece : piece.toUpperCase()));
    expect((await outlined(shouted)).toLowerCase()).toBe((await outlined(sql)).toLowerCase());
  });

  it('01 is read in the words of the specification', async () => {
    const sql = await text('01');
    const official = sql.replace("interval '90' day", "interval '90' day (3)");
    expect(official).not.toBe(sql);
    expect(await outlined(official)).toBe(await outlined(sql));
  });
});
