import { seededRandom } from '../../../src/common/clock.ts';
import { BIGINT, DATE, type Field, INTEGER, VARCHAR } from '../../../src/common/types.ts';
import { Arena } from '../../../src/wasm/arena.ts';
import type { LinearMemory } from '../../../src/wasm/linear-memory.ts';
import { MORSEL_ROWS } from '../../../src/wasm/morsel.ts';
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
  /** The values by column, for other libraries. */
  readonly columns: Columns;
}

export interface Columns {
  readonly orderkey: BigInt64Array;
  readonly partkey: BigInt64Array;
  readonly suppkey: Int32Array;
  readonly shipdate: Int32Array;
  readonly shipmode: readonly string[];
  readonly comment: readonly string[];
}

/** The same rows at every call, in morsels of linear memory; text as views. */
export function makeRows(memory: LinearMemory, rows: number): Rows {
  const random = seededRandom(7);
  const below = (n: number) => Math.floor(random.next() * n);
  const columns = {
    orderkey: BigInt64Array.from({ length: rows }, (_, i) => BigInt((i >>> 2) * 4 + below(4))),
    partkey: BigInt64Array.from({ length: rows }, () => BigInt(below(200_000))),
    suppkey: Int32Array.from({ length: rows }, () => below(10_000)),
    shipdate: Int32Array.from({ length: rows }, () => 8035 + below(2526)),
    shipmode: Array.from({ length: rows }, () => MODES[below(MODES.length)] as string),
    comment: Array.from({ length: rows }, () => {
      let text = WORDS[below(WORDS.length)] as string;
      for (const length = 10 + below(34); text.length < length; ) text += ` ${WORDS[below(WORDS.length)]}`;
      return text.slice(0, 43);
    }),
  };
  const arena = new Arena({ memory });
  const batches: Batch[] = [];
  let text = 0;
  for (let from = 0; from < rows; from += MORSEL_ROWS) {
    const to = Math.min(rows, from + MORSEL_ROWS);
    const fixed = (type: Field['type'], width: 4 | 8, values: BigInt64Array | Int32Array): Vector => {
      const part = values.subarray(from, to);
      const data = arena.allocate(part.byteLength);
      arena.bytes(data, part.byteLength).set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      return { kind: 'fixed', type, width, length: to - from, validity: 0, data };
    };
    const views = (values: readonly string[]): Vector => {
      const bytes = Buffer.from(values.slice(from, to).join(''));
      text += bytes.length;
      const heap = arena.allocate(bytes.length);
      arena.bytes(heap, bytes.length).set(bytes);
      const data: Pointer = arena.allocate((to - from) * 8);
      const view = arena.view();
      let at = heap;
      for (let row = from; row < to; row++) {
        const { length } = values[row] as string;
        view.setUint32(data + (row - from) * 8, at, true);
        view.setUint32(data + (row - from) * 8 + 4, length, true);
        at += length;
      }
      return { kind: 'views', type: VARCHAR, length: to - from, validity: 0, data };
    };
    const vectors = [
      fixed(BIGINT, 8, columns.orderkey),
      fixed(BIGINT, 8, columns.partkey),
      fixed(INTEGER, 4, columns.suppkey),
      fixed(DATE, 4, columns.shipdate),
      views(columns.shipmode),
      views(columns.comment),
    ];
    batches.push({ schema: FIELDS, length: to - from, columns: vectors });
  }
  return { batches, rows, arrowBytes: rows * (8 + 8 + 4 + 4 + 4 + 4) + text, columns };
}
