import { seededRandom } from '../../../src/common/clock.ts';
import { BIGINT, DATE, type Field, INTEGER, VARCHAR } from '../../../src/common/types.ts';
import { Arena } from '../../../src/wasm/arena.ts';
import type { LinearMemory } from '../../../src/wasm/linear-memory.ts';
import { MORSEL_ROWS } from '../../../src/wasm/morsel.ts';
import { columnReader } from '../../../src/wasm/read-vector.ts';
import type { Batch, Pointer, Vector } from '../../../src/wasm/vector.ts';

/** As of a table of order lines: two keys, a small one, a day, how it is shipped, a comment. */
export const FIELDS: readonly Field[] = [
  { name: 'orderkey', type: BIGINT, nullable: false },
  { name: 'partkey', type: BIGINT, nullable: false },
  { name: 'suppkey', type: INTEGER, nullable: false },
  { name: 'shipdate', type: DATE, nullable: false },
  { name: 'shipmode', type: VARCHAR, nullable: false },
  { name: 'comment', type: VARCHAR, nullable: false },
];

const MODES = ['AIR', 'FOB', 'MAIL', 'RAIL', 'REG AIR', 'SHIP', 'TRUCK'];
const WORDS =
  'furiously quickly ironic final special regular express pending deposits requests accounts packages the of'.split(
    ' ',
  );

export interface Rows {
  readonly batches: readonly Batch[];
  readonly rows: number;
  /** Of the rows as Arrow has them: values, offsets and text. */
  readonly arrowBytes: number;
}

/** Values by column, for other libraries. */
export interface Columns {
  readonly orderkey: readonly bigint[];
  readonly partkey: readonly bigint[];
  readonly suppkey: readonly number[];
  readonly shipdate: readonly number[];
  readonly shipmode: readonly string[];
  readonly comment: readonly string[];
}

/** The same rows at every call, in morsels of linear memory; text as views. Nothing of them is kept in the heap of JavaScript. */
export function makeRows(memory: LinearMemory, rows: number): Rows {
  const random = seededRandom(7);
  const below = (n: number) => Math.floor(random.next() * n);
  const arena = new Arena({ memory });
  const batches: Batch[] = [];
  let text = 0;
  for (let from = 0; from < rows; from += MORSEL_ROWS) {
    const length = Math.min(rows - from, MORSEL_ROWS);
    const fixed = (type: Field['type'], width: 4 | 8, value: (row: number) => number): Vector => {
      const data = arena.allocate(length * width);
      const view = arena.view();
      for (let row = 0; row < length; row++) {
        if (width === 4) view.setInt32(data + row * 4, value(from + row), true);
        else view.setBigInt64(data + row * 8, BigInt(value(from + row)), true);
      }
      return { kind: 'fixed', type, width, length, validity: 0, data };
    };
    const views = (value: () => string): Vector => {
      const values = Array.from({ length }, value);
      const bytes = Buffer.from(values.join(''));
      text += bytes.length;
      const heap = arena.allocate(bytes.length);
      arena.bytes(heap, bytes.length).set(bytes);
      const data: Pointer = arena.allocate(length * 8);
      const view = arena.view();
      let at = heap;
      for (const [row, one] of values.entries()) {
        view.setUint32(data + row * 8, at, true);
        view.setUint32(data + row * 8 + 4, one.length, true);
        at += one.length;
      }
      return { kind: 'views', type: VARCHAR, length, validity: 0, data };
    };
    const columns = [
      fixed(BIGINT, 8, (row) => (row >>> 2) * 4 + below(4)),
      fixed(BIGINT, 8, () => below(200_000)),
      fixed(INTEGER, 4, () => below(10_000)),
      fixed(DATE, 4, () => 8035 + below(2526)),
      views(() => MODES[below(MODES.length)] as string),
      views(() => comment(below)),
    ];
    batches.push({ schema: FIELDS, length, columns });
  }
  return { batches, rows, arrowBytes: rows * (8 + 8 + 4 + 4 + 4 + 4) + text };
}

function comment(below: (n: number) => number): string {
  const length = 10 + below(34);
  let text = WORDS[below(WORDS.length)] as string;
  while (text.length < length) text += ` ${WORDS[below(WORDS.length)]}`;
  return text.slice(0, 43);
}

/** The values of a morsel. */
export function valuesOf(memory: LinearMemory, { columns, length }: Batch): Columns {
  const arena = new Arena({ memory });
  const [orderkey, partkey, suppkey, shipdate, shipmode, text] = columns.map((vector) => {
    const read = columnReader(arena, vector);
    return Array.from({ length }, (_, row) => read(row));
  });
  return { orderkey, partkey, suppkey, shipdate, shipmode, comment: text } as unknown as Columns;
}
