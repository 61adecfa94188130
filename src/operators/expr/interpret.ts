import { assertNever, ExecutionError, InternalError, type Span } from '../../common/errors.ts';
import { sameType, type Value } from '../../common/types.ts';
import { type ValueKey, valueKey } from '../value-key.ts';
import { castFunction } from './cast.ts';
import { comparator } from './compare-values.ts';
import type { CallExpr, CaseExpr, CastExpr, Column, ColumnExpr, Expr, InListExpr, LogicalExpr } from './expr.ts';
import { bindFunction } from './functions.ts';
import { parts } from './rewrite.ts';
import { SharedParts } from './shared-parts.ts';

/** An expression ready to run: one value per row. What a row is, the columns' readers know. */
export type RowFunction<Row> = (row: Row) => Value;

/**
 * The reference interpreter: turns an expression into closures, once, and defines what it means. Errors of the data carry the
 * span of the innermost expression that has one. Parts that are the same are computed once a row.
 */
export function compileExpr<Row>(expr: Expr, columnReader: (column: ColumnExpr) => RowFunction<Row>): RowFunction<Row> {
  const compiler = new Compiler(expr, columnReader);
  const compute = compiler.compile(expr);
  return compiler.remembers
    ? (row) => {
        compiler.beginRow();
        return compute(row);
      }
    : compute;
}

const isLeaf = ({ kind }: Expr) => kind === 'column' || kind === 'literal';

class Compiler<Row> {
  /** Null when no part can stand twice. */
  readonly #shared: SharedParts | null;
  readonly #columnReader: (column: ColumnExpr) => RowFunction<Row>;
  readonly #compiled = new Map<number, RowFunction<Row>>();
  #row = 0;

  constructor(expr: Expr, columnReader: (column: ColumnExpr) => RowFunction<Row>) {
    this.#shared = parts(expr).every(isLeaf) ? null : new SharedParts(expr);
    this.#columnReader = columnReader;
  }

  /** True when a row's values are kept until the next begins. */
  get remembers(): boolean {
    return this.#compiled.size > 0;
  }

  beginRow(): void {
    this.#row++;
  }

  readonly compile = (expr: Expr): RowFunction<Row> => {
    if (!this.#shared?.isShared(expr)) return this.#compileOwn(expr);
    const id = this.#shared.id(expr);
    const known = this.#compiled.get(id) ?? this.#remembered(this.#compileOwn(expr));
    this.#compiled.set(id, known);
    return known;
  };

  #remembered(compute: RowFunction<Row>): RowFunction<Row> {
    let row = -1;
    let value: Value = null;
    return (input) => {
      if (row !== this.#row) {
        value = compute(input);
        row = this.#row;
      }
      return value;
    };
  }

  #compileOwn(expr: Expr): RowFunction<Row> {
    const { compile } = this;
    switch (expr.kind) {
      case 'column':
        return this.#columnReader(expr);
      case 'literal': {
        const { value } = expr;
        return () => value;
      }
      case 'call':
        return this.#compileCall(expr);
      case 'cast':
        return located(expr.span, compileCast(expr, compile(expr.input)));
      case 'case':
        return compileCase(expr, compile);
      case 'and':
      case 'or':
        return compileLogical(expr, expr.args.map(compile));
      case 'not': {
        const input = compile(expr.input);
        return (row) => {
          const value = input(row);
          return value === null ? null : !value;
        };
      }
      case 'isNull': {
        const input = compile(expr.input);
        const { negated } = expr;
        return (row) => (input(row) === null) !== negated;
      }
      case 'inList':
        return compileInList(expr, compile(expr.input), expr.list.map(compile));
      default:
        return assertNever(expr);
    }
  }

  #compileCall(expr: CallExpr): RowFunction<Row> {
    const bound = boundCall(expr);
    if (bound.expand) return compileExpr(bound.expand(expr.args, expr.type), this.#columnReader);
    return located(expr.span, compileCall(bound, expr.args.map(this.compile)));
  }
}

/** The value of an expression over rows whose values stand in the order of `layout`. */
export function interpret(expr: Expr, layout: readonly Column[]): RowFunction<readonly Value[]> {
  return compileExpr(expr, (column) => {
    const position = positionOf(column, layout);
    return (row) => row[position] as Value;
  });
}

/** The value of an expression without columns. Throws what the expression throws (ExecutionError SQ30xx). */
export function evaluateConstant(expr: Expr): Value {
  return interpret(expr, [])([]);
}

