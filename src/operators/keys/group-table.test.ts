import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
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
  UBIGINT,
  USMALLINT,
  UUID,
  VARCHAR,
  type Value,
} from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { LinearMemory } from '../../wasm/linear-memory.ts';
import { columnReader } from '../../wasm/read-vector.ts';
import type { Vector } from '../../wasm/vector.ts';
import { type MorselStreamOptions, morselStream } from '../fixtures/morsels.ts';
import { rowKey, type ValueKey } from '../value-key.ts';
import { GroupTable, NO_GROUP } from './group-table.ts';

type Row = readonly Value[];
type Random = () => number;

/** Finds every row's group and holds it against a Map. */
async function check(
  types: readonly SqlType[],
  rows: readonly Row[],
  options: MorselStreamOptions = {},
): Promise<void> {
  const memory = new LinearMemory({ poison: true });
  const arena = new Arena({ memory });
  const table = new GroupTable(types, { memory });
  const keyOf = rowKey(types);
  const known = new Map<ValueKey, number>();
  const firstRows: Row[] = [];
  const selected = options.selected ?? (() => true);
  let at = 0;
  for await (const morsel of morselStream(memory, types, rows, options)) {
    const vectors = types.map((_, i) => morsel.column(i));
    const live: Row[] = [];
    for (const end = at + morsel.rows; at < end; at++) if (selected(at)) live.push(rows[at] as Row);
    const out = arena.allocate(live.length * 4 + 4);
    const groups = () => Array.from({ length: live.length }, (_, i) => memory.view().getUint32(out + i * 4, true));
    table.find(vectors, morsel.rows, morsel.selection, out, 'lookup');
    expect(groups()).toEqual(live.map((row) => known.get(keyOf(row)) ?? NO_GROUP));
    const before = table.groups;
    table.find(vectors, morsel.rows, morsel.selection, out, 'insert');
    const found = groups();
    for (const [i, row] of live.entries()) {
      const key = keyOf(row);
      const group = found[i] as number;
      const expected = known.get(key);
      const isNew = group >= before && group < table.groups && firstRows[group] === undefined;
      if (expected === undefined ? !isNew : group !== expected) throw new Error(`row ${i} is in group ${group}`);
      known.set(key, group);
      firstRows[group] ??= row;
    }
    expect(table.groups).toBe(known.size);
    table.find(vectors, morsel.rows, morsel.selection, out, 'lookup');
    expect(groups()).toEqual(found);
    arena.reset();
  }
  for (let from = 0; from < table.groups; from += 1000) {
    const count = Math.min(1000, table.groups - from);
    const readers = table.keys(from, count, arena).map((vector: Vector) => columnReader(arena, vector));
    const keys = Array.from({ length: count }, (_, i) => known.get(keyOf(readers.map((read) => read(i)))));
    expect(keys).toEqual(keys.map((_, i) => from + i));
  }
  arena.reset();
  table.free();
  expect(memory.used).toBe(0);
}

const whole = (random: Random, range: number) => Math.floor(random() * range);

const VALUES: readonly [SqlType, (random: Random, range: number) => Value][] = [
  [BOOLEAN, (random) => random() < 0.5],
  [TINYINT, (random) => whole(random, 256) - 128],
  [USMALLINT, (random, range) => whole(random, Math.min(range, 65_536))],
  [INTEGER, (random, range) => whole(random, range) - 5],
  [INTEGER, (random, range) => Math.imul(whole(random, range), 2_654_435_761)],
  [DATE, (random, range) => whole(random, range)],
  [BIGINT, (random, range) => BigInt(whole(random, range))],
  [BIGINT, (random, range) => BigInt.asIntN(64, BigInt(whole(random, range)) * 0x9e3779b97f4a7c15n)],
  [UBIGINT, (random, range) => (1n << 63n) - 10n + BigInt(whole(random, range))],
  [decimal(12, 2), (random, range) => BigInt(whole(random, range)) * 100n],
  [decimal(30, 2), (random, range) => BigInt(whole(random, range)) << 60n],
  [REAL, (random, range) => [Number.NaN, 0, -0, 1.5][whole(random, 4)] ?? whole(random, range)],
  [DOUBLE, (random, range) => [Number.NaN, 0, -0][whole(random, 6)] ?? whole(random, range) / 3],
  [VARCHAR, (random, range) => 'x'.repeat(whole(random, 20)) + String(whole(random, range))],
  [BLOB, (random, range) => new Uint8Array(whole(random, 12)).fill(whole(random, range))],
  [UUID, (random, range) => `00000000-0000-0000-0000-${whole(random, range).toString().padStart(12, '0')}`],
  [
    INTERVAL,
    (random, range) => ({
      months: whole(random, 2),
      days: whole(random, 60),
      micros: BigInt(whole(random, range)) * 86_400_000_000n,
    }),
  ],
  [NULL, () => null],
];

