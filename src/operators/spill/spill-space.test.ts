import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Field, SqlType, Value } from '../../common/types.ts';
import { FileObjectStore } from '../../storage/file.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { LinearMemory } from '../../wasm/linear-memory.ts';
import { slice } from '../../wasm/slice.ts';
import type { Batch, DictionaryVector, FixedVector, Vector } from '../../wasm/vector.ts';
import type { SpillFile } from '../execution.ts';
import { dictionaryOf, listOf, type Nested, structOf, valuesOf } from '../rows/fixtures/vectors.ts';
import { dumpBatch } from './dump.ts';
import { FileSpillSpace, MemorySpillSpace } from './spill-space.ts';

const INTEGER: SqlType = { kind: 'integer' };
const VARCHAR: SqlType = { kind: 'varchar' };

function batchOf(vectors: readonly Vector[]): Batch {
  const schema = vectors.map(({ type }, i): Field => ({ name: `c${i}`, type, nullable: true }));
  return { schema, length: vectors[0]?.length ?? 0, columns: vectors };
}

async function readAll(file: SpillFile, arena: Arena): Promise<Nested[][][]> {
  const batches: Nested[][][] = [];
  for await (const { columns } of file.read(arena)) batches.push(columns.map((column) => valuesOf(arena, column)));
  return batches;
}

const poisoned = () => {
  const memory = new LinearMemory({ poison: true });
  return { memory, input: new Arena({ memory }), output: new Arena({ memory }) };
};

