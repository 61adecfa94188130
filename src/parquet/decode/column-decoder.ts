import { InternalError } from '../../common/errors.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import type { Bounds, Pointer, Vector } from '../../wasm/vector.ts';
import type { Decompressor } from '../codec/decompressor.ts';
import { columnName } from '../conversion.ts';
import { parquetError } from '../errors.ts';
import { checkPage, type PageHeader, readPageHeaders } from '../pages.ts';
import { MeasuredBounds } from './bounds.ts';
import { type ChunkContext, damagedChunk } from './chunk-context.ts';
import { type Conversion, conversionOf } from './conversion.ts';
import type { PageBuffer } from './decode-memory.ts';
import { type Dictionary, type DictionaryRows, openDictionary } from './dictionary.ts';
import { HybridStreams, type Levels } from './hybrid.ts';
import { SLACK } from './kernels.ts';
import {
  hasCodes,
  openCodes,
  openLevels,
  openValues,
  PAGE_EXTRA,
  type PageParts,
  physicalWidth,
  unpackPage,
} from './page.ts';
import type { CodeDecoder, ValueDecoder } from './value-decoder.ts';

/** Pages up to this that end with the morsel are unpacked to the morsel's own memory. */
const SHORT_PAGE_BYTES = 256 * 1024;

/** The page being read. */
interface OpenPage {
  readonly levels: Levels | null;
  readonly hasCodes: boolean;
  readonly buffer: PageBuffer | null;
  readonly parts: PageParts;
  readonly header: PageHeader;
  /** Made when the first value is wanted: a page of nulls may have none. */
  codes?: CodeDecoder;
  values?: ValueDecoder;
  rowsLeft: number;
}

/**
 * Decodes the rows of one flat column chunk, from the first to the last, in pieces of any length; rows may be left out. Pages
 * none of whose rows are wanted are not unpacked.
 */
export class ColumnDecoder {
  readonly #context: ChunkContext;
  readonly #codec: Decompressor;
  readonly #bytes: Uint8Array;
  readonly #pages: readonly PageHeader[];
  readonly #streams: HybridStreams;
  readonly #conversion: Conversion;
  readonly #isViews: boolean;
  #dictionary: Dictionary | undefined;
  #page: OpenPage | null = null;
  #nextPage = 0;
  #row = 0;

