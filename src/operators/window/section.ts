import type { SqlType, Value } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { gatherKernel } from '../../wasm/gather.ts';
import { MORSEL_ROWS } from '../../wasm/morsel.ts';
import { columnReader } from '../../wasm/read-vector.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { RowBuffer } from '../rows/row-buffer.ts';
import { rowNumbers } from '../rows/row-numbers.ts';
import { keyWords } from '../sort/key-words.ts';
import { sortKernel } from '../sort/sort-kernel.ts';
import { type KeyColumn, sortRows } from '../sort/sort-rows.ts';
import type { PartitionColumn, WindowPartition } from './frames.ts';
import { markChanges, type OrderedRows } from './mark-changes.ts';
import { type WindowKernel, windowKernel } from './window-kernel.ts';

const PARTITION_BIT = 1;
const PEER_BIT = 2;

/** Where stretches of rows begin and end: `rows` u32 each, for every row those of its own. */
export interface Spans {
  readonly starts: Pointer;
  readonly ends: Pointer;
}

/** Whole partitions in their order, and what is computed of them. Positions of columns are those of the buffer. */
export class Section implements OrderedRows {
  readonly buffer: RowBuffer;
  readonly order: Pointer | null;
  readonly rows: number;
  /** What lasts as long as the section. */
  readonly arena: Arena;
  readonly kernel: WindowKernel;
  readonly partitions: Spans;
  readonly peers: Spans;
  readonly #known = new Map<string, unknown>();

  /** The keys are those of the partition, `partitionWidth` of them, then those of the order. */
  constructor({ buffer, order, rows }: OrderedRows, keys: readonly KeyColumn[], partitionWidth: number, arena: Arena) {
    this.buffer = buffer;
    this.order = order;
    this.rows = rows;
    this.arena = arena;
    this.kernel = windowKernel(arena.memory);
    const marks = arena.allocate(rows);
    arena.bytes(marks, rows).fill(0);
    markChanges(this, keys.slice(0, partitionWidth), PARTITION_BIT, marks, arena.linear);
    markChanges(this, keys.slice(partitionWidth), PEER_BIT, marks, arena.linear);
    this.partitions = this.#spans(marks, PARTITION_BIT);
    this.peers = this.#spans(marks, PARTITION_BIT | PEER_BIT);
  }

  /** Something made once; the key says of what. */
  once<T>(key: string, make: () => T): T {
    if (!this.#known.has(key)) this.#known.set(key, make());
    return this.#known.get(key) as T;
  }

  /** A whole column in the section's order. */
  column(position: number): Vector {
    return this.once(`column ${position}`, () => this.buffer.gather(position, this.#numbers(), this.rows, this.arena));
  }

  /** A column's values in JavaScript, all of them read at once. */
  values(position: number): readonly Value[] {
    return this.once(`values ${position}`, () => {
      const values: Value[] = [];
      const arena = new Arena({ memory: this.arena.linear });
      for (let from = 0; from < this.rows; from += MORSEL_ROWS) {
        const count = Math.min(MORSEL_ROWS, this.rows - from);
        const read = columnReader(arena, this.gather(position, this.#numbers() + from * 4, count, arena));
        for (let row = 0; row < count; row++) values.push(read(row));
        arena.reset();
      }
      return values;
    });
  }

  /** Rows by their numbers in the buffer. */
  gather(position: number, numbers: Pointer, count: number, arena: Arena): Vector {
    return this.buffer.gather(position, numbers, count, arena);
  }

  /** u64 words that compare as a column's values do. */
  words(position: number, type: SqlType): Pointer {
    return this.once(`words ${position}`, () => {
      const { arena, rows } = this;
      const words = arena.allocate(rows * 8);
      const kernel = sortKernel(arena.memory);
      const encoding = keyWords(type);
      const vector = encoding?.count === 1 ? this.column(position) : null;
      if (encoding && vector?.kind === 'fixed') encoding.write(kernel, 0, vector.data, rows, words);
      else kernel.wordsU32(this.#ranks(position, type), rows, words);
      return words;
    });
  }

  /** The partitions, as the host's functions read them, each with its first row. */
  *hostPartitions(): Generator<{ readonly first: number; readonly partition: WindowPartition }> {
    const read = (pointer: Pointer) => new Uint32Array(this.arena.memory.buffer, pointer, this.rows).slice();
    const ends = read(this.partitions.ends);
    const peerStarts = read(this.peers.starts);
    const peerEnds = read(this.peers.ends);
    for (let first = 0; first < this.rows; ) {
      const from = first;
      const end = ends[first] as number;
      const partition = {
        length: end - from,
        peerStart: (row: number) => (peerStarts[from + row] as number) - from,
        peerEnd: (row: number) => (peerEnds[from + row] as number) - from,
      };
      yield { first, partition };
      first = end;
    }
  }

  /** A column of the partition that starts at `first`. */
  partitionColumn(position: number, first: number): PartitionColumn {
    const values = this.values(position);
    return (row) => values[first + row] as Value;
  }

  /** The numbers of the rows in the buffer. */
  #numbers(): Pointer {
    if (this.order) return this.order;
    return this.once('numbers', () => rowNumbers(gatherKernel(this.arena.memory), this.arena, 0, this.rows));
  }

  /** Numbers in the order of a column's values, the same for equal ones. */
  #ranks(position: number, type: SqlType): Pointer {
    const { buffer, arena, rows } = this;
    const ranks = arena.allocate(rows * 4);
    const scratch = new Arena({ memory: arena.linear });
    try {
      const key = { column: position, type, descending: false, nullsFirst: false };
      const order = sortRows(buffer, [key], scratch);
      const marks = scratch.allocate(buffer.rows);
      scratch.bytes(marks, buffer.rows).fill(0);
      markChanges({ buffer, order, rows: buffer.rows }, [key], 1, marks, arena.linear);
      const byNumber = scratch.allocate(buffer.rows * 4);
      this.kernel.denseNumbers(marks, order ?? 0, buffer.rows, byNumber);
      gatherKernel(arena.memory).gatherRows(2, byNumber, buffer.rows, this.#numbers(), rows, ranks);
      return ranks;
    } finally {
      scratch.reset();
    }
  }

  #spans(marks: Pointer, bits: number): Spans {
    const starts = this.arena.allocate(this.rows * 4);
    const ends = this.arena.allocate(this.rows * 4);
    this.kernel.spans(marks, this.rows, bits, starts, ends);
    return { starts, ends };
  }
}