describe('spilled batches', () => {
  it('come back as they were: every type, nulls, dictionaries, nested values, slices', async () => {
    const { memory, input, output } = poisoned();
    const space = new MemorySpillSpace({ memory, objectBytes: 1000 });
    const file = space.create();
    const scalars: readonly (readonly [SqlType, Value[]])[] = [
      [{ kind: 'boolean' }, [true, null, false]],
      [{ kind: 'smallint' }, [-1, null, 7]],
      [INTEGER, [1, 2, 3]],
      [{ kind: 'bigint' }, [1n, -1n, null]],
      [{ kind: 'decimal', precision: 38, scale: 0 }, [10n ** 37n, null, -5n]],
      [{ kind: 'interval' }, [null, { months: 1, days: -2, micros: 3n }, null]],
      [{ kind: 'double' }, [Number.NaN, -0, null]],
      [VARCHAR, ['', 'ünï', null]],
      [{ kind: 'blob' }, [new Uint8Array([0, 1]), null, new Uint8Array()]],
      [{ kind: 'null' }, [null, null, null]],
    ];
    const small = dictionaryOf(input, VARCHAR, ['a', 'b'], ['b', null, 'b']);
    const large = dictionaryOf(input, VARCHAR, ['a', 'b', 'c', 'd', 'e'], ['b', null, 'e']);
    const lists = listOf(input, [[1, null], null, []]);
    const structs = structOf(input, [[1, 'x'], null, [null, null]]);
    const numbers = Array.from({ length: 100 }, (_, i) => (i % 3 ? i : null));
    const bounded: FixedVector = {
      ...(buildVector(input, INTEGER, [1, 2, 3]) as FixedVector),
      bounds: { min: -(1n << 100n), max: 3n },
    };
    const first = batchOf([
      ...scalars.map(([type, values]) => buildVector(input, type, values)),
      small,
      large,
      lists,
      structs,
      bounded,
    ]);
    const expected = first.columns.map((column) => valuesOf(input, column));
    const manyLists = listOf(
      input,
      numbers.map((n) => (n === null ? null : [n, n])),
    );
    const sliced = batchOf([slice(buildVector(input, INTEGER, numbers), 8, 50), slice(manyLists, 8, 50)]);
    const slices = space.create();
    await slices.append(sliced);
    for (let i = 0; i < 3; i++) await file.append(first);
    input.reset();
    expect(file.rows).toBe(9);
    expect(await readAll(file, output)).toEqual([expected, expected, expected]);
    expect(await readAll(file, output)).toEqual([expected, expected, expected]);
    expect(await readAll(slices, output)).toEqual([
      [numbers.slice(8, 58), numbers.slice(8, 58).map((n) => (n === null ? null : [n, n]))],
    ]);
    for await (const { columns } of file.read(output)) {
      expect((columns[10] as DictionaryVector).dictionary.length).toBe(2);
      expect(columns.map(({ kind }) => kind).slice(11, 13)).toEqual(['views', 'list']);
      expect((columns[14] as FixedVector).bounds).toEqual({ min: -(1n << 100n), max: 3n });
      break;
    }
    output.reset();
    await space.close();
    expect([memory.used, space.held]).toEqual([0, 0]);
    expect(space.bytes).toBeGreaterThan(1000);
  });

  it('are files below their base while they are needed', async () => {
    const { memory, input, output } = poisoned();
    const folder = await mkdtemp(join(tmpdir(), 'squall-spill-'));
    try {
      const base = { bucket: '', key: `${folder.slice(1)}/task/` };
      const space = new FileSpillSpace({
        memory,
        store: new FileObjectStore({ fsync: false }),
        base,
        objectBytes: 20_000,
      });
      const [a, b] = [space.create(), space.create()];
      for (let i = 0; i < 40; i++) {
        const batch = batchOf([
          buildVector(
            input,
            INTEGER,
            Array.from({ length: 1000 }, (_, row) => i * 1000 + row),
          ),
        ]);
        await (i % 2 ? a : b).append(batch);
        input.reset();
      }
      const rows = (await readAll(a, output)).flatMap(([column]) => column);
      expect(rows.slice(998, 1002)).toEqual([1998, 1999, 3000, 3001]);
      expect(rows).toHaveLength(20_000);
      expect((await readdir(join(folder, 'task'))).length).toBeGreaterThan(6);
      await a.delete();
      await a.delete();
      await space.close();
      expect(await readdir(join(folder, 'task'))).toEqual([]);
      await expect(readAll(a, output)).rejects.toThrow('rows that were put aside are used after their deletion');
      await expect(a.append(batchOf([]))).rejects.toThrow('rows that were put aside are used after their deletion');
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(memory.used).toBe(0);
  });

  it('need space', async () => {
    const { memory, input } = poisoned();
    const space = new MemorySpillSpace({ memory, maxBytes: 10_000 });
    const batch = batchOf([
      buildVector(
        input,
        INTEGER,
        Array.from({ length: 1000 }, () => 1),
      ),
    ]);
    const file = space.create();
    await file.append(batch);
    await file.append(batch);
    await expect(file.append(batch)).rejects.toMatchObject({
      code: 'SQ4007',
      message: 'the task needs more than its 10000 bytes of space for rows put aside',
      details: { used: 8096, requested: 4048, limit: 10_000 },
    });
    await file.delete();
    await space.create().append(batch);
    await space.close();
    expect(space.held).toBe(0);
  });

  it('name a failed write at the next step, and leave nothing', async () => {
    const { memory, input, output } = poisoned();
    const store = new MemoryObjectStore();
    store.put = async () => {
      throw new Error('no');
    };
    const space = new FileSpillSpace({ memory, store, base: { bucket: 'b', key: '' }, objectBytes: 1 });
    const file = space.create();
    const batch = batchOf([buildVector(input, INTEGER, [1])]);
    await file.append(batch);
    await expect(readAll(file, output)).rejects.toThrow('no');
    await expect(file.append(batch)).rejects.toThrow('no');
    await space.close();
    expect(space.held).toBe(0);
  });

  it('refuse what is short or something else', async () => {
    const { memory, input, output } = poisoned();
    const vectors = () => [
      buildVector(input, VARCHAR, ['a', 'bc', null]),
      dictionaryOf(input, VARCHAR, ['x'], ['x', 'x', 'x']),
      listOf(input, [[1], [2, 3], []]),
    ];
    const good = dumpBatch(new Arena({ memory }), batchOf(vectors()));
    const spoilt = async (spoil: (bytes: Uint8Array) => Uint8Array) => {
      const space = new MemorySpillSpace({ memory, objectBytes: 1 });
      const file = space.create();
      await file.append(batchOf(vectors()));
      const keys: string[] = [];
      for await (const { objects } of space.store.list({ bucket: 'spill', prefix: '' })) {
        keys.push(...objects.map(({ key }) => key));
      }
      expect(keys).toEqual(['rows/0-0']);
      await space.store.put({ bucket: 'spill', key: 'rows/0-0' }, spoil(good.slice()));
      return readAll(file, output).then(
        () => 'read',
        (error: Error) => error.message,
      );
    };
    const word = (bytes: Uint8Array, index: number, value: number) => {
      new DataView(bytes.buffer).setUint32(index * 4, value, true);
      return bytes;
    };
    const why = (text: string) => `rows that were put aside cannot be read back: ${text}`;
    expect(await spoilt((bytes) => bytes)).toBe('read');
    expect(await spoilt((bytes) => bytes.subarray(0, 40))).toBe(why(`40 of ${good.length} bytes are there`));
    expect(await spoilt((bytes) => word(bytes, 0, 1))).toBe(why('it does not start as one'));
    expect(await spoilt((bytes) => word(bytes, 1, 0))).toBe(why('its length is wrong'));
    expect(await spoilt((bytes) => word(bytes, 1, 1 << 20))).toBe(why(`${good.length} of 1048576 bytes are there`));
    expect(await spoilt((bytes) => word(bytes, 2, 4))).toBe(why('a column has 3 rows instead of 4'));
    expect(await spoilt((bytes) => word(bytes, 3, 2))).toBe(why('it has 2 columns instead of 3'));
    expect(await spoilt((bytes) => word(bytes, 4, 3))).toBe(why('the description is cut off'));
    expect(await spoilt((bytes) => word(bytes, 4, 1 << 20))).toBe(why('the description is cut off'));
    expect(await spoilt((bytes) => word(bytes, 5, 1))).toBe(why('a vector of kind 1 came where another was written'));
    expect(await spoilt((bytes) => word(bytes, 5, 9))).toBe(why('there is no vector of kind 9'));
    expect(await spoilt((bytes) => word(bytes, 8, 0))).toBe(why('a string lies outside'));
    expect(await spoilt((bytes) => word(bytes, 9, 1 << 20))).toBe(why('a column is cut off'));
  });
});
