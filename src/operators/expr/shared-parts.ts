import { assertNever, InternalError } from '../../common/errors.ts';
import { isNested } from '../../common/types.ts';
import { encodeWire } from '../../common/wire.ts';
import type { Expr, LiteralExpr } from './expr.ts';
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
    this.#identifyAll(expr);
    this.#countAll(expr);
  }

  /** The same number for equal parts. */
  id(part: Expr): number {
    const id = this.#known.get(part);
    if (id === undefined) throw new InternalError('a part is not one of the expression');
    return id;
  }

  /** True when the part stands in more than one place, and is worth remembering. */
  isShared(part: Expr): boolean {
    return part.kind !== 'column' && part.kind !== 'literal' && (this.#uses[this.id(part)] as number) > 1;
  }

  /** Parts before the whole, on a stack of its own: expressions are deep. */
  #identifyAll(expr: Expr): void {
    const pending: Expr[] = [expr];
    for (let part = pending.at(-1); part; part = pending.at(-1)) {
      const unknown = this.#known.has(part) ? [] : parts(part).filter((inner) => !this.#known.has(inner));
      if (unknown.length > 0) {
        pending.push(...unknown);
        continue;
      }
      pending.pop();
      if (!this.#known.has(part)) this.#identify(part);
    }
  }

  #identify(part: Expr): void {
    const text = part.kind === 'literal' ? literalText(part) : this.#text(part);
    const id = this.#ids.get(text) ?? this.#ids.size;
    this.#ids.set(text, id);
    this.#known.set(part, id);
  }

  #text(part: Expr): string {
    const inner = parts(part).map((one) => this.id(one));
    return encodeWire([ownFacts(part), part.type, part.span, inner]);
  }

  /** Places are counted once for equal surroundings. */
  #countAll(expr: Expr): void {
    const pending: Expr[] = [expr];
    for (let part = pending.pop(); part; part = pending.pop()) {
      const id = this.id(part);
      this.#uses[id] = (this.#uses[id] ?? 0) + 1;
      if (this.#uses[id] === 1) pending.push(...parts(part));
    }
  }
}

/** Lists of literals are long: plain values are written without the detour over JSON. */
function literalText({ value, type, span }: LiteralExpr): string {
  if (typeof value === 'object' && value !== null) return encodeWire([value, type, span]);
  const of = type.kind === 'decimal' || isNested(type) ? JSON.stringify(type) : type.kind;
  return `${of} ${typeof value} ${Object.is(value, -0) ? '-0' : String(value)} ${span?.start},${span?.end}`;
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
