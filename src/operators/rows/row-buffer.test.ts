import { describe, expect, it } from 'vitest';
import type { Field, SqlType, Value } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { CHUNK_ROWS, NO_ROW } from '../../wasm/gather.ts';
import { LinearMemory } from '../../wasm/linear-memory.ts';
import type { DictionaryVector, FixedVector, Vector } from '../../wasm/vector.ts';
import { dictionaryOf, listOf, type Nested, numbers, structOf, valuesOf } from './fixtures/vectors.ts';
import { RowBuffer } from './row-buffer.ts';

const INTEGER: SqlType = { kind: 'integer' };
const VARCHAR: SqlType = { kind: 'varchar' };
const field = (type: SqlType): Field => ({ name: 'c', type, nullable: true });

function setUp(...types: readonly SqlType[]) {
  const memory = new LinearMemory({ poison: true });
  const input = new Arena({ memory });
  const output = new Arena({ memory });
  const buffer = new RowBuffer({ memory }, types.map(field));
  return {
    memory,
    input,
    buffer,
    append(vectors: readonly Vector[], rows: number, selected: readonly number[] | null = null) {
      buffer.appendVectors(vectors, rows, selected && { rows: numbers(input, selected), count: selected.length });
      input.reset();
    },
    gathered: (column: number, rows: readonly number[]): Nested[] =>
      valuesOf(output, buffer.gather(column, numbers(output, rows), rows.length, output)),
    ranged: (from: number, count: number): Nested[][] =>
      buffer.batch(from, count, output).columns.map((vector) => valuesOf(output, vector)),
    end() {
      buffer.free();
      input.reset();
      output.reset();
      expect(memory.used).toBe(0);
    },
  };
}

