import type { Field } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { CHUNK_ROWS } from '../../wasm/gather.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { positionOf } from '../expr/interpret.ts';
import { RowBuffer } from '../rows/row-buffer.ts';
import type { JoinExpressions } from './join-expressions.ts';
import { type JoinKernel, joinKernel } from './join-kernel.ts';
import { type KeyRange, type Packing, splitByNulls } from './join-keys.ts';
import type { JoinSpec } from './join-spec.ts';
import { buildTable, type JoinTable, measureWords, tableBytes, type WordChunk } from './join-table.ts';

/** What is known of the whole right side, however it was split; complete before the first left row is decided. */
export interface RightFacts {
  hasRows: boolean;
  hasNullKeys: boolean;
}

/** The keys of consecutive rows. */
interface KeyChunk {
  readonly firstRow: number;
  readonly rows: number;
  readonly keys: readonly Vector[];
}

/** The rows of the right side, or of a part of it, and the table that finds them. */
export class BuildSide {
  /** Rows that can match by their keys: the right columns, then the keys that are no plain columns. */
  readonly rows: RowBuffer;
  /** Rows with a NULL in a key that matches no NULL, as far as somebody has to see them again. */
  readonly open: RowBuffer;
  /** Where the keys stand in `rows`. */
  readonly keyFields: readonly number[];
  /** One bit a row of `rows`, set where it has a match, if right rows are delivered by that; else 0. */
  matched: Pointer = 0;
  table: JoinTable | null = null;
  /** How the table's words are made of several keys; null: there is one, or they are hashed. */
  packing: Packing | null = null;
  readonly #spec: JoinSpec;
  readonly #kernel: JoinKernel;
  readonly #expressions: JoinExpressions;
  /** The keys that are no plain columns. */
  readonly #computed: readonly number[];
  readonly #facts: RightFacts;
  readonly #scratch: Arena;
  readonly #tableArena: Arena;
  readonly #context: ExecutionContext;

  constructor(spec: JoinSpec, expressions: JoinExpressions, context: ExecutionContext, facts: RightFacts) {
    const { keys, right } = spec;
    const computed = keys.flatMap(({ right: expr }, i) => (expr.kind === 'column' ? [] : [{ expr, i }]));
    const fields = [
      ...spec.rightFields,
      ...computed.map(({ expr, i }): Field => ({ name: `key ${i}`, type: expr.type, nullable: true })),
    ];
    this.#spec = spec;
    this.#kernel = joinKernel(context.memory);
    this.#expressions = expressions;
    this.#computed = computed.map(({ i }) => i);
    this.#facts = facts;
    this.#context = context;
    this.rows = new RowBuffer(context, fields, { dictionaries: true });
    this.open = new RowBuffer(context, fields);
    this.keyFields = keys.map(({ right: expr }, i) =>
      expr.kind === 'column' ? positionOf(expr, right) : right.length + computed.findIndex((other) => other.i === i),
    );
    this.#scratch = new Arena({ memory: context.memory });
    this.#tableArena = new Arena({ memory: context.memory });
  }

  get isOverBudget(): boolean {
    const { rows } = this.rows;
    const table = this.#spec.keys.length > 0 ? tableBytes(rows) : 0;
    const bits = this.#spec.keepsRight ? bitmapBytes(rows) : 0;
    return this.rows.bytes + this.open.bytes + table + bits > this.#context.operatorBytes;
  }

  get count(): number {
    return this.rows.rows + this.open.rows;
  }

  /** Takes the live rows of a morsel of the right columns. */
  add(morsel: Morsel): void {
    const { type, keys, right, keepsRight, unknowns } = this.#spec;
    if (liveRows(morsel) === 0) return;
    this.#facts.hasRows = true;
    const keyVectors = this.#expressions.rightKeys.evaluate(morsel, this.#scratch);
    const vectors = [
      ...right.map((_, i) => morsel.column(i)),
      ...this.#computed.map((key) => keyVectors[key] as Vector),
    ];
    const { rows, selection } = morsel;
    const { valid, open } = splitByNulls(
      this.#kernel,
      this.#scratch,
      keys,
      keyVectors,
      selection ? { rows: selection.rows, count: selection.count } : { rows: 0, count: rows },
    );
    if (open.length > 0) this.#facts.hasNullKeys = true;
    this.rows.appendVectors(vectors, rows, valid.rows === 0 && valid.count === rows ? null : valid);
    if ((keepsRight && type !== 'rightSemi') || unknowns === 'pairs') {
      for (const list of open) {
        this.open.appendVectors(vectors, rows, list.rows === 0 && list.count === rows ? null : list);
      }
    }
    this.#scratch.reset();
  }

  /** Builds the table: rows are complete, until `clear`. */
  finish(): void {
    const { keys, keepsRight } = this.#spec;
    const count = this.rows.rows;
    if (keepsRight) {
      this.matched = this.#tableArena.allocate(bitmapBytes(count));
      this.#tableArena.bytes(this.matched, bitmapBytes(count)).fill(0);
    }
    if (keys.length === 0) return;
    const { rightWords } = this.#expressions;
    const chunks: KeyChunk[] = [];
    for (let firstRow = 0; firstRow < count; firstRow += CHUNK_ROWS) {
      const rows = Math.min(CHUNK_ROWS, count - firstRow);
      const { columns } = this.rows.batch(firstRow, rows, this.#scratch);
      chunks.push({ firstRow, rows, keys: this.keyFields.map((field) => columns[field] as Vector) });
    }
    if (rightWords.packable && count > 0) {
      this.packing = rightWords.packing(keys.map((_, i) => this.#measure(i, chunks)));
    }
    const words = chunks.map(({ keys: vectors, firstRow, rows }): WordChunk => {
      const list = { rows: 0, count: rows };
      return { words: rightWords.words(vectors, rows, list, this.#scratch, this.packing), firstRow, count: rows };
    });
    this.table = buildTable(this.#kernel, this.#tableArena, this.#scratch, words, rightWords.isExact(this.packing));
    this.#scratch.reset();
  }

  /** Whether equal words are equal keys. */
  get isExact(): boolean {
    return this.#expressions.rightWords.isExact(this.packing);
  }

  /** What a key's values lie between, taken as signed words. */
  #measure(key: number, chunks: readonly KeyChunk[]): KeyRange {
    const mark = this.#scratch.mark();
    const words = chunks.map(({ keys, firstRow, rows }): WordChunk => {
      const list = { rows: 0, count: rows };
      const pointer = this.#expressions.rightWords.keyWords(key, keys[key] as Vector, list, this.#scratch);
      return { words: pointer, firstRow, count: rows };
    });
    const range = measureWords(this.#kernel, this.#scratch, words);
    this.#scratch.release(mark);
    return range;
  }

  /** Forgets the rows; others can be taken. */
  clear(): void {
    this.rows.clear();
    this.open.clear();
    this.#scratch.reset();
    this.#tableArena.reset();
    this.table = null;
    this.packing = null;
    this.matched = 0;
  }

  free(): void {
    this.clear();
  }
}
