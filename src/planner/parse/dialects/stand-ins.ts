import type { Span } from '../../../common/errors.ts';
import type { Query, TableRef } from '../ast.ts';
import type { AstExpr } from '../ast-expr.ts';
import { unsupported } from '../convert-context.ts';

export type InfixOperator =
  | 'is distinct from'
  | 'is not distinct from'
  | 'ilike'
  | 'not ilike'
  | 'escape'
  | 'at time zone';

/** What a name in the text shown to the parser stands for. */
export type Meaning =
  | { readonly kind: 'operand'; readonly expr: AstExpr }
  | { readonly kind: 'call'; readonly build: (args: readonly AstExpr[]) => AstExpr }
  /** The right side of IN. */
  | { readonly kind: 'query'; readonly query: Query; readonly span: Span }
  /** The right side of IN: literals. */
  | { readonly kind: 'list'; readonly items: readonly AstExpr[] }
  /** The right side of `= ANY`. */
  | { readonly kind: 'quantified'; readonly quantifier: 'any' | 'all'; readonly query: Query; readonly span: Span }
  /** Stands between two `+`: an operator that the parser does not know, or misreads. */
  | { readonly kind: 'infix'; readonly operator: InfixOperator }
  /** Stands behind a `+`. */
  | { readonly kind: 'postfix'; readonly level: 'is' | 'cast'; readonly build: (operand: AstExpr) => AstExpr }
  | { readonly kind: 'alias'; readonly name: string }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'table'; readonly table: TableRef; readonly join: 'cross' | 'natural' | null };

/**
 * Names for the text shown to the parser. Each is taken exactly once when its tree is read: what the parser loses, doubles or
 * takes for something else is found out.
 */
export class StandIns {
  readonly #meanings = new Map<string, { readonly meaning: Meaning; readonly span: Span }>();
  #next = 0;

  add(meaning: Meaning, span: Span): string {
    const name = `q${this.#next++}_`;
    this.#meanings.set(name, { meaning, span });
    return name;
  }

  /** Throws UnsupportedError SQ2001 when the name is none of ours, was taken, or stands for something of another kind. */
  take<K extends Meaning['kind']>(name: string, around: Span, ...kinds: readonly K[]): Extract<Meaning, { kind: K }> {
    const found = this.#meanings.get(name);
    if (!found) throw unsupported('this construct of the dialect', around);
    this.#meanings.delete(name);
    if ((kinds as readonly string[]).includes(found.meaning.kind))
      return found.meaning as Extract<Meaning, { kind: K }>;
    throw unsupported('what stands here in this dialect', found.span);
  }

  /** Throws UnsupportedError SQ2001 when something was not taken. */
  finish(): void {
    for (const { span } of this.#meanings.values()) throw unsupported('what stands here in this dialect', span);
  }
}

/** The text shown to the parser, and the token that each piece of it comes from. */
export class ShownText {
  readonly #parts: string[] = [];
  readonly #starts: { readonly offset: number; readonly token: number }[] = [];
  #length = 0;

  add(text: string, token: number): void {
    this.#starts.push({ offset: this.#length, token });
    this.#parts.push(text, ' ');
    this.#length += text.length + 1;
  }

  get text(): string {
    return this.#parts.join('').trimEnd();
  }

  /** Index of the token that the text at an offset comes from. */
  tokenAt(offset: number): number {
    let token = this.#starts[0]?.token ?? 0;
    for (const start of this.#starts) {
      if (start.offset > offset) break;
      token = start.token;
    }
    return offset >= this.#length ? (this.#starts.at(-1)?.token ?? 0) + 1 : token;
  }
}
