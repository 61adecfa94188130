import type { A_Expr, Node, SubLink } from 'libpg-query';
import { assertNever, InternalError, type Span } from '../../common/errors.ts';
import type { AstExpr } from './ast-expr.ts';
import { plainCall } from './convert-call.ts';
import { type ConvertContext, unsupported } from './convert-context.ts';
import { convertExpr, convertExprs, convertOptional } from './convert-expr.ts';
import { convertSubquery } from './convert-query.ts';
import { stringOf } from './convert-type.ts';
import { isPunctuation, isWord } from './token.ts';

/** Operators and what the grammar writes as one. */
export function convertOperation(node: A_Expr, ctx: ConvertContext): AstExpr {
  const at = ctx.span(node.location);
  const operator = (node.name ?? []).map(stringOf).at(-1) ?? '';
  const kind = node.kind ?? 'AEXPR_OP';
  switch (kind) {
    case 'AEXPR_OP': {
      if ((node.name ?? []).length > 1) throw unsupported('OPERATOR()', at);
      if (operator === '->' || operator === '->>') throw unsupported(`${operator} (a lambda, or access to JSON)`, at);
      if (!node.lexpr) {
        const operand = convertExpr(node.rexpr, ctx);
        return { kind: 'unary', operator, operand, span: ctx.cover(at, operand.span) };
      }
      const left = convertExpr(node.lexpr, ctx);
      const right = convertExpr(node.rexpr, ctx);
      return { kind: 'binary', operator, left, right, span: ctx.cover(left.span, right.span) };
    }
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT': {
      const left = convertExpr(node.lexpr, ctx);
      const right = convertExpr(node.rexpr, ctx);
      const negated = kind === 'AEXPR_NOT_DISTINCT';
      return { kind: 'isDistinct', negated, left, right, span: ctx.cover(left.span, right.span) };
    }
    case 'AEXPR_NULLIF':
      return plainCall(
        'nullif',
        [convertExpr(node.lexpr, ctx), convertExpr(node.rexpr, ctx)],
        ctx.callSpan(node.location),
      );
    case 'AEXPR_IN': {
      const input = convertExpr(node.lexpr, ctx);
      const list = convertExprs(listItems(node.rexpr), ctx);
      let open = ctx.index(node.location);
      while (isWord(ctx.list.at(open), 'not', 'in')) open++;
      const close = ctx.list.partner(open);
      const span = close === undefined ? ctx.cover(input.span, at) : ctx.cover(input.span, ctx.range(open, close));
      return { kind: 'inList', negated: operator === '<>', input, list, span };
    }
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return like(node, kind, operator, ctx);
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN':
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM': {
      const input = convertExpr(node.lexpr, ctx);
      const [low, high] = convertExprs(listItems(node.rexpr), ctx) as [AstExpr, AstExpr];
      return {
        kind: 'between',
        negated: kind.includes('_NOT_'),
        symmetric: kind.endsWith('_SYM'),
        input,
        low,
        high,
        span: ctx.cover(input.span, high.span),
      };
    }
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL': {
      const quantifier = kind === 'AEXPR_OP_ANY' ? 'any' : 'all';
      const operand = convertExpr(node.lexpr, ctx);
      const list = convertExpr(node.rexpr, ctx);
      if (list.kind === 'list' && PATTERNS[operator])
        return patterns(operator, quantifier, operand, list.elements, ctx);
      refusePatterns(operator, quantifier, at);
      return { kind: 'quantified', quantifier, operator, operand, list, span: ctx.cover(operand.span, list.span) };
    }
    default:
      return assertNever(kind);
  }
}

function listItems(node: Node | undefined): readonly Node[] {
  if (node && 'List' in node) return node.List.items ?? [];
  throw new InternalError('the grammar gave no list');
}

