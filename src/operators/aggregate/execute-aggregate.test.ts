import { describe, expect, it } from 'vitest';
import { BIGINT, BOOLEAN, decimal, INTEGER, VARCHAR, type Value } from '../../common/types.ts';
import { LinearMemory } from '../../wasm/linear-memory.ts';
import type { ExecutionContext } from '../execution.ts';
import type { Column, Expr } from '../expr/expr.ts';
import { morselStream, readMorsels } from '../fixtures/morsels.ts';
import { MemorySpillSpace } from '../spill/spill-space.ts';
import { executeAggregate } from './execute-aggregate.ts';
import {
  callsOn,
  execute,
  inputOf,
  interpret,
  type Row,
  randomRows,
  same,
  sorted,
  TYPES,
  text,
} from './fixtures/check.ts';
import { callOf, columnsOfTypes, plansOf, ref } from './fixtures/plans.ts';

describe('aggregation', () => {
  it.each(TYPES.map((entry, i) => ({ name: JSON.stringify(entry[0]), entry, i })))(
    'of $name, as the interpreter does it',
    async ({ entry, i }) => {
      const columns = inputOf([entry]);
      const [a, b, c] = columns as [Column, Column, Column];
      for (const [nulls, groups] of [
        [0, []],
        [0.3, []],
        [0, [a]],
        [0.3, [a, b]],
        [1, [b]],
      ] as const) {
        const rows = randomRows(i, [entry], 700, nulls, 20);
        const { single } = plansOf({
          inputColumns: columns,
          groups: groups.map(ref),
          calls: callsOn([c], null, false),
        });
        const selected = (row: number) => row % 3 === 0;
        await same(single, rows, { morselRows: 256, dictionary: [1], ...(groups.length === i % 2 && { selected }) });
      }
    },
  );

  it.each([0, 1, 2, 3])('with filters, over no row and over every row, seed %i', async (seed) => {
    const types = [TYPES[3]!, TYPES[7]!, TYPES[0]!];
    const columns = inputOf(types);
    const [a, b, , , flag] = columns as [Column, Column, Column, Column, Column];
    const rows = randomRows(seed, types, 500, 0.2, 10);
    const groups = [[], [ref(a)], [ref(b)], [ref(a), ref(b)]][seed] as Expr[];
    const calls = [...callsOn(columns.slice(2), ref(flag), false), ...callsOn(columns.slice(2), null, false)];
    const { single } = plansOf({ inputColumns: columns, groups, calls });
    await same(single, rows, { morselRows: 100 });
    await same(single, [], {});
    await same(single, rows, { morselRows: 100, selected: (row) => row > 480 });
  });

  it.each([0, 1, 2, 3])('in two phases, seed %i', async (seed) => {
    const types = TYPES.filter((_, i) => i % 4 === seed);
    const columns = inputOf(types);
    const [a, b] = columns as [Column, Column];
    const rows = randomRows(seed, types, 900, 0.2, 30);
    const groups = [[], [ref(a)], [ref(b)], [ref(a), ref(b)]][seed] as Expr[];
    const calls = callsOn(columns.slice(2), null, true);
    const { single, partial, final } = plansOf({ inputColumns: columns, groups, calls });
    const expected = sorted(await interpret(single, rows));
    for (const operatorBytes of [1 << 30, 1000]) {
      const shipped: Row[] = [];
      for (const part of [rows.slice(0, 300), [], rows.slice(300, 310), rows.slice(310)]) {
        shipped.push(...(await execute(partial, part, { morselRows: 64, operatorBytes, noSpill: true })));
      }
      expect(sorted(await execute(final, shipped, { morselRows: 100, operatorBytes }))).toEqual(expected);
      expect(sorted(await interpret(final, shipped))).toEqual(expected);
    }
  });

  it.each([0, 1, 2, 3, 4])('that outgrows its budget, seed %i', async (seed) => {
    const types = [TYPES[(seed * 3) % TYPES.length]!, TYPES[7]!, TYPES[11]!];
    const columns = inputOf(types);
    const [a, b, c] = columns as [Column, Column, Column];
    const rows = randomRows(seed, types, 2500, 0.1, [2500, 2500, 40, 2500, 3][seed] as number);
    const groups = [[ref(a)], [ref(a), ref(b)], [ref(c)], [ref(b), ref(c)], [ref(a)]][seed] as Expr[];
    const calls = [
      ...callsOn(columns.slice(2), null, false),
      callOf('string_agg', [ref(b), ref(b)], { orderBy: [{ expr: ref(c), descending: true, nullsFirst: true }] }),
      callOf('count', [ref(c)], { distinct: true }),
    ];
    const { single } = plansOf({ inputColumns: columns, groups, calls: seed % 2 ? calls : calls.slice(0, 12) });
    const expected = sorted(await interpret(single, rows));
    for (const operatorBytes of [1000, 800_000]) {
      expect(sorted(await execute(single, rows, { morselRows: 512, operatorBytes }))).toEqual(expected);
    }
  });

  it('without spill space ends with an error', async () => {
    const columns = inputOf([]);
    const { single } = plansOf({ inputColumns: columns, groups: [ref(columns[0]!)], calls: [callOf('count', [])] });
    const rows = randomRows(1, [], 3000, 0, 3000);
    await expect(execute(single, rows, { morselRows: 512, operatorBytes: 100_000, noSpill: true })).rejects.toThrow(
      'the task needs more memory than its budget of 100000 bytes',
    );
  });
});

