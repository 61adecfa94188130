import { InternalError } from '../../common/errors.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { FixedVector, Pointer, Vector } from '../../wasm/vector.ts';
import { type GroupKernel, groupKernel } from './group-kernel.ts';
import type { FindMode, GroupTable } from './group-table.ts';
import { GrowingRun } from './growing-run.ts';
import type { KeyField, WholeForm } from './key-layout.ts';

/** Indexes up to this many entries are worth it whatever they hold. */
const SMALL_INDEX = 65_536;
/** A hash index takes 32 bytes a group and more, so this many entries of 4 bytes a group are no more. */
const ENTRIES_PER_GROUP = 8;
const MAX_INDEX = 1 << 28;
const INT64_MIN = -(1n << 63n);
const INT64_LIMIT = 1n << 63n;

/** Entries that a direct index of so many groups may have. */
export const directLimit = (groups: number) => Math.min(MAX_INDEX, Math.max(SMALL_INDEX, ENTRIES_PER_GROUP * groups));

/**
 * One column of a direct index: place 0 is NULL, place 1 + i the value base + i. Texts are numbered by a table of their own,
 * whose numbers are the values.
 */
interface DirectColumn {
  readonly form: WholeForm;
  readonly texts: GroupTable | null;
  /** The numbers of the rows' texts. */
  readonly numbers: GrowingRun | null;
  base: bigint;
  extent: number;
}

/**
 * Groups by an array with an entry for every possible key: whole numbers of a small range, and products of such ranges and of few
 * texts. A key's position is the sum of its columns' places, each times the product of the extents before it.
 */
export class DirectIndex {
  readonly #memory: LinearMemory;
  readonly #kernel: GroupKernel;
  readonly #columns: readonly DirectColumn[];
  readonly #index: GrowingRun;
  /** The position of every group. */
  readonly #positions: GrowingRun;
  readonly #scratch: GrowingRun;

