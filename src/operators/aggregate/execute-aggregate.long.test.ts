import { expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { callsOn, execute, inputOf, interpret, type Row, randomRows, sorted, TYPES } from './fixtures/check.ts';
import { plansOf, ref } from './fixtures/plans.ts';

it.each(Array.from({ length: 400 }, (_, seed) => seed))('aggregates as the interpreter does, seed %i', async (seed) => {
  const source = seededRandom(seed);
  const pick = (count: number) => Math.floor(source.next() * count);
  const types = Array.from({ length: 1 + pick(3) }, () => TYPES[pick(TYPES.length)]!);
  const columns = inputOf(types);
  const rows = randomRows(
    seed,
    types,
    [0, 1, 50, 900, 3000][pick(5)] as number,
    [0, 0.1, 0.9][pick(3)] as number,
    [3, 100, 4000][pick(3)] as number,
  );
  const groups = Array.from({ length: pick(4) }, () => ref(columns[pick(columns.length)]!));
  const sets = Array.from({ length: 1 + pick(3) }, () => groups.flatMap((_, i) => (pick(2) === 0 ? [i] : [])));
  const groupingSets = groups.length > 0 && pick(4) === 0 ? sets : null;
  const inTwo = pick(2) === 0;
  const keep = 1 + pick(4);
  const calls = callsOn(columns, null, inTwo).filter((_, i) => i % keep === 0);
  const { single, partial, final } = plansOf({ inputColumns: columns, groups, calls, groupingSets });
  const share = 1 + pick(3);
  const options = {
    morselRows: [7, 64, 1000, 32_768][pick(4)] as number,
    operatorBytes: [1000, 300_000, 1 << 30][pick(3)] as number,
    dictionary: pick(2) === 0 ? [1] : [],
    ...(share > 1 && { selected: (row: number) => row % share === 0 }),
  };
  const expected = sorted(await interpret(single, rows, options));
  expect(sorted(await execute(single, rows, options))).toEqual(expected);
  if (!inTwo) return;
  const live = rows.filter((_, row) => row % share === 0);
  const cut = pick(live.length + 1);
  const shipped: Row[] = [];
  for (const part of [live.slice(0, cut), live.slice(cut)]) {
    const { selected: _, ...every } = { selected: null, ...options };
    shipped.push(...(await execute(partial, part, every)));
  }
  const { morselRows, operatorBytes } = options;
  expect(sorted(await execute(final, shipped, { morselRows, operatorBytes }))).toEqual(expected);
});
