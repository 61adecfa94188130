import { InternalError } from '../../common/errors.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import type { PageRun } from '../../wasm/linear-memory.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ByteRope } from '../byte-rope.ts';
import type { Decompressor } from '../codec/decompressor.ts';
import { columnName } from '../conversion.ts';
import { parquetError } from '../errors.ts';
import type { PageHeader } from '../pages.ts';
import { MeasuredBounds } from './bounds.ts';
import type { ChunkContext } from './chunk-context.ts';
import { ChunkValues, isDataPage, type OpenPage } from './chunk-values.ts';
import type { Levels } from './hybrid.ts';
import { SLACK } from './kernels.ts';
import { hasCodes, openLevels, PAGE_EXTRA } from './page.ts';

/** Pages up to this that end with the morsel are unpacked to the morsel's own memory. */
const SHORT_PAGE_BYTES = 256 * 1024;

/**
 * Decodes the rows of one flat column chunk, from the first to the last, in pieces of any length; rows may be left out. Pages
 * none of whose rows are wanted are not unpacked.
 */
export class ColumnDecoder {
  readonly #context: ChunkContext;
  readonly #values: ChunkValues;
  readonly #isViews: boolean;
  /** The page being read. */
  #page: OpenPage | null = null;
  #levels: Levels | null = null;
  /** Of the page; null where it lies in the morsel's memory. */
  #buffer: PageRun | null = null;
  #rowsLeft = 0;
  #nextPage = 0;
  #row = 0;

  /** @param bytes The chunk, outside of linear memory. */
  constructor(context: ChunkContext, codec: Decompressor, bytes: ByteRope) {
    this.#context = context;
    this.#values = new ChunkValues(context, codec, bytes);
    const { kind } = context.wanted.type;
    this.#isViews = kind === 'varchar' || kind === 'blob';
  }

