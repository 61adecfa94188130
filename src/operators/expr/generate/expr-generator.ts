import { InternalError } from '../../../common/errors.ts';
import type { Local, Statement } from '../../../wasm/emit/code.ts';
import type { FunctionBuilder, ModuleBuilder } from '../../../wasm/emit/module-builder.ts';
import type { Expr } from '../expr.ts';
import { formatExpr } from '../format.ts';
import type { ColumnShape } from './column-shape.ts';
import type { Emitted } from './emitted.ts';

/** Where text that an expression makes is written: kept in variables that the surrounding code loads and saves. */
export interface TextHeap {
  /** First free byte. */
  readonly top: Local<'i32'>;
  readonly end: Local<'i32'>;
  /** Leaves the function because the current row needs more heap than is left; the row is evaluated again later. */
  full(): readonly Statement[];
}

export interface ExprGeneratorOptions {
  readonly module: ModuleBuilder;
  /** The function that the code becomes part of. */
  readonly fn: FunctionBuilder;
  /** By position in the InputTable. */
  readonly shapes: readonly ColumnShape[];
  /** Address of the InputTable. */
  readonly table: Local<'i32'>;
  /** The current row. */
  readonly row: Local<'i32'>;
  /**
   * Statements that leave the function because the current row raises an error of the data; made anew at every use. The host
   * then evaluates the row with the reference interpreter, which throws that error.
   */
  readonly raise: () => readonly Statement[];
  /** Without one, expressions that make new text cannot be emitted. */
  readonly heap?: TextHeap;
}

export interface EmitOptions {
  /** A decimal of more than 18 digits may come as an i64 where its bounds prove that it fits. */
  readonly narrow?: boolean;
}

/**
 * Emits WebAssembly for expressions over the columns of an InputTable, one row at a time. What several expressions share is
 * computed once; nothing is computed that the interpreter would not.
 */
export class ExprGenerator {
  readonly #options: ExprGeneratorOptions;

  constructor(options: ExprGeneratorOptions) {
    this.#options = options;
  }

  /** Loads the columns' addresses; runs once before the first row. Complete after the last `emit`. */
  prologue(): readonly Statement[] {
    return [];
  }

  /** What belongs behind the entries of the InputTable. Complete after the last `emit`. */
  get constants(): Uint8Array {
    return new Uint8Array();
  }

  /** Code for the value in the current row. Throws InternalError for what `canGenerate` denies. */
  emit(expr: Expr, _options: EmitOptions = {}): Emitted {
    throw new InternalError(`${formatExpr(expr)} has no generated form in ${this.#options.fn.name}`);
  }

  /** Whether `emit` can do it. `makesText`: whether there will be a heap. */
  static canGenerate(_expr: Expr, _shapes: readonly ColumnShape[], _makesText = false): boolean {
    return false;
  }
}