describe('grouping sets', () => {
  const columns = inputOf([TYPES[7]!]);
  const [a, b, c] = columns as [Column, Column, Column];
  const rows = randomRows(5, [TYPES[7]!], 400, 0.2, 6);
  const calls = [callOf('count', []), callOf('sum', [ref(c)]), callOf('max', [ref(c)])];
  it.each<[string, readonly (readonly number[])[]]>([
    ['rollup', [[0, 1], [0], []]],
    ['cube', [[0, 1], [0], [1], []]],
    ['sets named twice', [[0], [0], [1], [], []]],
    ['the empty set alone', [[]]],
    ['no empty set', [[1], [0]]],
  ])('%s', async (_, groupingSets) => {
    const { single, partial, final } = plansOf({
      inputColumns: columns,
      groups: [ref(a), ref(b)],
      calls,
      groupingSets,
    });
    for (const input of [rows, []]) {
      const expected = sorted(await interpret(single, input));
      for (const operatorBytes of [1 << 30, 1000]) {
        expect(sorted(await execute(single, input, { morselRows: 50, operatorBytes }))).toEqual(expected);
        const shipped: Row[] = [];
        for (const part of [input.slice(0, 150), input.slice(150)]) {
          shipped.push(...(await execute(partial, part, { morselRows: 50, operatorBytes })));
        }
        expect(sorted(await execute(final, shipped, { morselRows: 10, operatorBytes }))).toEqual(expected);
        expect(sorted(await interpret(final, shipped))).toEqual(expected);
      }
    }
  });
});

