import { expect, it } from 'vitest';
import { BIGINT, BOOLEAN, DATE, decimal, SMALLINT, type SqlType, UUID, VARCHAR, type Value } from '../common/types.ts';
import { Arena } from '../wasm/arena.ts';
import { LinearMemory } from '../wasm/linear-memory.ts';
import { columnReader } from '../wasm/read-vector.ts';
import { ConstantVectors } from './constant-vectors.ts';
import { openRowGroup } from './open-row-group.ts';
import type { RowGroupInput } from './row-group-input.ts';

const input: RowGroupInput = {
  uri: 's3://b/year=2024/x.parquet',
  etag: '"1"',
  fileSize: 100,
  rowGroup: 0,
  rows: 5000,
  chunks: [{ constant: 2024n }, { constant: 'été' }, null],
  ranges: [],
};

it.each<[SqlType, Value]>([
  [BIGINT, -(2n ** 63n)],
  [DATE, 19_000],
  [SMALLINT, -7],
  [BOOLEAN, true],
  [decimal(38, 2), 12_345_678_901_234_567_890_123n],
  [UUID, '01234567-89ab-cdef-0123-456789abcdef'],
  [VARCHAR, 'été'],
  [VARCHAR, ''],
])('a constant of type %j is in every row', (type, value) => {
  const memory = new LinearMemory({ poison: true });
  const [chunk, morsel] = [new Arena({ memory }), new Arena({ memory })];
  const vectors = new ConstantVectors(value, type, chunk);
  for (const rows of [1, 2, 3, 2048]) {
    morsel.reset();
    const vector = vectors.rows(rows, morsel);
    const read = columnReader(morsel, vector);
    expect([vector.length, vector.validity]).toEqual([rows, 0]);
    expect(new Set(Array.from({ length: rows }, (_, row) => read(row)))).toEqual(new Set([value]));
  }
});

it('reads a row group without a byte of the file; texts share one dictionary', async () => {
  const memory = new LinearMemory({ poison: true });
  const arena = new Arena({ memory });
  const columns = [
    { name: 'year', type: BIGINT, nullable: false },
    { name: 's', type: VARCHAR, nullable: false },
    { name: 'none', type: BIGINT, nullable: true },
  ];
  const reader = await openRowGroup(input, { parts: [] }, { columns, memory });
  const dictionaries = new Set<object>();
  let rows = 0;
  for (let morsel = reader.next(2048); morsel; morsel = reader.next(2048)) {
    const vectors = [0, 1, 2].map((i) => morsel.column(i));
    const readers = vectors.map((vector) => columnReader(arena, vector));
    for (let row = 0; row < morsel.rows; row++) {
      expect(readers.map((read) => read(row))).toEqual([2024n, 'été', null]);
    }
    const [, text] = vectors;
    if (text?.kind === 'dictionary') dictionaries.add(text.dictionary);
    rows += morsel.rows;
  }
  expect([rows, dictionaries.size]).toEqual([5000, 1]);
  reader.close();
  arena.reset();
  expect(memory.used).toBe(0);
});
