import { type Span, SqlSyntaxError } from '../../../common/errors.ts';
import type { AstExpr, NumberLiteral } from '../ast-expr.ts';
import { plainCall } from '../convert-call.ts';
import { unsupported } from '../convert-context.ts';
import type { TokenList } from '../token-list.ts';
import type { Link } from './chain.ts';

/** How tightly PostgreSQL's operators bind. */
const LEVELS = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  membership: 6,
  sum: 8,
  product: 9,
  zone: 10,
  sign: 11,
  cast: 12,
} as const;
/** `||`, and every operator that has no level of its own. */
const OTHER = 7;

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** A chain of operands and operators, nested by PostgreSQL's rules. */
export function bindChain(links: readonly Link[], list: TokenList, around: Span): AstExpr {
  return new ChainBinder(links, list, around).run();
}

class ChainBinder {
  readonly #links: readonly Link[];
  readonly #list: TokenList;
  readonly #around: Span;
  #at = 0;

  constructor(links: readonly Link[], list: TokenList, around: Span) {
    this.#links = links;
    this.#list = list;
    this.#around = around;
  }

  run(): AstExpr {
    const hasStar = this.#links.some((link) => link.kind === 'operand' && link.expr.kind === 'star');
    if (hasStar && this.#links.length > 1)
      throw unsupported('a * inside an expression', this.#around, 'name the columns');
    const expr = this.#expression(0);
    if (this.#at < this.#links.length) throw this.#unexpected();
    return expr;
  }

  #expression(lowest: number): AstExpr {
    let left = this.#operand();
    for (;;) {
      const link = this.#links[this.#at];
      if (link === undefined || (link.kind === 'infix' && link.operator === 'escape')) return left;
      const level = levelOf(link);
      if (level === null) throw this.#unexpected();
      if (level < lowest) return left;
      this.#at++;
      if (link.kind === 'postfix') left = link.build(left);
      else left = this.#infix(left, link, level);
      const isChained = link.kind !== 'postfix' && !LEFT_ASSOCIATIVE.has(level);
      const next = this.#links[this.#at];
      // `a < b < c` has no meaning.
      if (isChained && next && next.kind !== 'postfix' && levelOf(next) === level) throw this.#unexpected();
    }
  }

  #operand(): AstExpr {
    const link = this.#links[this.#at++];
    if (link?.kind === 'operand') return link.expr;
    if (link?.kind !== 'prefix') throw this.#unexpected();
    if (link.operator === 'NOT' || link.operator === '!') {
      if (link.operator === '!') throw unsupported('!', this.#around, 'write NOT');
      const operand = this.#expression(LEVELS.not);
      return { kind: 'not', operand, span: this.#before(operand.span) };
    }
    if (link.operator !== '-' && link.operator !== '+')
      throw unsupported(`the operator ${link.operator}`, this.#around);
    const operand = this.#expression(LEVELS.sign);
    const span = this.#before(operand.span);
    if (link.operator === '-' && operand.kind === 'number') return negated(operand, span);
    return { kind: 'unary', operator: link.operator, operand, span };
  }

  #infix(left: AstExpr, link: Link, level: number): AstExpr {
    if (link.kind === 'infix') {
      if (link.operator === 'ilike' || link.operator === 'not ilike')
        return this.#like(left, 'ilike', link.operator !== 'ilike');
      const right = this.#expression(level + 1);
      const span = this.#cover(left.span, right.span);
      if (link.operator === 'at time zone') return plainCall('timezone', [right, left], span);
      return {
        kind: 'isDistinct',
        negated: link.operator === 'is not distinct from',
        left,
        right,
        span,
      };
    }
    const operator = link.kind === 'operator' ? link.operator : '';
    switch (operator) {
      case 'AND':
      case 'OR':
        return this.#logical(left, operator === 'AND' ? 'and' : 'or', level);
      case 'BETWEEN':
      case 'NOT BETWEEN':
        return this.#between(left, operator === 'NOT BETWEEN');
      case 'IN':
      case 'NOT IN':
        return this.#in(left, operator === 'NOT IN');
      case 'LIKE':
      case 'NOT LIKE':
        return this.#like(left, 'like', operator === 'NOT LIKE');
      default:
        return this.#binary(left, operator, level);
    }
  }

  #binary(left: AstExpr, operator: string, level: number): AstExpr {
    const next = this.#links[this.#at];
    if (next?.kind === 'quantified') {
      this.#at++;
      const { quantifier, query } = next;
      const span = this.#cover(left.span, next.span);
      return { kind: 'subquery', form: { kind: quantifier, operator, operand: left }, query, span };
    }
    const right = this.#expression(level + 1);
    return { kind: 'binary', operator, left, right, span: this.#cover(left.span, right.span) };
  }

  /** The grammar of the default dialect makes one node of `a AND b AND c`. */
  #logical(left: AstExpr, kind: 'and' | 'or', level: number): AstExpr {
    const right = this.#expression(level + 1);
    const args = left.kind === kind ? [...left.args, right] : [left, right];
    return { kind, args, span: this.#cover(left.span, right.span) };
  }

  #between(input: AstExpr, isNegated: boolean): AstExpr {
    const low = this.#expression(LEVELS.membership + 1);
    const and = this.#links[this.#at++];
    if (and?.kind !== 'operator' || and.operator !== 'AND') throw this.#unexpected();
    const high = this.#expression(LEVELS.membership + 1);
    const span = this.#cover(input.span, high.span);
    return { kind: 'between', negated: isNegated, symmetric: false, input, low, high, span };
  }

  #in(input: AstExpr, isNegated: boolean): AstExpr {
    const right = this.#links[this.#at++];
    if (right?.kind === 'query') {
      const span = this.#cover(input.span, right.span);
      const form = { kind: 'any' as const, operator: '=', operand: input };
      const subquery: AstExpr = { kind: 'subquery', form, query: right.query, span };
      return isNegated ? { kind: 'not', operand: subquery, span } : subquery;
    }
    if (right?.kind !== 'list' || right.items.length === 0) throw this.#unexpected();
    const span = this.#cover(input.span, ...right.items.map((item) => item.span));
    return { kind: 'inList', negated: isNegated, input, list: right.items, span };
  }

  #like(input: AstExpr, operator: 'like' | 'ilike', isNegated: boolean): AstExpr {
    const pattern = this.#expression(LEVELS.membership + 1);
    const next = this.#links[this.#at];
    let escaping: AstExpr | null = null;
    if (next?.kind === 'infix' && next.operator === 'escape') {
      this.#at++;
      escaping = this.#expression(LEVELS.membership + 1);
    }
    const span = this.#cover(input.span, (escaping ?? pattern).span);
    return { kind: 'like', operator, negated: isNegated, input, pattern, escape: escaping, span };
  }