  /** @param bytes The chunk, outside of linear memory. */
  constructor(context: ChunkContext, codec: Decompressor, bytes: Uint8Array) {
    this.#context = context;
    this.#codec = codec;
    this.#bytes = bytes;
    this.#pages = readPageHeaders(bytes, context.chunk, context.uri, columnName(context));
    this.#streams = new HybridStreams(context);
    this.#conversion = conversionOf(context);
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
    const { morsel } = this.#context.memory;
    const data = morsel.allocate(rows * 4 + SLACK);
    const dictionary = this.#requireDictionary();
    const validity = this.#eachPart(rows, (page, row, count) => {
      if (count > 0) this.#codes(page).codes(dictionary.entries, data + row * 4, count);
      return { source: data + row * 4, target: data + row * 4, width: 4 };
    });
    const { vector } = this.#rowsOf(dictionary);
    if (vector === null) throw new InternalError('a dictionary of strings without views');
    return { kind: 'dictionary', type, length: rows, validity, data, dictionary: vector };
  }

  #decodeRows(rows: number): Vector {
    const { morsel } = this.#context.memory;
    const { width } = this.#conversion;
    let data: Pointer = 0;
    const measured = new MeasuredBounds();
    const validity = this.#eachPart(rows, (page, row, count, partRows) => {
      const inPlace = partRows === rows && count === rows ? this.#inPlace(page, count) : null;
      if (inPlace !== null) data = inPlace;
      else if (data === 0) data = morsel.allocate(rows * width + SLACK);
      const target = data + row * width;
      if (count > 0) {
        const found = inPlace === null ? this.#fill(page, target, count) : this.#conversion.run(target, count, target);
        measured.add(found);
      }
      return { source: target, target, width };
    });
    const { type } = this.#context.wanted;
    const { bounds } = measured;
    if (this.#isViews) return { kind: 'views', type, length: rows, validity, data };
    if (width !== 1 && width !== 2 && width !== 4 && width !== 8 && width !== 16) {
      throw new InternalError(`rows of ${width} bytes`);
    }
    return { kind: 'fixed', type, width, length: rows, validity, data, ...(bounds && { bounds }) };
  }

  /**
   * Goes over the parts of pages that make up the next rows. `decode` gets the page, the first row, the number of rows that are
   * not null and of all, and says where it has put the former densely and where the rows are to be. Returns the bitmap.
   */
  #eachPart(
    rows: number,
    decode: (page: OpenPage, row: number, present: number, partRows: number) => DecodedPart,
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
      const count = Math.min(rows - row, page.rowsLeft);
      const present = page.levels ? page.levels.read(bitmap, row, count) : count;
      if (present < count && !wanted.nullable) throw this.#unexpectedNulls();
      const { source, target, width } = decode(page, row, present, count);
      if (present < count) kernels.hybrid.spread(bitmap, row, count, source, present, target, width);
      nulls += count - present;
      row += count;
      this.#advance(page, count);
    }
    return nulls > 0 ? bitmap : 0;
  }

  /** Where the page's next values lie, if they are rows as they are and aligned. */
  #inPlace(page: OpenPage, count: number): Pointer | null {
    if (!this.#conversion.same || page.hasCodes) return null;
    const values = this.#values(page);
    if (!values.take || page.parts.values.start % Math.min(this.#conversion.width, 8) !== 0) return null;
    return values.take(count);
  }

  /** Writes rows that are not null densely. */
  #fill(page: OpenPage, target: Pointer, count: number): Bounds | undefined {
    const { memory } = this.#context;
    const { same, width } = this.#conversion;
    if (page.hasCodes) {
      const dictionary = this.#requireDictionary();
      const codes = this.#codes(page);
      if (dictionary.rows) {
        codes.gather(dictionary.rows.data, dictionary.entries, width, target, count);
        return dictionary.rows.bounds;
      }
      const { stored, storedWidth, entries } = dictionary;
      const source = same ? target : memory.morsel.allocate(count * storedWidth + SLACK);
      codes.gather(stored, entries, storedWidth, source, count);
      return this.#conversion.run(source, count, target);
    }
    const values = this.#values(page);
    if (same) {
      values.read(target, count);
      return this.#conversion.run(target, count, target);
    }
    const taken = values.take?.(count);
    const source = taken ?? memory.morsel.allocate(count * physicalWidth(this.#context) + SLACK);
    if (taken === undefined) values.read(source, count);
    return this.#conversion.run(source, count, target);
  }

  /** Whether the next rows are all given by codes. */
  #codesOnly(rows: number): boolean {
    let left = rows;
    if (this.#page) {
      if (!this.#page.hasCodes) return false;
      left -= this.#page.rowsLeft;
    }
    for (let i = this.#nextPage; left > 0; i++) {
      const page = this.#pages[i];
      if (page === undefined) break;
      if (page.kind !== 'data' && page.kind !== 'data_v2') continue;
      if (page.values > 0 && !hasCodes(page)) return false;
      left -= page.values;
    }
    return true;
  }

  /** Passes over rows; `wanted` rows are read after them. */
  #skip(rows: number, wanted: number): void {
    let left = rows;
    while (left > 0) {
      if (this.#page === null) {
        const page = this.#nextDataPage();
        if (page.values <= left) {
          left -= page.values;
          this.#row += page.values;
          this.#nextPage++;
          continue;
        }
      }
      const page = this.#currentPage(left + wanted);
      const count = Math.min(left, page.rowsLeft);
      // The rest of a page is left out without looking at it.
      if (count < page.rowsLeft) {
        const present = page.levels ? page.levels.skip(count) : count;
        if (present > 0) (page.hasCodes ? this.#codes(page) : this.#values(page)).skip(present);
      }
      left -= count;
      this.#advance(page, count);
    }
  }

  #advance(page: OpenPage, rows: number): void {
    this.#row += rows;
    page.rowsLeft -= rows;
    if (page.rowsLeft > 0) return;
    page.buffer?.release();
    this.#page = null;
  }

  /** The page with the next row; `rows` are read of it and those behind it in this morsel. */
  #currentPage(rows: number): OpenPage {
    if (this.#page) return this.#page;
    const context = this.#context;
    const { memory } = context;
    const header = this.#nextDataPage();
    const index = this.#nextPage++;
    checkPage(this.#bytes, header, index, context.uri, columnName(context));
    const room = header.uncompressedSize + PAGE_EXTRA;
    const short = header.values <= rows && header.uncompressedSize <= SHORT_PAGE_BYTES;
    const buffer = short ? null : memory.page(room);
    const at = buffer?.pointer ?? memory.morsel.allocate(room);
    const parts = unpackPage(context, this.#codec, this.#bytes, header, at);
    this.#page = {
      levels: openLevels(this.#streams, header, parts),
      hasCodes: hasCodes(header),
      buffer,
      parts,
      header,
      rowsLeft: header.values,
    };
    return this.#page;
  }

  /** The next page that has rows; dictionaries before it are opened when a code is met. */
  #nextDataPage(): PageHeader {
    for (;;) {
      const page = this.#pages[this.#nextPage];
      if (page === undefined) throw new InternalError(`row ${this.#row} is behind the last page`);
      if ((page.kind === 'data' || page.kind === 'data_v2') && page.values > 0) return page;
      this.#nextPage++;
    }
  }

  #codes(page: OpenPage): CodeDecoder {
    page.codes ??= openCodes(this.#streams, page.parts);
    return page.codes;
  }

  #values(page: OpenPage): ValueDecoder {
    page.values ??= openValues(this.#context, this.#streams, page.header, page.parts);
    return page.values;
  }

  #requireDictionary(): Dictionary {
    if (this.#dictionary) return this.#dictionary;
    const context = this.#context;
    const index = this.#pages.findIndex(({ kind }) => kind === 'dictionary');
    const page = this.#pages[index];
    if (page === undefined) throw damagedChunk(context, 'codes without a dictionary');
    checkPage(this.#bytes, page, index, context.uri, columnName(context));
    this.#dictionary = openDictionary(context, this.#codec, this.#bytes, page, this.#conversion);
    return this.#dictionary;
  }

  #rowsOf({ rows }: Dictionary): DictionaryRows {
    if (rows === null) throw new InternalError('an entry of a dictionary of strings does not fit');
    return rows;
  }

  #unexpectedNulls(): Error {
    const { uri } = this.#context;
    return parquetError('SQ3107', uri, `${columnName(this.#context)} has NULLs, but the table says it has none`);
  }
}

/** Values that are not null, one behind the other at `source`; their rows begin at `target`. */
interface DecodedPart {
  readonly source: Pointer;
  readonly target: Pointer;
  readonly width: number;
}
