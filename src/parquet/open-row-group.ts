import { InternalError, throwIfAborted } from '../common/errors.ts';
import type { Field, Value } from '../common/types.ts';
import type { LinearMemory } from '../wasm/linear-memory.ts';
import type { Morsel } from '../wasm/morsel.ts';
import type { Vector } from '../wasm/vector.ts';
import { chunkBytes, type FetchedRowGroup } from './chunk-bytes.ts';
import type { Decompressor } from './codec/decompressor.ts';
import { openCodec } from './codec/open-codec.ts';
import { ConstantVectors } from './constant-vectors.ts';
import { checkTypes } from './conversion.ts';
import { ColumnDecoder } from './decode/column-decoder.ts';
import { DecodeMemory } from './decode/decode-memory.ts';
import { type DecodeKernels, decodeKernels } from './decode/kernels.ts';
import { assembleRows, type LazyLeaf, rowsOf } from './decode/nested-decoder.ts';
import { decodeLeaf } from './decode/nested-leaf.ts';
import { parquetError } from './errors.ts';
import { nullVector } from './null-vector.ts';
import {
  type Codec,
  type ColumnChunkInput,
  mapLeaves,
  type NestedColumnInput,
  nestedLeaves,
  type RowGroupInput,
} from './row-group-input.ts';

/** The rows of one row group, morsel by morsel. */
export interface RowGroupReader {
  /**
   * The next rows, at most `maxRows` of them; null behind the last. What the morsel before showed is given back, except the
   * `dictionary` objects of its vectors. A column is decoded when it is first asked for, which throws ExecutionError SQ3105 to
   * SQ3109 where it cannot be, and ResourceError SQ4001; one that is never asked for costs nothing, and pages none of whose
   * rows are wanted are not unpacked.
   */
  next(maxRows: number): Morsel | null;
  /** Gives everything back, dictionaries too. To be called once, also when the rows were not read to the end. */
  close(): void;
}

export interface OpenRowGroupOptions {
  /** The columns of the scan with the types the table has; one per chunk of the input. */
  readonly columns: readonly Field[];
  /** Where morsels are made. The compressed bytes stay outside. */
  readonly memory: LinearMemory;
  readonly signal?: AbortSignal;
}

/**
 * Opens a row group whose bytes have been fetched. A column that the file lacks is NULL in every row.
 * @throws ExecutionError SQ3107 where a type of the file is not one of the table; UnsupportedError SQ2304 for a codec that is
 * not read; CancelledError
 */
export async function openRowGroup(
  input: RowGroupInput,
  fetched: FetchedRowGroup,
  options: OpenRowGroupOptions,
): Promise<RowGroupReader> {
  const { columns, memory, signal } = options;
  throwIfAborted(signal);
  const space = new DecodeMemory(memory);
  const sources = await openColumns(input, fetched, columns, space);
  throwIfAborted(signal);
  let row = 0;
  let current: MorselOf | null = null;
  return {
    next(maxRows) {
      throwIfAborted(signal);
      if (!(maxRows >= 1)) throw new InternalError(`morsels of ${maxRows} rows`);
      current?.expire();
      space.nextMorsel();
      const rows = Math.min(maxRows, input.rows - row);
      if (rows <= 0) return null;
      current = new MorselOf(sources, row, rows);
      row += rows;
      return current;
    },
    close() {
      current?.expire();
      row = input.rows;
      space.close();
    },
  };
}

/** A column of a row group: decodes rows, each piece behind the one before. */
interface ColumnSource {
  decode(from: number, rows: number): Vector;
}

async function openColumns(
  input: RowGroupInput,
  fetched: FetchedRowGroup,
  columns: readonly Field[],
  memory: DecodeMemory,
): Promise<readonly ColumnSource[]> {
  const { chunks } = input;
  if (columns.length !== chunks.length) {
    throw new InternalError(`${columns.length} columns are wanted of ${chunks.length} chunks`);
  }
  const kernels = decodeKernels(memory.linear.memory);
  const codecs = new Map<Codec, Decompressor>();
  const sources: ColumnSource[] = [];
  for (const [i, wanted] of columns.entries()) {
    const chunk = chunks[i] ?? null;
    if (chunk === null) sources.push(absent(input, wanted, memory));
    else if ('constant' in chunk) sources.push(constant(chunk.constant, wanted, memory));
    else {
      checkTypes(input.uri, chunk, wanted.type);
      const leaves = 'nested' in chunk ? nestedLeaves(chunk.nested) : [chunk];
      for (const { codec } of input.rows > 0 ? leaves : []) {
        if (!codecs.has(codec)) codecs.set(codec, await openCodec(codec));
      }
      const parts = { input, fetched, wanted, memory, kernels, codecs };
      sources.push('nested' in chunk ? nestedSource(chunk, parts) : chunkSource(chunk, parts));
    }
  }
  return sources.map(keepingFailure);
}