describe('aggregation of many groups', () => {
  it('beyond one chunk of states, sorted, shuffled and spilled', async () => {
    const columns = columnsOfTypes([INTEGER, BIGINT]);
    const [a, b] = columns as [Column, Column];
    const calls = [callOf('count', []), callOf('sum', [ref(b)]), callOf('max', [ref(b)])];
    const { single } = plansOf({ inputColumns: columns, groups: [ref(a)], calls });
    const sortedRows = Array.from({ length: 90_000 }, (_, i): Row => [i >> 1, BigInt(i)]);
    const shuffledRows = Array.from({ length: 90_000 }, (_, i): Row => [((i * 7919) % 90_001) * 1000, BigInt(i)]);
    for (const [rows, operatorBytes] of [
      [sortedRows, 1 << 30],
      [shuffledRows, 1 << 30],
      [shuffledRows, 3_000_000],
    ] as const) {
      const found = await execute(single, rows, { morselRows: 32_768, operatorBytes });
      const expected = new Map<Value, [bigint, bigint, bigint]>();
      for (const [key, value] of rows as unknown as readonly [number, bigint][]) {
        const [count, sum, max] = expected.get(key) ?? [0n, 0n, 0n];
        expected.set(key, [count + 1n, sum + value, value > max ? value : max]);
      }
      expect(found.length).toBe(expected.size);
      expect(found.filter(([key, ...rest]) => text(rest) !== text(expected.get(key as number) ?? null))).toEqual([]);
    }
  });

  it('in phase final too, where the parts overlap', async () => {
    const columns = columnsOfTypes([VARCHAR, decimal(15, 2)]);
    const [a, b] = columns as [Column, Column];
    const calls = [callOf('avg', [ref(b)]), callOf('sum', [ref(b)])];
    const { single, partial, final } = plansOf({ inputColumns: columns, groups: [ref(a)], calls });
    const rows = Array.from({ length: 9000 }, (_, i): Row => [`key ${(i * 31) % 4001}`, BigInt(i * 7)]);
    const parts = await Promise.all([execute(partial, rows.slice(0, 5000)), execute(partial, rows.slice(5000))]);
    const merged = await execute(final, parts.flat(), { morselRows: 1000, operatorBytes: 200_000 });
    expect(sorted(merged)).toEqual(sorted(await interpret(single, rows)));
  });
});

describe('arguments of aggregates', () => {
  const columns = columnsOfTypes([INTEGER, VARCHAR, decimal(38, 4), { kind: 'list', element: INTEGER }]);
  const [a, b, c, d] = columns as [Column, Column, Column, Column];
  const asNumber: Expr = {
    kind: 'cast',
    type: INTEGER,
    try: false,
    input: ref(b),
  };
  const isText: Expr = {
    kind: 'call',
    function: '<>',
    type: BOOLEAN,
    args: [ref(b), { kind: 'literal', type: VARCHAR, value: 'x' }],
  };

  it('that raise, raise as the interpreter does', async () => {
    const { single } = plansOf({ inputColumns: columns, groups: [], calls: [callOf('sum', [asNumber])] });
    const rows: Row[] = [
      [1, '5', 1n, null],
      [2, 'x', 2n, null],
    ];
    await expect(interpret(single, rows)).rejects.toThrow("cannot cast 'x' to integer");
    await expect(execute(single, rows)).rejects.toThrow("cannot cast 'x' to integer");
  });

  it('are not computed where the filter does not pass', async () => {
    const calls = [callOf('sum', [asNumber], { filter: isText }), callOf('count', [asNumber], { filter: isText })];
    const { single } = plansOf({ inputColumns: columns, groups: [ref(a)], calls });
    const rows: Row[] = [
      [1, '5', 1n, null],
      [1, 'x', 2n, null],
      [2, null, 2n, null],
      [3, '7', 2n, [1]],
    ];
    expect(sorted(await execute(single, rows))).toEqual(
      sorted([
        [1, 5n, 1n],
        [2, null, 0n],
        [3, 7n, 1n],
      ]),
    );
  });

  it('have no generated form, and their filter neither', async () => {
    const call = (name: string, type: Expr['type'], ...args: Expr[]): Expr => ({
      kind: 'call',
      function: name,
      type,
      args,
    });
    const bText = call('reverse', VARCHAR, ref(b));
    const matches = call('regexp_matches', BOOLEAN, ref(b), { kind: 'literal', type: VARCHAR, value: '^[0-9]+$' });
    const calls = [
      callOf('min', [bText], { filter: matches }),
      callOf('sum', [{ ...asNumber, input: bText }], { filter: matches }),
    ];
    const rows: Row[] = [
      [1, '51', 1n, null],
      [1, 'x', 2n, null],
      [2, null, 2n, null],
      [1, '27', 2n, null],
    ];
    for (const groups of [[], [ref(a)]]) {
      await same(plansOf({ inputColumns: columns, groups, calls }).single, rows);
    }
  });

  it('may be lists, and keys as well', async () => {
    const calls = [callOf('count', [ref(d)]), callOf('array_agg', [ref(a)]), callOf('first', [ref(d)])];
    const rows = Array.from({ length: 50 }, (_, i): Row => [i % 7, 'y', 1n, i % 3 === 0 ? null : [i % 3, 1]]);
    for (const groups of [[], [ref(a)], [ref(d)], [ref(d), ref(a)]]) {
      await same(plansOf({ inputColumns: columns, groups, calls }).single, rows, { morselRows: 20 });
    }
  });

  it('whose sum does not fit are an error, however they were cut', async () => {
    const max = 10n ** 38n - 1n;
    const { single, partial, final } = plansOf({ inputColumns: columns, groups: [], calls: [callOf('sum', [ref(c)])] });
    const row = (value: bigint): Row => [1, 'y', value, null];
    const message = 'sum 10000000000000000000000000000000000.0000 is out of range for decimal(38,4)';
    await expect(execute(single, [row(max), row(1n)])).rejects.toThrow(message);
    expect(await execute(single, [row(max), row(max), row(-max), row(5n), row(-max)])).toEqual([[5n]]);
    const parts = [
      await execute(partial, [row(max), row(max)]),
      await execute(partial, [row(-max), row(5n), row(-max)]),
    ];
    expect(await execute(final, parts.flat())).toEqual([[5n]]);
    const tooLarge = await execute(partial, [row(max), row(1n)]);
    await expect(execute(final, tooLarge)).rejects.toThrow(message);
  });

  it('of functions that are not combinable have no parts', async () => {
    for (const call of [callOf('median', [ref(a)]), callOf('count', [ref(a)], { distinct: true })]) {
      const { partial } = plansOf({ inputColumns: columns, groups: [], calls: [call] });
      const message = `${call.function}(${call.distinct ? 'DISTINCT …' : ''}) cannot be computed in parts`;
      await expect(execute(partial, [])).rejects.toThrow(message);
      await expect(interpret(partial, [])).rejects.toThrow(message);
    }
  });
});

