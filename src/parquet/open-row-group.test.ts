import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Field, Value } from '../common/types.ts';
import { Arena } from '../wasm/arena.ts';
import { LinearMemory } from '../wasm/linear-memory.ts';
import { columnReader } from '../wasm/read-vector.ts';
import type { Vector } from '../wasm/vector.ts';
import { chunkBytes } from './chunk-bytes.ts';
import { CountingStore, LOCATION } from './fixtures/counting-store.ts';
import { decodeColumn } from './fixtures/parquet-wasm/decode-column.ts';
import { readFooter } from './footer.ts';
import { openRowGroup } from './open-row-group.ts';
import { planRowGroup } from './plan-row-group.ts';
import { fetchRowGroup } from './read-row-group.ts';
import type { RowGroupInput } from './row-group-input.ts';

const GOLDEN = join(import.meta.dirname, '../../datasets/golden');
const golden = (name: string) => new Uint8Array(readFileSync(join(GOLDEN, name)));
const files = readdirSync(GOLDEN).filter((name) => name.endsWith('.parquet'));

interface OpenedGroup {
  readonly input: RowGroupInput;
  readonly parts: readonly Uint8Array[];
  readonly fields: readonly Field[];
}

async function firstGroup(name: string): Promise<OpenedGroup | null> {
  const store = new CountingStore(golden(name));
  const { footer, etag, size } = await readFooter(store, LOCATION);
  if (footer.rowGroupCount === 0) return null;
  const { uri, schema } = footer;
  const columns = schema.flatMap(({ supported, leaf }, i) => (supported && leaf ? [i] : []));
  const input = planRowGroup({ footer, uri, etag, size, rowGroup: 0, columns });
  const { parts } = await fetchRowGroup(input, { store, location: LOCATION });
  return { input, parts, fields: columns.map((i) => schema[i] as Field) };
}

/** What parquet-wasm reads. */
async function expectedColumns({ input, parts, fields }: OpenedGroup): Promise<Value[][]> {
  const { uri, rowGroup, rows } = input;
  const columns: Value[][] = [];
  for (const [i, wanted] of fields.entries()) {
    const chunk = input.chunks[i];
    if (!chunk || 'nested' in chunk || 'constant' in chunk) throw new Error('a chunk is missing');
    const arena = new Arena();
    const vector = await decodeColumn(
      chunkBytes(input, { parts }, chunk).slice(),
      { uri, rowGroup, chunk, wanted },
      rows,
      arena,
    );
    columns.push(values(arena, vector));
  }
  return columns;
}

function values(arena: Arena, vector: Vector): Value[] {
  const read = columnReader(arena, vector);
  return Array.from({ length: vector.length }, (_, row) => read(row));
}

describe.each(files)('%s', (name) => {
  it.each([1, 7, 1000, 32768])('reads as parquet-wasm reads it, in morsels of %d rows', async (morselRows) => {
    const group = await firstGroup(name);
    if (group === null) return;
    const expected = await expectedColumns(group);
    const memory = new LinearMemory({ poison: true });
    const arena = new Arena({ memory });
    const reader = await openRowGroup(group.input, group, { columns: group.fields, memory });
    const limit = Math.min(group.input.rows, morselRows * 64);
    const actual: Value[][] = expected.map(() => []);
    for (let row = 0; row < limit; ) {
      const morsel = reader.next(morselRows);
      if (morsel === null) throw new Error(`no morsel at row ${row}`);
      expect(morsel.rows).toBeLessThanOrEqual(morselRows);
      for (const [i, column] of actual.entries()) column.push(...values(arena, morsel.column(i)));
      row += morsel.rows;
    }
    if (limit === group.input.rows) expect(reader.next(1)).toBe(null);
    reader.close();
    for (const [i, column] of actual.entries()) {
      expect(column, group.fields[i]?.name).toEqual(expected[i]?.slice(0, column.length));
    }
    expect(memory.used).toBe(0);
  });

  it('leaves rows out', async () => {
    const group = await firstGroup(name);
    if (group === null) return;
    const expected = await expectedColumns(group);
    const memory = new LinearMemory({ poison: true });
    const arena = new Arena({ memory });
    for (const every of [2, 3, 5]) {
      const reader = await openRowGroup(group.input, group, { columns: group.fields, memory });
      let row = 0;
      for (let n = 0; ; n++) {
        const morsel = reader.next(11);
        if (morsel === null) break;
        for (const [i, column] of expected.entries()) {
          if ((n + i) % every !== 0) continue;
          const rows = values(arena, morsel.column(i));
          expect(rows, `${group.fields[i]?.name} at row ${row}`).toEqual(column.slice(row, row + morsel.rows));
        }
        row += morsel.rows;
      }
      expect(row).toBe(group.input.rows);
      reader.close();
    }
  });
});