function like(
  node: A_Expr,
  kind: 'AEXPR_LIKE' | 'AEXPR_ILIKE' | 'AEXPR_SIMILAR',
  operator: string,
  ctx: ConvertContext,
): AstExpr {
  const input = convertExpr(node.lexpr, ctx);
  let pattern: AstExpr;
  let escapeExpr: AstExpr | null = null;
  const right = node.rexpr;
  const call = right && 'FuncCall' in right ? right.FuncCall : null;
  const wrapper = (call?.funcname ?? []).map(stringOf).join('.');
  // The grammar wraps a pattern with ESCAPE, and every SIMILAR TO, into one of its own functions.
  if (call && (wrapper === 'pg_catalog.like_escape' || wrapper === 'pg_catalog.similar_to_escape')) {
    pattern = convertExpr(call.args?.[0], ctx);
    escapeExpr = convertOptional(call.args?.[1], ctx);
  } else {
    pattern = convertExpr(right, ctx);
  }
  return {
    kind: 'like',
    operator: kind === 'AEXPR_LIKE' ? 'like' : kind === 'AEXPR_ILIKE' ? 'ilike' : 'similar to',
    negated: operator.startsWith('!'),
    input,
    pattern,
    escape: escapeExpr,
    span: ctx.cover(input.span, pattern.span, escapeExpr?.span ?? pattern.span),
  };
}

/** LIKE ANY (…) arrives as an operator. */
const PATTERNS: Readonly<Record<string, string>> = {
  '~~': 'LIKE',
  '!~~': 'NOT LIKE',
  '~~*': 'ILIKE',
  '!~~*': 'NOT ILIKE',
};

/** `x LIKE ANY (ARRAY[a, b])` is `x LIKE a OR x LIKE b`. */
function patterns(
  operator: string,
  quantifier: 'any' | 'all',
  input: AstExpr,
  list: readonly AstExpr[],
  ctx: ConvertContext,
): AstExpr {
  const span = ctx.cover(input.span, list.at(-1)?.span ?? input.span);
  const args = list.map(
    (pattern): AstExpr => ({
      kind: 'like',
      operator: operator.endsWith('*') ? 'ilike' : 'like',
      negated: operator.startsWith('!'),
      input,
      pattern,
      escape: null,
      span: ctx.cover(input.span, pattern.span),
    }),
  );
  if (args.length === 0) return { kind: 'boolean', value: quantifier === 'all', span };
  return args.length === 1 ? (args[0] as AstExpr) : { kind: quantifier === 'any' ? 'or' : 'and', args, span };
}

function refusePatterns(operator: string, quantifier: 'any' | 'all', span: Span): void {
  const pattern = PATTERNS[operator];
  if (pattern === undefined) return;
  const hint = 'write the patterns out, ANY (ARRAY[…]), or join them with OR or AND';
  throw unsupported(`${pattern} ${quantifier.toUpperCase()} of a list that is not written out`, span, hint);
}

/** A query inside an expression. */
export function convertSubLink(node: SubLink, ctx: ConvertContext): AstExpr {
  const kind = node.subLinkType ?? 'EXISTS_SUBLINK';
  const query = convertSubquery(node.subselect, ctx);
  const at = ctx.span(node.location);
  switch (kind) {
    case 'EXPR_SUBLINK':
      return { kind: 'subquery', form: { kind: 'scalar' }, query, span: ctx.callSpan(node.location) };
    case 'EXISTS_SUBLINK':
      return { kind: 'subquery', form: { kind: 'exists' }, query, span: ctx.callSpan(node.location) };
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK': {
      const operand = convertExpr(node.testexpr, ctx);
      const operator = (node.operName ?? []).map(stringOf).at(-1) ?? '=';
      refusePatterns(operator, kind === 'ANY_SUBLINK' ? 'any' : 'all', at);
      const form = { kind: kind === 'ANY_SUBLINK' ? ('any' as const) : ('all' as const), operator, operand };
      let open = ctx.index(node.location);
      while (open < ctx.list.tokens.length && !isPunctuation(ctx.list.at(open), '(')) open++;
      const span = ctx.cover(operand.span, ctx.range(open, ctx.list.partner(open) ?? open));
      return { kind: 'subquery', form, query, span };
    }
    case 'ARRAY_SUBLINK':
      return { kind: 'subquery', form: { kind: 'array' }, query, span: ctx.callSpan(node.location) };
    case 'ROWCOMPARE_SUBLINK':
    case 'MULTIEXPR_SUBLINK':
    case 'CTE_SUBLINK':
      throw unsupported('a comparison with a row of a query', at);
    default:
      return assertNever(kind);
  }
}
