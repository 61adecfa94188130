import { assertNever, InternalError } from '../../../common/errors.ts';
import { i32, type Local, type Statement, set } from '../../../wasm/emit/code.ts';
import { type FunctionBuilder, ModuleBuilder } from '../../../wasm/emit/module-builder.ts';
import type { Expr } from '../expr.ts';
import { formatExpr } from '../format.ts';
import { emitCall } from './calls.ts';
import { cast } from './casts.ts';
import { CodeWriter } from './code-writer.ts';
import { ColumnLoads } from './column-loads.ts';
import type { ColumnShape } from './column-shape.ts';
import { booleanOf, emitCase, emitLogical } from './conditions.ts';
import type { Emitted } from './emitted.ts';
import { ExprIds } from './expr-ids.ts';
import { emitInList } from './in-list.ts';
import { emitLiteral } from './literals.ts';
import { materialize } from './materialize.ts';
import { type Computed, NotGenerated, type Thunk } from './operand.ts';

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
  /**
   * Statements that leave the function because the current row is better left to the interpreter altogether, as upper case
   * beyond ASCII is; without it, such expressions cannot be emitted.
   */
  readonly leave?: () => readonly Statement[];
}

/** What the surroundings of an expression offer. */
export interface Offers {
  /** A heap for new text; default none. */
  readonly heap?: boolean;
  /** To take rows that are better left to the interpreter; default not. */
  readonly leave?: boolean;
  /** To take rows that raise; default so. */
  readonly raise?: boolean;
}

export interface EmitOptions {
  /** A decimal of more than 18 digits may come as an i64 where its bounds prove that it fits. */
  readonly narrow?: boolean;
}

/**
 * Emits WebAssembly for expressions over the columns of an InputTable, one row at a time. What several expressions share is
 * computed once; nothing is computed that the interpreter would not. The module that results imports kernels and never traps.
 *
 *     const generator = new ExprGenerator({ module, fn, shapes, table, row, raise });
 *     const { code, value, isNull } = generator.emit(expr);
 *     fn.setBody([...generator.prologue(), countUp(row, end, () => [...code, …]), …]);
 *     new InputTable(arena, shapes.length, generator.constants).write(vectors);
 */
export class ExprGenerator {
  readonly #writer: CodeWriter;
  readonly #columns: ColumnLoads;
  readonly #ids: ExprIds;
  readonly #shapes: readonly ColumnShape[];

  constructor(options: ExprGeneratorOptions) {
    this.#writer = new CodeWriter(options);
    this.#columns = new ColumnLoads(this.#writer);
    this.#ids = new ExprIds();
    this.#shapes = options.shapes;
  }

  /** Loads the columns' addresses; runs once before the first row. Complete after the last `emit`. */
  prologue(): readonly Statement[] {
    return this.#columns.prologue();
  }

  /** What belongs behind the entries of the InputTable. Complete after the last `emit`. */
  get constants(): Uint8Array {
    return this.#writer.constants;
  }

  /** Code for the value in the current row. Throws InternalError for what `canGenerate` denies. */
  emit(expr: Expr, options: EmitOptions = {}): Emitted {
    const emitted = this.tryEmit(expr, options);
    if (!emitted) throw new InternalError(`${formatExpr(expr)} has no generated form`);
    return emitted;
  }

  /** The same; null when there is no generated form. */
  tryEmit(expr: Expr, options: EmitOptions = {}): Emitted | null {
    try {
      const { body, result } = this.#writer.inline(() => {
        const computed = this.#visit(expr);
        const value = materialize(this.#writer, computed, expr.type, options.narrow ?? false);
        return { value, isNull: this.#flag(computed.isNull) };
      });
      return { code: body, ...result };
    } catch (error) {
      if (error instanceof NotGenerated) return null;
      throw error;
    }
  }

  /**
   * What is emitted within is shared with nothing emitted after: for code that runs under a condition, as the argument of an
   * aggregate with a filter does.
   */
  scoped<T>(make: () => T): T {
    return this.#writer.scoped(make);
  }

  /** Whether `emit` can do it, by what the surroundings offer. */
  static canGenerate(expr: Expr, shapes: readonly ColumnShape[], offers: Offers = {}): boolean {
    const { heap = false, leave = false, raise = true } = offers;
    const module = new ModuleBuilder();
    const fn = module.function('probe', [], 'void');
    const local = (name: string) => fn.local('i32', name);
    const none = () => [];
    const refuse = () => {
      throw new NotGenerated('may raise');
    };
    const generator = new ExprGenerator({
      module,
      fn,
      shapes,
      table: local('table'),
      row: local('row'),
      raise: raise ? none : refuse,
      ...(heap && { heap: { top: local('top'), end: local('end'), full: none } }),
      ...(leave && { leave: none }),
    });
    return generator.tryEmit(expr) !== null;
  }

  #flag(isNull: Thunk<'i32'> | null): Local<'i32'> | null {
    if (!isNull) return null;
    const code = isNull();
    if (code.kind === 'get') return code.local as Local<'i32'>;
    const local = this.#writer.local('i32', 'null');
    this.#writer.push(set(local, code));
    return local;
  }

  #visit(expr: Expr): Computed {
    const id = this.#ids.idOf(expr);
    const known = this.#writer.known(id);
    if (known) return known;
    const computed = this.#compute(expr);
    this.#writer.remember(id, computed);
    return computed;
  }

  #compute(expr: Expr): Computed {
    const w = this.#writer;
    const visit = (part: Expr) => this.#visit(part);
    switch (expr.kind) {
      case 'column':
        return this.#column(expr);
      case 'literal':
        return emitLiteral(w, expr.value, expr.type);
      case 'call':
        return emitCall(w, expr, expr.args.map(visit));
      case 'cast':
        return cast(w, visit(expr.input), expr.input.type, expr.type, expr.try);
      case 'case':
        return emitCase(w, expr, visit);
      case 'and':
      case 'or':
        return emitLogical(w, expr, visit);
      case 'not': {
        const input = visit(expr.input);
        const value = w.keep(i32.eqz(booleanOf(input)()), 'not');
        return { value: { kind: 'boolean', value }, isNull: input.isNull };
      }
      case 'isNull':
        return this.#isNull(expr.input, expr.negated);
      case 'inList':
        return emitInList(w, expr, visit(expr.input), visit);
      default:
        return assertNever(expr);
    }
  }

  #column({ id, name }: Extract<Expr, { kind: 'column' }>): Computed {
    const position = this.#shapes.findIndex((shape) => shape.id === id);
    const shape = this.#shapes[position];
    if (!shape) throw new InternalError(`column ${name}#${id} has no shape`);
    return this.#columns.load(shape, position);
  }

  /** Of a column, nested ones too, only the validity is read. */
  #isNull(input: Expr, negated: boolean): Computed {
    const position = input.kind === 'column' ? this.#shapes.findIndex(({ id }) => id === input.id) : -1;
    const shape = this.#shapes[position];
    const isNull = shape && shape.kind !== 'mapped' ? this.#columns.isNull(shape, position) : this.#visit(input).isNull;
    const code = isNull ? isNull() : i32.const(0);
    return {
      value: { kind: 'boolean', value: this.#writer.keep(negated ? i32.eqz(code) : code, 'null') },
      isNull: null,
    };
  }
}
