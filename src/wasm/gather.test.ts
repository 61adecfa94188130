import { describe, expect, it } from 'vitest';
import type { SqlType, Value } from '../common/types.ts';
import { Arena } from './arena.ts';
import { buildVector } from './build-vector.ts';
import { gather, NO_ROW } from './gather.ts';
import { LinearMemory } from './linear-memory.ts';
import { columnReader } from './read-vector.ts';
import type {
  DictionaryVector,
  FixedVector,
  ListVector,
  Pointer,
  StructVector,
  Vector,
  ViewsVector,
} from './vector.ts';

const newArena = () => new Arena({ memory: new LinearMemory({ poison: true }) });

function numbers(arena: Arena, values: readonly number[]): Pointer {
  const pointer = arena.allocate(values.length * 4);
  new Uint32Array(arena.memory.buffer, pointer, values.length).set(values);
  return pointer;
}

const valuesOf = (arena: Arena, vector: Vector): Value[] =>
  Array.from({ length: vector.length }, (_, row) => columnReader(arena, vector)(row));

const pick = (arena: Arena, vector: Vector, rows: readonly number[]) =>
  gather(arena, vector, numbers(arena, rows), rows.length);

const CASES: readonly (readonly [SqlType, readonly Value[]])[] = [
  [{ kind: 'boolean' }, [true, false, true]],
  [{ kind: 'smallint' }, [1, -2, 32767]],
  [{ kind: 'integer' }, [1, -2, 3]],
  [{ kind: 'bigint' }, [1n, -(2n ** 63n), 3n]],
  [{ kind: 'double' }, [1.5, Number.NaN, -0]],
  [{ kind: 'decimal', precision: 38, scale: 2 }, [10n ** 37n, -1n, 0n]],
  [
    { kind: 'interval' },
    [
      { months: 1, days: 2, micros: 3n },
      { months: -1, days: 0, micros: 0n },
      { months: 0, days: 0, micros: 9n },
    ],
  ],
  [{ kind: 'varchar' }, ['', 'héllo', 'x'.repeat(100)]],
  [{ kind: 'blob' }, [new Uint8Array([1, 2]), new Uint8Array([]), new Uint8Array([255])]],
];

describe('gather', () => {
  it.each(CASES)('takes rows of %o by number, with nulls and without', (type, [a, b, c]) => {
    const arena = newArena();
    const rows = [2, 0, 0, 1, 2, 1, 0];
    const dense = [a, b, c] as Value[];
    const whole = pick(arena, buildVector(arena, type, dense), rows);
    expect(valuesOf(arena, whole)).toEqual(rows.map((row) => dense[row]));
    expect(whole.validity).toBe(0);
    const holey = [a, null, c] as Value[];
    const some = pick(arena, buildVector(arena, type, holey), rows);
    expect(valuesOf(arena, some)).toEqual(rows.map((row) => holey[row]));
    const optional = pick(arena, buildVector(arena, type, dense), [1, NO_ROW, 0, 2, NO_ROW]);
    expect(valuesOf(arena, optional)).toEqual([b, null, a, c, null]);
    expect(valuesOf(arena, pick(arena, buildVector(arena, type, []), [NO_ROW, NO_ROW]))).toEqual([null, null]);
    expect(pick(arena, buildVector(arena, type, dense), []).length).toBe(0);
  });

  it('drops a bitmap that has become superfluous and keeps bounds', () => {
    const arena = newArena();
    const bounds = { min: -5n, max: 9n };
    const vector = { ...(buildVector(arena, { kind: 'integer' }, [1, null, 9]) as FixedVector), bounds };
    const taken = pick(arena, vector, [2, 0]);
    expect(taken).toMatchObject({ validity: 0, bounds });
  });

  it('takes hundreds of rows, the NULLs among them anywhere', () => {
    const arena = newArena();
    const values = Array.from({ length: 1000 }, (_, i) => i * 3);
    const vector = buildVector(arena, { kind: 'integer' }, values);
    for (const at of [0, 15, 16, 500, 997, 998]) {
      const rows = Array.from({ length: 999 }, (_, i) => (i === at ? NO_ROW : (i * 7) % 1000));
      expect(valuesOf(arena, pick(arena, vector, rows))).toEqual(rows.map((row) => values[row] ?? null));
    }
  });

  it('shares the dictionary', () => {
    const arena = newArena();
    const dictionary = buildVector(arena, { kind: 'varchar' }, ['a', 'b']) as ViewsVector;
    const codes = buildVector(arena, { kind: 'integer' }, [1, 0, null, 1]);
    const vector: DictionaryVector = {
      ...(codes as ViewsVector),
      kind: 'dictionary',
      type: { kind: 'varchar' },
      dictionary,
    };
    const taken = pick(arena, vector, [3, NO_ROW, 2, 1]) as DictionaryVector;
    expect(taken.dictionary).toBe(dictionary);
    expect(valuesOf(arena, taken)).toEqual(['b', null, null, 'a']);
  });

  it('takes lists with their entries; those of null rows are left behind', () => {
    const arena = newArena();
    const vector: ListVector = {
      kind: 'list',
      type: { kind: 'list', element: { kind: 'varchar' } },
      length: 4,
      validity: numbers(arena, [0b1101]),
      offsets: numbers(arena, [0, 2, 3, 3, 5]),
      entries: buildVector(arena, { kind: 'varchar' }, ['a', null, 'hidden', 'b', 'c']),
    };
    const taken = pick(arena, vector, [3, 1, 0, 2, NO_ROW, 3]) as ListVector;
    expect([...new Int32Array(arena.memory.buffer, taken.offsets, 7)]).toEqual([0, 2, 2, 4, 4, 4, 6]);
    expect(valuesOf(arena, taken.entries)).toEqual(['b', 'c', 'a', null, 'b', 'c']);
    expect(arena.view().getUint8(taken.validity)).toBe(0b101101);
  });

  it('takes structs field by field', () => {
    const arena = newArena();
    const type: SqlType = { kind: 'struct', fields: [{ name: 'n', type: { kind: 'integer' }, nullable: true }] };
    const fields = [buildVector(arena, { kind: 'integer' }, [1, null, 3])];
    const vector: StructVector = { kind: 'struct', type, length: 3, validity: numbers(arena, [0b011]), fields };
    const taken = pick(arena, vector, [2, 1, 0, NO_ROW]) as StructVector;
    expect(arena.view().getUint8(taken.validity)).toBe(0b0110);
    expect(valuesOf(arena, taken.fields[0] as Vector)).toEqual([3, null, 1, null]);
  });
});