describe('a running aggregation', () => {
  it('gives its memory and files back when its reader stops', async () => {
    const memory = new LinearMemory({ poison: true });
    const spill = new MemorySpillSpace({ memory });
    const columns = columnsOfTypes([INTEGER]);
    const { single } = plansOf({ inputColumns: columns, groups: [ref(columns[0]!)], calls: [callOf('count', [])] });
    const rows = Array.from({ length: 5000 }, (_, i): Row => [i * 1000]);
    const context = { memory, operatorBytes: 1000, spill } as unknown as ExecutionContext;
    const input = morselStream(memory, [INTEGER], rows, { morselRows: 600 });
    let morsels = 0;
    for await (const morsel of executeAggregate(single, input, context)) {
      expect(morsel.rows).toBeGreaterThan(0);
      if (++morsels === 2) break;
    }
    expect(morsels).toBe(2);
    expect(spill.held).toBe(0);
    expect(memory.used).toBe(0);
    await spill.close();
  });

  it('ends when it is cancelled', async () => {
    const memory = new LinearMemory({ poison: true });
    const columns = columnsOfTypes([INTEGER]);
    const { single } = plansOf({ inputColumns: columns, groups: [], calls: [callOf('count', [])] });
    const signal = AbortSignal.abort();
    const context = { memory, operatorBytes: 1000, spill: null, signal } as unknown as ExecutionContext;
    const run = readMorsels(memory, executeAggregate(single, morselStream(memory, [INTEGER], [[1]]), context), 1);
    await expect(run).rejects.toThrow('the query was cancelled');
    expect(memory.used).toBe(0);
  });
});
