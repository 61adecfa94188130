import { describe, expect, it } from 'vitest';
import { answerText, queryText, TPCH_QUERIES } from './query-text.ts';
import { substituted, substitutedText } from './substitution.ts';

/** Lines that differ, ours without indentation. */
const changed = (query: number, seed: number, scale = 1): readonly string[] => {
  const before = queryText(query).split('\n');
  return substitutedText(query, { seed, scale })
    .split('\n')
    .filter((line, i) => line !== before[i])
    .map((line) => line.trim());
};

describe('TPC-H parameters', () => {
  it('are drawn for every query', async () => {
    const drawn = TPCH_QUERIES.map((query) => `q${query}\n${changed(query, 7, 0.01).join('\n')}`);
    await expect(`${drawn.join('\n\n')}\n`).toMatchFileSnapshot('parameters-of-seed-7.txt');
  });

  it.each(TPCH_QUERIES)(
    'of query %d change the text and nothing of its shape, the same way for the same seed',
    (query) => {
      const texts = new Set<string>();
      for (let seed = 0; seed < 40; seed++) {
        const text = substitutedText(query, { seed, scale: 1 });
        expect(substitutedText(query, { seed, scale: 1 })).toBe(text);
        expect(text.split('\n')).toHaveLength(queryText(query).split('\n').length);
        expect(text).not.toMatch(/undefined|NaN|''/);
        texts.add(text);
      }
      // Query 18 has four quantities, query 21 twenty-five nations.
      expect(texts.size).toBeGreaterThanOrEqual(query === 18 ? 4 : 5);
    },
  );

  it('keep to their ranges', () => {
    for (let seed = 0; seed < 200; seed++) {
      const text = (query: number) => substitutedText(query, { seed, scale: 10 });
      const days = Number(/interval '(\d+)' day/.exec(text(1))?.[1]);
      expect(days >= 60 && days <= 120).toBe(true);
      const [, year, month] = /date '(\d+)-(\d\d)-01'/.exec(text(10)) as unknown as [string, string, string];
      const months = (Number(year) - 1993) * 12 + Number(month);
      expect(months >= 2 && months <= 25).toBe(true);
      const sizes = /in \(([\d, ]+)\)/.exec(text(16))?.[1]?.split(', ') as string[];
      expect(new Set(sizes).size).toBe(8);
      expect(text(11)).toContain('0.000010000000');
      const [, first, second] = /n1.n_name = '(.*)' and n2.n_name = '(.*)'/.exec(text(7)) as unknown as string[];
      expect(first).not.toBe(second);
      expect(text(7)).toContain(`(n1.n_name = '${second}' and n2.n_name = '${first}')`);
    }
  });

  it('are put in once, never into one another', () => {
    expect(substituted('FRANCE GERMANY', { FRANCE: 'GERMANY', GERMANY: 'FRANCE' })).toBe('GERMANY FRANCE');
    expect(() => substituted('x', { y: 'z' })).toThrow('the query has no "y"');
    expect(() => substitutedText(23, { seed: 1, scale: 1 })).toThrow('TPC-H has no query 23');
  });
});

it('every query has an official answer', () => {
  for (const query of TPCH_QUERIES) expect(answerText(query).split('\n').length).toBeGreaterThan(1);
});
