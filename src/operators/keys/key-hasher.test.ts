import { describe, expect, it } from 'vitest';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  NULL,
  REAL,
  type SqlType,
  TINYINT,
  UTINYINT,
  UUID,
  VARCHAR,
  type Value,
} from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Selection } from '../../wasm/morsel.ts';
import type { Vector, ViewsVector } from '../../wasm/vector.ts';
import { selectionOf } from '../fixtures/morsels.ts';
import { KeyHasher } from './key-hasher.ts';

const memory = new LinearMemory({ poison: true });
const arena = new Arena({ memory });

function hashes(
  types: readonly SqlType[],
  vectors: readonly Vector[],
  rows: number,
  selection: Selection | null = null,
) {
  const hasher = new KeyHasher(types, { memory });
  const count = selection ? selection.count : rows;
  const out = arena.allocate(count * 8 + 8);
  hasher.hash(vectors, rows, selection, out);
  const view = memory.view();
  const result = Array.from({ length: count }, (_, i) => view.getBigUint64(out + i * 8, true));
  hasher.free();
  return result;
}

const of = (type: SqlType, values: readonly Value[]) =>
  hashes([type], [buildVector(arena, type, values)], values.length);

describe('hashes of keys', () => {
  it.each<[string, SqlType, Value, Value]>([
    ['zeros', DOUBLE, 0, -0],
    ['zeros of real', REAL, 0, -0],
    [
      'intervals of equal length',
      INTERVAL,
      { months: 1, days: 0, micros: 0n },
      { months: 0, days: 29, micros: 86_400_000_000n },
    ],
  ])('are the same for %s', (_, type, a, b) => {
    const [x, y] = of(type, [a, b]);
    expect(x).toBe(y);
  });

  it('are the same for every NaN', () => {
    const vector = buildVector(arena, DOUBLE, [1, 2]);
    if (vector.kind !== 'fixed') throw new Error('not fixed');
    memory.view().setBigUint64(vector.data, 0x7ff8000000000000n, true);
    memory.view().setBigUint64(vector.data + 8, 0xfff0000000000001n, true);
    const [x, y] = hashes([DOUBLE], [vector], 2);
    expect(x).toBe(y);
  });

  it.each<[SqlType, readonly Value[]]>([
    [BOOLEAN, [true, false, null]],
    [TINYINT, [-1, 127, 0, null]],
    [UTINYINT, [255, 127, 0, null]],
    [INTEGER, [-1, 0, 1, null]],
    [DATE, [-1, 0, 1, null]],
    [BIGINT, [-1n, 0n, 1n << 40n, null]],
    [decimal(38, 2), [-1n, 0n, 1n << 100n, 1n << 64n, 1n, null]],
    [UUID, ['00000000-0000-0000-0000-000000000001', '00000000-0000-0001-0000-000000000000', null]],
    [
      VARCHAR,
      [
        '',
        '\0',
        'a',
        'b',
        'aa',
        'aaa',
        'aba',
        'abcdefg',
        'abcdefgh',
        'abcdefghi',
        'x'.repeat(16),
        'x'.repeat(17),
        'x'.repeat(100),
        null,
      ],
    ],
    [BLOB, [new Uint8Array(8), new Uint8Array(9), new Uint8Array(24), null]],
  ])('tell values of %o apart', (type, values) => {
    expect(new Set(of(type, values)).size).toBe(values.length);
  });

  it('depend on every column and on their order', () => {
    const pairs: Value[][] = [];
    for (const a of [null, 0, 1, 2]) for (const b of [null, 0, 1, 2]) pairs.push([a, b]);
    const columns = [0, 1].map((i) =>
      buildVector(
        arena,
        INTEGER,
        pairs.map((pair) => pair[i] as Value),
      ),
    );
    expect(new Set(hashes([INTEGER, INTEGER], columns, pairs.length)).size).toBe(pairs.length);
  });

  it('are those of the text, whether it is views or a dictionary, selected or not', () => {
    const words = Array.from({ length: 40 }, (_, i) => `word ${'o'.repeat(i)}`);
    const values = Array.from({ length: 200 }, (_, i) => (i % 7 === 0 ? null : (words[(i * 13) % 40] as string)));
    const whole = of(VARCHAR, values);
    const codes = buildVector(
      arena,
      INTEGER,
      values.map((value) => (value === null ? null : words.indexOf(value))),
    );
    const dictionary = buildVector(arena, VARCHAR, words) as ViewsVector;
    if (codes.kind !== 'fixed') throw new Error('not fixed');
    const vector: Vector = {
      kind: 'dictionary',
      type: VARCHAR,
      length: 200,
      validity: codes.validity,
      data: codes.data,
      dictionary,
    };
    expect(hashes([VARCHAR], [vector], 200)).toEqual(whole);
    const selection = selectionOf(arena, 200, (row) => row % 50 === 8);
    const few = whole.filter((_, row) => row % 50 === 8);
    expect(hashes([VARCHAR], [vector], 200, selection)).toEqual(few);
    expect(hashes([VARCHAR], [buildVector(arena, VARCHAR, values)], 200, selection)).toEqual(few);
  });

  it('tell short texts apart', () => {
    const letters = ['', ...'abcdefgh'];
    const texts = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
    const distinct = [...new Set(texts)];
    expect(new Set(of(VARCHAR, distinct)).size).toBe(distinct.length);
  });

  it('are the same in every version, for they travel', () => {
    expect(of(BIGINT, [42n])).toEqual([7847288029939030845n]);
    expect(of(VARCHAR, ['squall', 'a text of some length'])).toEqual([12945779931155097411n, 13417346087844972614n]);
  });

  it('of NULLs without a type and of no column', () => {
    expect(new Set(of(NULL, [null, null])).size).toBe(1);
    expect(hashes([], [], 2)).toEqual([0n, 0n]);
  });

  it('of nested values are refused', () => {
    expect(() => new KeyHasher([{ kind: 'list', element: INTEGER }], { memory })).toThrow(
      'values of type integer[] cannot be processed',
    );
  });
});