/** A source that has failed in the middle of rows does not know where it is: it goes on failing. */
function keepingFailure(source: ColumnSource): ColumnSource {
  let failure: { readonly error: unknown } | undefined;
  return {
    decode(from, rows) {
      if (failure) throw failure.error;
      try {
        return source.decode(from, rows);
      } catch (error) {
        failure = { error };
        throw error;
      }
    },
  };
}

/** What the source of a column is made of, beside its chunk. */
interface SourceParts {
  readonly input: RowGroupInput;
  readonly fetched: FetchedRowGroup;
  readonly wanted: Field;
  readonly memory: DecodeMemory;
  readonly kernels: DecodeKernels;
  /** Of all its chunks, if the row group has rows. */
  readonly codecs: ReadonlyMap<Codec, Decompressor>;
}

function chunkSource(chunk: ColumnChunkInput, parts: SourceParts): ColumnSource {
  const { input, fetched, wanted, memory, kernels, codecs } = parts;
  const { uri, rowGroup, rows } = input;
  if (rows === 0) return nulls(wanted, memory);
  const context = { uri, rowGroup, chunk, wanted, memory, kernels };
  const codec = codecs.get(chunk.codec) as Decompressor;
  let decoder: ColumnDecoder | undefined;
  return {
    decode(from, count) {
      decoder ??= new ColumnDecoder(context, codec, chunkBytes(input, fetched, chunk));
      return decoder.decode(from, count);
    },
  };
}

function nestedSource(column: NestedColumnInput, parts: SourceParts): ColumnSource {
  const { input, fetched, wanted, memory, kernels, codecs } = parts;
  const { uri, rowGroup, rows } = input;
  if (rows === 0) return nulls(wanted, memory);
  let whole: Vector | undefined;
  const node = mapLeaves(column.nested, (chunk, type): LazyLeaf => {
    const leafField = { name: chunk.path.join('.'), type, nullable: true };
    const context = { uri, rowGroup, chunk, wanted: leafField, memory, kernels };
    const codec = codecs.get(chunk.codec) as Decompressor;
    return (slot) => decodeLeaf(context, codec, chunkBytes(input, fetched, chunk), slot);
  });
  return {
    decode(from, count) {
      whole ??= assembleRows(node, rows);
      const vector = rowsOf(whole, from, count, kernels, memory);
      if (!wanted.nullable && vector.validity !== 0) refuseNulls(input, column, vector, memory);
      return vector;
    },
  };
}

function refuseNulls(
  { uri, rowGroup }: RowGroupInput,
  { path }: NestedColumnInput,
  rows: Vector,
  memory: DecodeMemory,
) {
  const bitmap = memory.linear.bytes(rows.validity, Math.ceil(rows.length / 8));
  for (let row = 0; row < rows.length; row++) {
    if (((bitmap[row >>> 3] as number) >>> (row & 7)) & 1) continue;
    const where = `column "${path.join('.')}" of row group ${rowGroup}`;
    throw parquetError('SQ3107', uri, `${where} has NULLs, but the table says it has none`);
  }
}

function absent({ uri, rows }: RowGroupInput, wanted: Field, memory: DecodeMemory): ColumnSource {
  if (rows > 0 && !wanted.nullable) {
    throw parquetError('SQ3107', uri, `there is no column "${wanted.name}", which cannot be NULL`);
  }
  return nulls(wanted, memory);
}

const nulls = ({ type }: Field, memory: DecodeMemory): ColumnSource => ({
  decode: (_from, rows) => nullVector(memory.morsel, type, rows),
});

/** Nothing is made for a column that nobody asks for. */
function constant(value: Value, { type }: Field, memory: DecodeMemory): ColumnSource {
  let vectors: ConstantVectors | undefined;
  return {
    decode(_from, rows) {
      vectors ??= new ConstantVectors(value, type, memory.chunk);
      return vectors.rows(rows, memory.morsel);
    },
  };
}

class MorselOf implements Morsel {
  readonly rows: number;
  readonly selection = null;
  readonly #sources: readonly ColumnSource[];
  readonly #vectors: (Vector | undefined)[];
  readonly #from: number;
  #expired = false;

  constructor(sources: readonly ColumnSource[], from: number, rows: number) {
    this.rows = rows;
    this.#sources = sources;
    this.#from = from;
    this.#vectors = new Array(sources.length);
  }

  column(index: number): Vector {
    if (this.#expired) throw new InternalError('a column of a morsel that has been released');
    const known = this.#vectors[index];
    if (known) return known;
    const source = this.#sources[index];
    if (!source) throw new InternalError(`column ${index} of ${this.#sources.length}`);
    const vector = source.decode(this.#from, this.rows);
    this.#vectors[index] = vector;
    return vector;
  }

  expire(): void {
    this.#expired = true;
  }
}