function randomRows(seed: number, count: number, columns: readonly (typeof VALUES)[number][], range: number): Row[] {
  const source = seededRandom(seed);
  const random = () => source.next();
  return Array.from({ length: count }, () =>
    columns.map(([, value]) => (random() < 0.1 ? null : value(random, range))),
  );
}

describe('a table of groups', () => {
  it.each(VALUES.map((column, i) => ({ type: column[0], column, i })))(
    'over one column of $type',
    async ({ column, i }) => {
      await check([column[0]], randomRows(i, 6000, [column], 3000), { morselRows: 1700 });
      await check([column[0]], randomRows(i, 500, [column], 8), { morselRows: 100, selected: (row) => row % 3 !== 1 });
    },
  );

  it.each(Array.from({ length: 24 }, (_, seed) => seed))('over several columns, seed %i', async (seed) => {
    const source = seededRandom(1000 + seed);
    const random = () => source.next();
    const columns = Array.from({ length: 2 + whole(random, 4) }, () => VALUES[whole(random, VALUES.length)]!);
    const types = columns.map(([type]) => type);
    const rows = randomRows(seed, 3000, columns, [3, 30, 3000][seed % 3] as number);
    const text = types.flatMap((type, i) => (type.kind === 'varchar' && seed % 2 === 0 ? [i] : []));
    await check(types, rows, {
      morselRows: 700,
      dictionary: text,
      ...(seed % 4 < 2 && { selected: (row: number) => row % 5 < 2 }),
    });
  });

  it('over text that arrives as a dictionary', async () => {
    const texts = VALUES.find(([type]) => type === VARCHAR)!;
    const rows = randomRows(7, 4000, [texts], 100);
    await check([VARCHAR], rows, { morselRows: 900, dictionary: [0], selected: (row) => row % 7 !== 0 });
  });

  it('of more than 40 columns', async () => {
    const columns = Array.from({ length: 41 }, (_, i) => VALUES[(i * 5) % VALUES.length]!);
    const rows = randomRows(3, 300, columns, 2);
    await check(
      columns.map(([type]) => type),
      [...rows, ...rows],
    );
  });

  it('over whole numbers that ascend, then jump far away, then lie close together', async () => {
    const ascending = Array.from({ length: 20_000 }, (_, i) => [BigInt(i >> 2)]);
    const down = Array.from({ length: 5000 }, (_, i) => [BigInt(-i)]);
    const ends = [[(1n << 63n) - 1n], [-(1n << 63n)], [null]];
    await check([BIGINT], [...ascending, ...down, ...ends, ...ascending, ...down], { morselRows: 1000 });
    const shuffled = Array.from({ length: 30_000 }, (_, i) => [BigInt((i * 7919) % 100_003)]);
    await check([BIGINT], [...shuffled, [null], ...shuffled], { morselRows: 2500 });
  });

  it('over products of small ranges that grow out of an array', async () => {
    const rows = Array.from({ length: 6000 }, (_, i) => [
      `text ${i % (1 + (i >> 3))}`,
      i % 50,
      i > 5000 ? i * 1000 : i % 7,
    ]);
    await check([VARCHAR, INTEGER, INTEGER], rows, { morselRows: 500 });
    await check([VARCHAR, INTEGER, INTEGER], rows, { morselRows: 500, dictionary: [0] });
  });

  it('whose texts are told apart by a number, until they are not', async () => {
    const text = (i: number) => (i % 11 === 5 ? null : `text of ${i}`);
    const telling = Array.from({ length: 4000 }, (_, i) => [text(i), i * 100_003, text(i * 3), BigInt(i % 5)]);
    const others = Array.from({ length: 4000 }, (_, i) => [text(i % 1300), 7, text(i % 900), 1n]);
    const types = [VARCHAR, INTEGER, VARCHAR, BIGINT];
    await check(types, [...telling, ...telling], { morselRows: 3000 });
    await check(types, [...telling, ...others, ...telling], { morselRows: 2500, dictionary: [2] });
    await check(types, [...others, ...telling], { morselRows: 6000, selected: (row) => row % 4 !== 2 });
  });

  it('over no column is one group', async () => {
    await check(
      [],
      Array.from({ length: 10 }, () => []),
    );
  });

  it('of nested values is refused', () => {
    const memory = new LinearMemory();
    expect(() => new GroupTable([{ kind: 'list', element: INTEGER }], { memory })).toThrow(
      'values of type integer[] cannot be processed',
    );
  });
});