  /** `textTable` makes the tables that number texts. */
  constructor(fields: readonly KeyField[], memory: LinearMemory, textTable: (field: KeyField) => GroupTable) {
    this.#memory = memory;
    this.#kernel = groupKernel(memory);
    this.#columns = fields.map((field): DirectColumn => {
      if (field.whole) return { form: field.whole, texts: null, numbers: null, base: 0n, extent: 1 };
      return { form: 'U32', texts: textTable(field), numbers: new GrowingRun(memory), base: 0n, extent: 1 };
    });
    this.#index = new GrowingRun(memory);
    this.#positions = new GrowingRun(memory);
    this.#scratch = new GrowingRun(memory);
    this.#index.clear(this.#entries * 4);
  }

  static canIndex(fields: readonly KeyField[]): boolean {
    return (
      fields.length > 0 && fields.every(({ whole, form }) => whole !== null || (form === 'text' && fields.length > 1))
    );
  }

  get bytes(): number {
    const texts = this.#columns.reduce(
      (sum, { texts, numbers }) => sum + (texts?.bytes ?? 0) + (numbers?.bytes ?? 0),
      0,
    );
    return this.#index.bytes + this.#positions.bytes + texts;
  }

  /** Writes the positions of the rows to `out`; false when a row has none. */
  place(vectors: readonly Vector[], rows: Pointer, count: number, out: Pointer, mode: FindMode): boolean {
    if (mode === 'insert' && this.#placeAll(vectors, rows, count, out, null)) return true;
    return this.#placeAll(vectors, rows, count, out, mode);
  }

  /** With `mode` null texts are not looked up: a dictionary's entries have a place already, or the row has none. */
  #placeAll(vectors: readonly Vector[], rows: Pointer, count: number, out: Pointer, mode: FindMode | null): boolean {
    let stride = 1;
    let all = true;
    for (const [i, column] of this.#columns.entries()) {
      const vector = vectors[i] as Vector;
      const { texts, base, extent } = column;
      const first = i === 0;
      if (mode === null && texts) {
        if (vector.kind !== 'dictionary') return false;
        const { data, validity, dictionary } = vector;
        const places = texts.placesOf(dictionary);
        const add = this.#kernel.addCodes;
        if (!add(data, validity, rows, count, places, texts.nullPlace, extent, stride, first, out)) return false;
      } else {
        const { data, validity, numbers } = this.#source(column, vector, rows, count, mode ?? 'insert');
        const add = this.#kernel[`add${column.form}`];
        const fits = add(data, validity, numbers, count, base, extent, stride, first, out) !== 0;
        all &&= fits;
      }
      stride *= extent;
    }
    return all;
  }

  /**
   * Extends the index so that all rows have a position, if it then has at most `limit` entries. The rows have been through
   * `place` already.
   */
  widen(vectors: readonly Vector[], rows: Pointer, count: number, groups: number, limit: number): boolean {
    const ranges = this.#columns.map((column, i) => this.#range(column, vectors[i] as Vector, rows, count));
    return this.#extend(ranges, groups, limit);
  }

  /**
   * `place` and `find` at once, where there is one column of whole numbers or there are two of dictionary codes, without NULLs:
   * returns how many rows became groups. Where a row has no position it is the bits inverted of how many had become groups by
   * then, -1 where there is another sort of columns: then `place` and `find` have to go over all rows.
   */
  findAtOnce(
    vectors: readonly Vector[],
    rows: Pointer,
    count: number,
    groups: number,
    fresh: Pointer,
    out: Pointer,
  ): number {
    const [a, b] = vectors;
    const [first, second] = this.#columns;
    if (!first || !a || a.validity !== 0 || vectors.length > 2) return -1;
    const positions = this.#positions.ensure(Math.min(groups + count, this.#entries) * 4, groups * 4);
    const index = this.#index.pointer;
    if (!second && a.kind === 'fixed') {
      const find = this.#kernel[`find${first.form}`];
      return find(a.data, rows, count, first.base, first.extent, index, positions, groups, fresh, out);
    }
    if (!first.texts || !second?.texts || a.kind !== 'dictionary' || b?.kind !== 'dictionary' || b.validity !== 0)
      return -1;
    const [placesA, placesB] = [first.texts.placesOf(a.dictionary), second.texts.placesOf(b.dictionary)];
    return this.#kernel.findCodes(
      a.data,
      placesA,
      first.extent,
      b.data,
      placesB,
      second.extent,
      rows,
      count,
      index,
      positions,
      groups,
      fresh,
      out,
    );
  }

  /** The groups at the positions in `out`; see the kernel. Room for `count` new groups is made. */
  find(count: number, groups: number, insert: boolean, fresh: Pointer, out: Pointer): number {
    const known = Math.min(groups + (insert ? count : 0), this.#entries);
    this.#positions.ensure(known * 4, groups * 4);
    return this.#kernel.findPositions(this.#index.pointer, this.#positions.pointer, count, groups, insert, fresh, out);
  }

  free(): void {
    for (const { texts, numbers } of this.#columns) {
      texts?.free();
      numbers?.free();
    }
    this.#index.free();
    this.#positions.free();
    this.#scratch.free();
  }

  get #entries(): number {
    return this.#columns.reduce((product, { extent }) => product * extent, 1);
  }

  /** Where a column's whole numbers are: its own, or those of its texts. */
  #source(column: DirectColumn, vector: Vector, rows: Pointer, count: number, mode: FindMode) {
    if (!column.texts || !column.numbers) {
      const { data, validity } = vector as FixedVector;
      return { data, validity, numbers: rows };
    }
    const data = column.numbers.ensure(count * 4, 0);
    column.texts.find([vector], count, rows === 0 ? null : { rows, count }, data, mode);
    return { data, validity: 0, numbers: 0 };
  }

  #range(column: DirectColumn, vector: Vector, rows: Pointer, count: number): { min: bigint; max: bigint } {
    if (column.texts) return { min: 0n, max: BigInt(column.texts.groups) - 1n };
    const { data, validity, bounds } = vector as FixedVector;
    if (bounds && rows === 0 && bounds.max < INT64_LIMIT) return bounds;
    const out = this.#scratch.ensure(16, 0);
    this.#kernel[`measure${column.form}`](data, validity, rows, count, out);
    const view = this.#memory.view();
    return { min: view.getBigInt64(out, true), max: view.getBigInt64(out + 8, true) };
  }

  #extend(ranges: readonly { min: bigint; max: bigint }[], groups: number, limit: number): boolean {
    const wanted = this.#columns.map(({ base, extent }, i) => {
      const { min, max } = ranges[i] as { min: bigint; max: bigint };
      if (min > max) return { base, extent };
      const low = extent > 1 && base < min ? base : min;
      const high = extent > 1 && base + BigInt(extent) - 2n > max ? base + BigInt(extent) - 2n : max;
      return { base: low, extent: Number(high - low) + 2 };
    });
    const entries = wanted.reduce((product, { extent }) => product * extent, 1);
    if (!(entries <= limit)) return false;
    this.#rebuild(
      wanted.map((want, i) =>
        this.#withRoom(this.#columns[i] as DirectColumn, want, limit / entries / 2 ** (wanted.length - 1)),
      ),
      groups,
    );
    return true;
  }

  /** What has grown once will grow again. */
  #withRoom(old: DirectColumn, { base, extent }: { base: bigint; extent: number }, factor: number) {
    if (extent === old.extent || factor < 2) return { base, extent };
    const room = Math.min(extent, Math.max(old.texts ? 6 : 0, old.extent > 1 ? extent : 0));
    if (old.extent === 1 || base === old.base) return { base, extent: extent + room };
    const low = base - BigInt(room);
    return low < INT64_MIN ? { base, extent } : { base: low, extent: extent + room };
  }

  #rebuild(wanted: readonly { base: bigint; extent: number }[], groups: number): void {
    const entries = wanted.reduce((product, { extent }) => product * extent, 1);
    if (this.#lengthen(wanted, entries)) return;
    const layout = this.#scratch.ensure(this.#columns.length * 16, 0);
    let oldStride = 1;
    let stride = 1;
    for (const [i, column] of this.#columns.entries()) {
      const { base, extent } = wanted[i] as { base: bigint; extent: number };
      const moved = column.extent > 1 ? Number(column.base - base) : 0;
      new Uint32Array(this.#memory.memory.buffer, layout + i * 16, 4).set([oldStride, column.extent, stride, moved]);
      oldStride *= column.extent;
      stride *= extent;
      column.base = base;
      column.extent = extent;
    }
    if (!Number.isSafeInteger(entries)) throw new InternalError(`an index cannot have ${entries} entries`);
    const index = this.#index.clear(entries * 4);
    this.#kernel.moveDirect(index, this.#positions.pointer, groups, layout, this.#columns.length);
  }
  /** One column whose base stays: every position stays too. */
  #lengthen(wanted: readonly { base: bigint; extent: number }[], entries: number): boolean {
    const [column] = this.#columns;
    const [want] = wanted;
    if (!column || !want || wanted.length > 1 || column.extent === 1 || want.base !== column.base) return false;
    const used = column.extent * 4;
    const index = this.#index.ensure(entries * 4, used);
    this.#memory.bytes(index + used, entries * 4 - used).fill(0);
    column.extent = want.extent;
    return true;
  }
}