  /** Rows `from` to `from + rows`, not before those decoded last. In the morsel's memory, the page's and the chunk's. */
  decode(from: number, rows: number): Vector {
    if (from < this.#row) throw new InternalError(`row ${from} is wanted after row ${this.#row}`);
    this.#skip(from - this.#row, rows);
    return this.#isViews && this.#codesOnly(rows) ? this.#decodeCodes(rows) : this.#decodeRows(rows);
  }

  #decodeCodes(rows: number): Vector {
    const { type } = this.#context.wanted;
    const data = this.#context.memory.morsel.allocate(rows * 4 + SLACK);
    const { entries, rows: entryRows } = this.#values.dictionary();
    if (!entryRows?.vector) throw new InternalError('a dictionary of strings without views');
    const validity = this.#eachPart(rows, 4, (page, row, count) => {
      const target = data + row * 4;
      if (count > 0) this.#values.codes(page).codes(entries, target, count);
      return target;
    });
    return { kind: 'dictionary', type, length: rows, validity, data, dictionary: entryRows.vector };
  }

  #decodeRows(rows: number): Vector {
    const { conversion } = this.#values;
    const { width } = conversion;
    let data: Pointer = 0;
    const measured = new MeasuredBounds();
    const validity = this.#eachPart(rows, width, (page, row, count, partRows) => {
      const inPlace = partRows === rows && count === rows ? this.#inPlace(page, count) : null;
      if (inPlace !== null) data = inPlace;
      else if (data === 0) data = this.#context.memory.morsel.allocate(rows * width + SLACK);
      const target = data + row * width;
      if (inPlace !== null) measured.add(conversion.run(target, count, target));
      else if (count > 0) measured.add(this.#values.fill(page, target, count));
      return target;
    });
    const { type } = this.#context.wanted;
    if (this.#isViews) return { kind: 'views', type, length: rows, validity, data };
    const { bounds } = measured;
    return { kind: 'fixed', type, width, length: rows, validity, data, ...(bounds && { bounds }) };
  }

  /**
   * Goes over the parts of pages that make up the next rows. `decode` gets the page, the first row, the number of rows that are
   * not null and of all, and says where the rows are to be: the former are there densely, `width` bytes each. Returns the bitmap.
   */
  #eachPart(
    rows: number,
    width: number,
    decode: (page: OpenPage, row: number, present: number, partRows: number) => Pointer,
  ): Pointer {
    const { chunk, wanted, memory, kernels } = this.#context;
    let bitmap: Pointer = 0;
    if (chunk.optional) {
      // Bits are written eight bytes at a time.
      const bytes = bitmapBytes(rows) + 8;
      bitmap = memory.morsel.allocate(bytes);
      memory.linear.bytes(bitmap, bytes).fill(0);
    }
    let nulls = 0;
    for (let row = 0; row < rows; ) {
      const page = this.#currentPage(rows - row);
      const count = Math.min(rows - row, this.#rowsLeft);
      const present = this.#levels ? this.#levels.read(bitmap, row, count) : count;
      if (present < count && !wanted.nullable) throw this.#unexpectedNulls();
      const target = decode(page, row, present, count);
      if (present < count) kernels.rows.spread(bitmap, row, count, target, present, target, width);
      nulls += count - present;
      row += count;
      if (this.#rowsLeft === count) page.parts.bytes.finish();
      this.#advance(count);
    }
    return nulls > 0 ? bitmap : 0;
  }

  /** Where the page's next values lie, if they are rows as they are and aligned. */
  #inPlace(page: OpenPage, count: number): Pointer | null {
    const { same, width } = this.#values.conversion;
    if (!same || hasCodes(page.header) || page.parts.values.start % Math.min(width, 8) !== 0) return null;
    return this.#values.values(page).take?.(count) ?? null;
  }

  /** Whether the next rows are all given by codes. */
  #codesOnly(rows: number): boolean {
    let left = rows;
    if (this.#page) {
      if (!hasCodes(this.#page.header)) return false;
      left -= this.#rowsLeft;
    }
    const { pages } = this.#values;
    for (let i = this.#nextPage; left > 0 && i < pages.length; i++) {
      const page = pages[i] as PageHeader;
      if (!isDataPage(page)) continue;
      if (!hasCodes(page)) return false;
      left -= page.values;
    }
    return true;
  }

  /** Passes over rows; `wanted` rows are read after them. */
  #skip(rows: number, wanted: number): void {
    let left = rows;
    while (left > 0) {
      if (this.#page === null) {
        const { values } = this.#nextDataPage();
        if (values <= left) {
          left -= values;
          this.#row += values;
          this.#nextPage++;
          continue;
        }
      }
      const page = this.#currentPage(left + wanted);
      const count = Math.min(left, this.#rowsLeft);
      // The rest of a page is left out without looking at it.
      if (count < this.#rowsLeft) {
        const present = this.#levels ? this.#levels.skip(count) : count;
        if (present > 0) (hasCodes(page.header) ? this.#values.codes(page) : this.#values.values(page)).skip(present);
      }
      left -= count;
      this.#advance(count);
    }
  }

  #advance(rows: number): void {
    this.#row += rows;
    this.#rowsLeft -= rows;
    if (this.#rowsLeft > 0) return;
    if (this.#buffer) this.#context.memory.retire(this.#buffer);
    this.#buffer = null;
    this.#page = null;
  }

  /** The page with the next row; `rows` are read of it and those behind it in this morsel. */
  #currentPage(rows: number): OpenPage {
    if (this.#page) return this.#page;
    const { memory } = this.#context;
    const header = this.#nextDataPage();
    const room = header.uncompressedSize + PAGE_EXTRA;
    const short = header.values <= rows && header.uncompressedSize <= SHORT_PAGE_BYTES;
    const buffer = short ? null : memory.page(room);
    const page = this.#values.open(this.#nextPage, buffer?.pointer ?? memory.morsel.allocate(room));
    this.#levels = openLevels(this.#values.streams, header, page.parts);
    this.#nextPage++;
    this.#buffer = buffer;
    this.#rowsLeft = header.values;
    this.#page = page;
    return page;
  }

  /** The next page that has rows; dictionaries before it are opened when a code is met. */
  #nextDataPage(): PageHeader {
    for (;;) {
      const page = this.#values.pages[this.#nextPage];
      if (page === undefined) throw new InternalError(`row ${this.#row} is behind the last page`);
      if (isDataPage(page)) return page;
      this.#nextPage++;
    }
  }

  #unexpectedNulls(): Error {
    const { uri } = this.#context;
    return parquetError('SQ3107', uri, `${columnName(this.#context)} has NULLs, but the table says it has none`);
  }
}
