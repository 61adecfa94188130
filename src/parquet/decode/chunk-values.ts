import type { Bounds, Pointer } from '../../wasm/vector.ts';
import type { ByteRope } from '../byte-rope.ts';
import type { Decompressor } from '../codec/decompressor.ts';
import { columnName } from '../conversion.ts';
import { checkPage, type PageHeader, readPageHeaders } from '../pages.ts';
import { type ChunkContext, damagedChunk } from './chunk-context.ts';
import { type Conversion, conversionOf } from './conversion.ts';
import { type Dictionary, openDictionary } from './dictionary.ts';
import { HybridStreams } from './hybrid.ts';
import { SLACK } from './kernels.ts';
import { hasCodes, isReadStepwise, openValues, type PageParts, physicalWidth, unpackPage } from './page.ts';
import type { CodeDecoder, ValueDecoder } from './value-decoder.ts';

/** A data page that has been unpacked. Its decoder is made when the first value is wanted: a page of nulls may have none. */
export interface OpenPage {
  readonly header: PageHeader;
  readonly parts: PageParts;
  codes: CodeDecoder | null;
  values: ValueDecoder | null;
}

export const isDataPage = ({ kind, values }: PageHeader) => (kind === 'data' || kind === 'data_v2') && values > 0;

/** The pages of a column chunk and their values as rows of the wanted type, one behind the other, without nulls. */
export class ChunkValues {
  readonly pages: readonly PageHeader[];
  readonly conversion: Conversion;
  readonly streams: HybridStreams;
  readonly #context: ChunkContext;
  readonly #codec: Decompressor;
  readonly #bytes: ByteRope;
  #work: Pointer | null = null;
  #dictionary: Dictionary | undefined;

  /** @param bytes The chunk, outside of linear memory. */
  constructor(context: ChunkContext, codec: Decompressor, bytes: ByteRope) {
    this.#context = context;
    this.#codec = codec;
    this.#bytes = bytes;
    this.pages = readPageHeaders(bytes, context.chunk, context.uri, columnName(context));
    this.streams = new HybridStreams(context);
    this.conversion = conversionOf(context);
  }

  /**
   * Unpacks data page number `index`, or begins to, to an address with room for PAGE_EXTRA more bytes. Only the last one is
   * read.
   */
  open(index: number, at: Pointer): OpenPage {
    const header = this.#checked(index);
    const work = isReadStepwise(this.#context, header) ? this.#workspace() : null;
    const parts = unpackPage(this.#context, { codec: this.#codec, work }, this.#bytes, header, at);
    return { header, parts, codes: null, values: null };
  }

  #workspace(): Pointer {
    this.#work ??= this.#context.memory.chunk.allocate(this.#codec.stepwise?.workBytes ?? 0);
    return this.#work;
  }

  /** Writes the next rows of a page densely. What they lie between, where that is known for the type. */
  fill(page: OpenPage, target: Pointer, count: number): Bounds | undefined {
    const { memory } = this.#context;
    const { same, width } = this.conversion;
    if (hasCodes(page.header)) {
      const dictionary = this.dictionary();
      const codes = this.codes(page);
      if (dictionary.rows) {
        codes.gather(dictionary.rows.data, dictionary.entries, width, target, count);
        return dictionary.rows.bounds;
      }
      const { stored, storedWidth, entries } = dictionary;
      const source = same ? target : memory.morsel.allocate(count * storedWidth + SLACK);
      codes.gather(stored, entries, storedWidth, source, count);
      return this.conversion.run(source, count, target);
    }
    const values = this.values(page);
    if (same) {
      values.read(target, count);
      return this.conversion.run(target, count, target);
    }
    const taken = values.take?.(count);
    const source = taken ?? memory.morsel.allocate(count * physicalWidth(this.#context) + SLACK);
    if (taken === undefined) values.read(source, count);
    return this.conversion.run(source, count, target);
  }

  codes(page: OpenPage): CodeDecoder {
    page.codes ??= this.streams.dictionaryCodes(page.parts.values);
    return page.codes;
  }

  values(page: OpenPage): ValueDecoder {
    page.values ??= openValues(this.#context, this.streams, page.header, page.parts);
    return page.values;
  }

  dictionary(): Dictionary {
    if (this.#dictionary) return this.#dictionary;
    const index = this.pages.findIndex(({ kind }) => kind === 'dictionary');
    if (index < 0) throw damagedChunk(this.#context, 'codes without a dictionary');
    const page = this.#checked(index);
    this.#dictionary = openDictionary(this.#context, this.#codec, this.#bytes, page, this.conversion);
    return this.#dictionary;
  }

  #checked(index: number): PageHeader {
    const page = this.pages[index] as PageHeader;
    if (page.crc !== undefined) checkPage(this.#bytes, page, index, this.#context.uri, columnName(this.#context));
    return page;
  }
}