  #cover(...spans: readonly Span[]): Span {
    const start = Math.min(spans[0]?.start ?? 0, spans.at(-1)?.start ?? 0);
    return this.#list.balanced({ start, end: Math.max(...[spans[0], spans.at(-1)].map((span) => span?.end ?? 0)) });
  }

  /** With the token before it: NOT or a sign. */
  #before(operand: Span): Span {
    let at = this.#list.indexAt(operand.start) - 1;
    while (this.#list.at(at)?.text === '(') at--;
    const token = this.#list.at(at);
    return this.#list.balanced({ start: token?.start ?? operand.start, end: operand.end });
  }

  #unexpected(): SqlSyntaxError {
    const { start, end } = this.#around;
    return new SqlSyntaxError('SQ1001', 'operators that do not fit together', {
      span: { start, end },
      hint: 'put parentheses around what belongs together',
    });
  }
}

const LEFT_ASSOCIATIVE: ReadonlySet<number> = new Set([
  LEVELS.or,
  LEVELS.and,
  OTHER,
  LEVELS.sum,
  LEVELS.product,
  LEVELS.zone,
]);

/** null for what is no operator, and for ESCAPE, which LIKE takes itself. */
function levelOf(link: Link): number | null {
  if (link.kind === 'postfix') return LEVELS[link.level];
  if (link.kind === 'infix') {
    if (link.operator === 'escape') return null;
    if (link.operator === 'at time zone') return LEVELS.zone;
    return link.operator.endsWith('like') ? LEVELS.membership : LEVELS.is;
  }
  if (link.kind !== 'operator') return null;
  const { operator } = link;
  if (operator === 'OR') return LEVELS.or;
  if (operator === 'AND') return LEVELS.and;
  if (COMPARISONS.has(operator)) return LEVELS.comparison;
  if (/^(?:NOT )?(?:IN|LIKE|BETWEEN)$/.test(operator)) return LEVELS.membership;
  if (operator === '+' || operator === '-') return LEVELS.sum;
  if (operator === '*' || operator === '/' || operator === '%') return LEVELS.product;
  return operator === '||' ? OTHER : null;
}

/** A sign is part of the number that follows it. */
function negated(number: NumberLiteral, span: Span): NumberLiteral {
  const text = number.text.startsWith('-') ? number.text.slice(1) : `-${number.text}`;
  return { kind: 'number', text, span };
}
