import { assertNever } from '../../common/errors.ts';
import { encodeWire } from '../../common/wire.ts';
import type { Expr } from './expr.ts';
import { parts } from './rewrite.ts';

/**
 * Tells which parts of an expression are the same: equal in all they say, spans included. COALESCE, NULLIF and BETWEEN write
 * an operand twice, so that nested ones have many parts and few different ones.
 */
export class SharedParts {
  readonly #ids = new Map<string, number>();
  readonly #known = new WeakMap<Expr, number>();
  readonly #uses: number[] = [];

  constructor(expr: Expr) {
    this.#count(expr);
  }

  /** The same number for equal parts. */
  id(part: Expr): number {
    return this.#known.get(part) ?? this.#identify(part);
  }

  /** True when the part stands in more than one place, and is worth remembering. */
  isShared(part: Expr): boolean {
    return part.kind !== 'column' && part.kind !== 'literal' && (this.#uses[this.id(part)] as number) > 1;
  }

  /** Places are counted once for equal surroundings. */
  #count(part: Expr): void {
    const id = this.id(part);
    this.#uses[id] = (this.#uses[id] ?? 0) + 1;
    if (this.#uses[id] === 1) for (const inner of parts(part)) this.#count(inner);
  }

  #identify(part: Expr): number {
    const text = encodeWire([ownFacts(part), part.type, part.span, parts(part).map((inner) => this.id(inner))]);
    const id = this.#ids.get(text) ?? this.#ids.size;
    this.#ids.set(text, id);
    this.#known.set(part, id);
    return id;
  }
}

/** What an expression says apart from its parts. */
function ownFacts(expr: Expr): readonly unknown[] {
  switch (expr.kind) {
    case 'column':
      return [expr.kind, expr.id];
    case 'literal':
      return [expr.kind, expr.value];
    case 'call':
      return [expr.kind, expr.function];
    case 'cast':
      return [expr.kind, expr.try];
    case 'isNull':
    case 'inList':
      return [expr.kind, expr.negated];
    case 'case':
      return [expr.kind, expr.otherwise === null];
    case 'and':
    case 'or':
    case 'not':
      return [expr.kind];
    default:
      return assertNever(expr);
  }
}
