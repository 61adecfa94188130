import type { Identifier } from '../ast.ts';
import type { AstExpr } from '../ast-expr.ts';
import type { Token } from '../token.ts';
import { type ReaderContext, rangeSpan, unexpectedToken } from './reader-context.ts';
import type { Meaning, ShownText } from './stand-ins.ts';

/** Writes stand-ins into the text shown to the parser; each method gives the index of the token behind what it wrote. */
export class OperandWriter {
  readonly shown: ShownText;
  readonly context: ReaderContext;

  constructor(shown: ShownText, context: ReaderContext) {
    this.shown = shown;
    this.context = context;
  }

  operand(at: number, next: number, expr: AstExpr): number {
    return this.stand(at, next, { kind: 'operand', expr });
  }

  stand(at: number, next: number, meaning: Meaning): number {
    this.shown.add(this.context.standIns.add(meaning, rangeSpan(this.context.list, at, next)), at);
    return next;
  }

  /** An operator that is kept from the parser. */
  glued(at: number, next: number, meaning: Extract<Meaning, { kind: 'infix' | 'postfix' }>): number {
    this.shown.add('+', at);
    this.stand(at, next, meaning);
    if (meaning.kind === 'infix') this.shown.add('+', at);
    return next;
  }
}

export function identifier(token: Token | undefined, index: number, { list }: ReaderContext): Identifier {
  if (token?.kind !== 'word' && token?.kind !== 'quoted') throw unexpectedToken(list, index);
  const isQuoted = token.kind === 'quoted';
  if (isQuoted && !token.text.startsWith('"')) throw unexpectedToken(list, index);
  return { name: isQuoted ? token.value : token.text, quoted: isQuoted, span: { start: token.start, end: token.end } };
}

/** As the grammar of the default dialect writes a number. */
export function numberText(text: string): string {
  if (!/^(?:[0-9_]+|0[xob][0-9a-f_]+)$/i.test(text)) return text;
  const value = Number(text.replaceAll('_', ''));
  return value < 2 ** 31 ? String(value) : text;
}

export function parameter(key: number | string, at: number, to: number, { list }: ReaderContext): AstExpr {
  return { kind: 'parameter', key, span: rangeSpan(list, at, to) };
}