describe('RowBuffer', () => {
  it('keeps rows over many chunks and appends, with nulls that come late', () => {
    const { input, buffer, append, gathered, ranged, end } = setUp(INTEGER, VARCHAR);
    const all: [Value, Value][] = [];
    let seed = 1;
    while (all.length < CHUNK_ROWS * 2 + 500) {
      seed = (seed * 16807) % 2147483647;
      const rows = seed % 3000;
      const late = all.length > CHUNK_ROWS + 1000;
      const n = Array.from({ length: rows }, (_, i) => (late && i % 7 === 3 ? null : all.length + i));
      const s = n.map((value, i) => (late && i % 5 === 2 ? null : `text ${value} ${'x'.repeat(i % 90)}`));
      const selected = seed % 2 ? null : n.map((_, i) => i).filter((i) => i % 3 !== 1);
      for (const i of selected ?? n.keys()) all.push([n[i] as Value, s[i] as Value]);
      append([buildVector(input, INTEGER, n), buildVector(input, VARCHAR, s)], rows, selected);
    }
    expect(buffer.rows).toBe(all.length);
    const picked = all.map((_, i) => (i * 7919) % all.length);
    expect(gathered(0, picked)).toEqual(picked.map((row) => all[row]?.[0]));
    expect(gathered(1, [...picked, NO_ROW])).toEqual([...picked.map((row) => all[row]?.[1]), null]);
    for (const [from, count] of [
      [0, 10],
      [3, 100],
      [CHUNK_ROWS - 5, 10],
      [CHUNK_ROWS * 2, 400],
      [CHUNK_ROWS + 1001, 77],
      [17, 0],
    ] as const) {
      const part = all.slice(from, from + count);
      expect(ranged(from, count)).toEqual([part.map(([n]) => n), part.map(([, s]) => s)]);
    }
    end();
  });

  it('copies an entry of a dictionary once, when a row first needs it', () => {
    const { memory, input, buffer, gathered, end } = setUp(VARCHAR);
    const long = (text: string) => text.repeat(1000);
    const entries = ['a', 'b', 'c', 'never', ''].map((text) => (text === '' ? '' : long(text)));
    const [a, b, c] = entries as [string, string, string];
    const values = [a, null, c, a, a, '', c];
    const vector = dictionaryOf(input, VARCHAR, entries, values);
    buffer.appendVectors([vector], 7, null);
    const once = buffer.bytes;
    buffer.appendVectors([vector], 7, { rows: numbers(input, [0, 2, 6]), count: 3 });
    expect(buffer.bytes).toBe(once);
    const more = dictionaryOf(input, VARCHAR, entries, [b, a]);
    buffer.appendVectors([{ ...more, dictionary: vector.dictionary }], 2, null);
    expect(buffer.bytes - once).toBeLessThan(1200);
    buffer.appendVectors([dictionaryOf(input, VARCHAR, [], [null, null])], 2, null);
    buffer.appendVectors([dictionaryOf(input, VARCHAR, entries, [c])], 1, null);
    input.reset();
    expect(gathered(0, [...Array(15).keys()])).toEqual([...values, a, c, c, b, a, null, null, c]);
    expect(memory.used).toBeGreaterThan(0);
    end();
  });

  it('gives codes out where asked, while there is one dictionary', () => {
    const memory = new LinearMemory({ poison: true });
    const input = new Arena({ memory });
    const output = new Arena({ memory });
    const buffer = new RowBuffer({ memory }, [field(VARCHAR)], { dictionaries: true });
    const entries = ['a', 'b', 'c'];
    const first = dictionaryOf(input, VARCHAR, entries, ['b', null, 'b']);
    const gathered = (rows: readonly number[]) => buffer.gather(0, numbers(output, rows), rows.length, output);
    buffer.appendVectors([first], 3, null);
    const before = gathered([0, 1, NO_ROW, 2]);
    expect(before.kind).toBe('dictionary');
    expect(valuesOf(output, before)).toEqual(['b', null, null, 'b']);
    expect(gathered([0])).toMatchObject({ dictionary: (before as DictionaryVector).dictionary });
    const more = { ...dictionaryOf(input, VARCHAR, entries, ['b', 'c', 'a']), dictionary: first.dictionary };
    buffer.appendVectors([more], 3, { rows: numbers(input, [1, 2]), count: 2 });
    const after = gathered([4, 3, 0]);
    expect((after as DictionaryVector).dictionary).not.toBe((before as DictionaryVector).dictionary);
    expect(valuesOf(output, after)).toEqual(['a', 'c', 'b']);
    buffer.appendVectors([dictionaryOf(input, VARCHAR, ['z'], ['z'])], 1, null);
    input.reset();
    const mixed = gathered([5, 4, 1, 0]);
    expect([mixed.kind, valuesOf(output, mixed)]).toEqual(['views', ['z', 'a', null, 'b']]);
    expect(valuesOf(output, after)).toEqual(['a', 'c', 'b']);
    buffer.clear();
    buffer.appendVectors([buildVector(input, VARCHAR, ['v'])], 1, null);
    expect(gathered([0]).kind).toBe('views');
    buffer.free();
    input.reset();
    output.reset();
    expect(memory.used).toBe(0);
  });

  it('keeps lists and structs', () => {
    const list: SqlType = { kind: 'list', element: INTEGER };
    const struct = structOf(new Arena(), []).type;
    const { input, append, gathered, ranged, end } = setUp(list, struct);
    const lists = [[1, null, 3], null, [], [4]];
    const structs = [[1, 'one'], null, [null, 'none'], [4, null]] as const;
    for (let i = 0; i < 3; i++) append([listOf(input, lists), structOf(input, structs)], 4, i === 1 ? [0, 1, 3] : null);
    const order = [0, 1, 2, 3, 0, 1, 3, 0, 1, 2, 3];
    expect(ranged(0, 11)).toEqual([order.map((i) => lists[i]), order.map((i) => structs[i])]);
    expect(ranged(3, 5)).toEqual(
      [3, 0, 1, 3, 0]
        .map((i) => [lists[i], structs[i]])
        .reduce<Nested[][]>(
          ([l, s], [a, b]) => [
            [...(l as Nested[]), a as Nested],
            [...(s as Nested[]), b as Nested],
          ],
          [[], []],
        ),
    );
    expect(gathered(0, [10, NO_ROW, 5, 4])).toEqual([[4], null, null, [1, null, 3]]);
    expect(gathered(1, [10, NO_ROW, 5, 4])).toEqual([[4, null], null, null, [1, 'one']]);
    end();
  });

  it('keeps bounds while every vector has some', () => {
    const { input, buffer, end } = setUp(INTEGER);
    const vector = (min: bigint, max: bigint): FixedVector => ({
      ...(buildVector(input, INTEGER, [Number(min), Number(max)]) as FixedVector),
      bounds: { min, max },
    });
    buffer.appendVectors([vector(3n, 5n)], 2, null);
    buffer.appendVectors([vector(-1n, 4n)], 2, null);
    expect(buffer.batch(0, 4, input).columns[0]).toMatchObject({ bounds: { min: -1n, max: 5n } });
    buffer.appendVectors([buildVector(input, INTEGER, [100])], 1, null);
    expect(buffer.batch(0, 5, input).columns[0]).not.toHaveProperty('bounds');
    end();
  });

  it('takes rows of no columns', () => {
    const { buffer, end } = setUp();
    buffer.appendVectors([], 5, null);
    expect(buffer.batch(0, 5, new Arena())).toMatchObject({ length: 5, columns: [] });
    end();
  });

  it('is empty after clear, and usable', () => {
    const { memory, input, buffer, append, ranged, end } = setUp(INTEGER, VARCHAR);
    const rows = () => [buildVector(input, INTEGER, [1, null]), dictionaryOf(input, VARCHAR, ['a'], ['a', 'a'])];
    append(rows(), 2);
    buffer.clear();
    expect([buffer.rows, buffer.bytes, memory.used]).toEqual([0, 0, 0]);
    append(rows(), 2);
    expect(ranged(0, 2)).toEqual([
      [1, null],
      ['a', 'a'],
    ]);
    end();
  });

  it('starts small', () => {
    const { buffer, input, end } = setUp(INTEGER, VARCHAR, INTEGER);
    buffer.appendVectors(
      [buildVector(input, INTEGER, [1]), buildVector(input, VARCHAR, ['a']), buildVector(input, INTEGER, [1])],
      1,
      null,
    );
    expect(buffer.bytes).toBeLessThan(8192);
    end();
  });

  it('refuses vectors of another kind and rows that are not there', () => {
    const { buffer, input, end } = setUp(INTEGER);
    expect(() => buffer.appendVectors([buildVector(input, VARCHAR, ['a'])], 1, null)).toThrow(
      'a views vector of varchar came where rows of integer are kept',
    );
    expect(() => buffer.appendVectors([], 1, null)).toThrow('0 columns came where 1 are kept');
    expect(() => buffer.batch(0, 3, input)).toThrow('rows 0 to 3 are not there');
    expect(() => buffer.gather(1, 0, 0, input)).toThrow('there is no column 1');
    end();
  });
});