/** Where a column stands in a layout. Throws InternalError when it is not there. */
export function positionOf(column: Pick<Column, 'id' | 'name'>, layout: readonly Column[]): number {
  const position = layout.findIndex(({ id }) => id === column.id);
  if (position < 0) throw new InternalError(`column ${column.name}#${column.id} is not delivered by the input`);
  return position;
}

/** Adds the span to errors of the data that have none. */
function located<Row>(span: Span | undefined, compute: RowFunction<Row>): RowFunction<Row> {
  if (!span) return compute;
  return (row) => {
    try {
      return compute(row);
    } catch (error) {
      if (!(error instanceof ExecutionError) || error.span) throw error;
      const { code, message, hint, details } = error;
      throw new ExecutionError(code, message, { span, details, cause: error, ...(hint !== undefined && { hint }) });
    }
  };
}

type BoundCall = ReturnType<typeof bindFunction>;

function boundCall(expr: CallExpr): BoundCall {
  const bound = bindFunction(
    expr.function,
    expr.args.map((arg) => arg.type),
  );
  if (!sameType(bound.type, expr.type)) throw new InternalError(`call of ${expr.function} has the wrong result type`);
  return bound;
}

/** All arguments are evaluated, from left to right, before a strict function looks for NULLs. */
function compileCall<Row>({ evaluate, nulls }: BoundCall, args: readonly RowFunction<Row>[]): RowFunction<Row> {
  if (nulls === 'own') return (row) => evaluate(...args.map((arg) => arg(row)));
  const [first, second] = args;
  if (first && args.length === 1) {
    return (row) => {
      const a = first(row);
      return a === null ? null : evaluate(a);
    };
  }
  if (first && second && args.length === 2) {
    return (row) => {
      const a = first(row);
      const b = second(row);
      return a === null || b === null ? null : evaluate(a, b);
    };
  }
  return (row) => {
    const values = args.map((arg) => arg(row));
    return values.includes(null) ? null : evaluate(...values);
  };
}

/** TRY_CAST forgives the cast, not its input. */
function compileCast<Row>(expr: CastExpr, input: RowFunction<Row>): RowFunction<Row> {
  const cast = castFunction(expr.input.type, expr.type);
  const strict: RowFunction<Row> = (row) => {
    const value = input(row);
    return value === null ? null : cast(value);
  };
  if (!expr.try) return strict;
  return (row) => {
    const value = input(row);
    if (value === null) return null;
    try {
      return cast(value);
    } catch (error) {
      if (error instanceof ExecutionError) return null;
      throw error;
    }
  };
}

function compileCase<Row>(expr: CaseExpr, compile: (inner: Expr) => RowFunction<Row>): RowFunction<Row> {
  const branches = expr.branches.map(({ when, then }) => ({ when: compile(when), value: compile(then) }));
  const otherwise = expr.otherwise && compile(expr.otherwise);
  return (row) => {
    for (const { when, value } of branches) {
      if (when(row) === true) return value(row);
    }
    return otherwise ? otherwise(row) : null;
  };
}

function compileLogical<Row>(expr: LogicalExpr, args: readonly RowFunction<Row>[]): RowFunction<Row> {
  const decides = expr.kind === 'or';
  return (row) => {
    let result: Value = !decides;
    for (let i = 0; i < args.length; i++) {
      const value = (args[i] as RowFunction<Row>)(row);
      if (value === decides) return decides;
      if (value === null) result = null;
    }
    return result;
  };
}

/** `a IN (b, c)` is `a = b OR a = c`: NULL when nothing is equal and something is NULL. */
function compileInList<Row>(
  expr: InListExpr,
  input: RowFunction<Row>,
  list: readonly RowFunction<Row>[],
): RowFunction<Row> {
  const { negated } = expr;
  const contains = expr.list.every(({ kind }) => kind === 'literal') ? literalSet(expr) : null;
  if (contains) {
    return (row) => {
      const value = input(row);
      const found = value === null ? null : contains(value);
      return found === null ? null : found !== negated;
    };
  }
  const compare = comparator(expr.input.type);
  return (row) => {
    const value = input(row);
    let found: boolean | null = value === null ? null : false;
    for (const item of list) {
      const other = item(row);
      if (found === true || value === null) continue;
      if (other === null) found = null;
      else if (compare(value, other) === 0) found = true;
    }
    return found === null ? null : found !== negated;
  };
}

function literalSet(expr: InListExpr): (value: Value) => boolean | null {
  const key = valueKey(expr.input.type);
  const values = expr.list.map((item) => (item.kind === 'literal' ? item.value : null));
  const keys = new Set<ValueKey>(values.filter((value) => value !== null).map(key));
  const missing = values.includes(null) ? null : false;
  return (value) => (keys.has(key(value)) ? true : missing);
}
