import type { Span } from '../../../common/errors.ts';
import type { AstExpr } from '../ast-expr.ts';
import { unsupported } from '../convert-context.ts';
import type { RawNode } from './parser-build.ts';
import type { Meaning, StandIns } from './stand-ins.ts';

/** An expression as it was written, from left to right; parentheses and calls are operands. */
export type Link =
  | { readonly kind: 'operand'; readonly expr: AstExpr }
  | { readonly kind: 'prefix'; readonly operator: string }
  | { readonly kind: 'operator'; readonly operator: string }
  | Extract<Meaning, { kind: 'query' | 'list' | 'quantified' | 'infix' | 'postfix' }>;

export interface ChainContext {
  readonly standIns: StandIns;
  /** What errors without a place of their own point at. */
  readonly span: Span;
  /** The links in the order of their binding. */
  readonly bind: (links: readonly Link[]) => AstExpr;
}

/** A tree of the parser as the chain that was written: how the parser nested it does not matter. */
export function chain(node: unknown, context: ChainContext): readonly Link[] {
  const links: Link[] = [];
  collect(node, context, links, true);
  return withoutGlue(links, context);
}

function collect(value: unknown, context: ChainContext, links: Link[], isOutermost: boolean): void {
  const node = rawNode(value, context);
  if (node.parentheses === true && !isOutermost) {
    const inner: Link[] = [];
    collect({ ...node, parentheses: false }, context, inner, true);
    links.push({ kind: 'operand', expr: context.bind(withoutGlue(inner, context)) });
    return;
  }
  switch (node.type) {
    case 'binary_expr':
      binary(node, context, links);
      return;
    case 'unary_expr':
      links.push({ kind: 'prefix', operator: text(node.operator, context) });
      collect(node.expr, context, links, false);
      return;
    case 'function':
      call(node, context, links);
      return;
    case 'column_ref':
      links.push(reference(node, context));
      return;
    default:
      throw unsupported('this construct of the dialect', context.span);
  }
}

function binary(node: RawNode, context: ChainContext, links: Link[]): void {
  const operator = text(node.operator, context);
  collect(node.left, context, links, false);
  links.push({ kind: 'operator', operator });
  if (operator === 'BETWEEN' || operator === 'NOT BETWEEN') {
    const [low, high, ...more] = list(node.right, context);
    if (low === undefined || high === undefined || more.length > 0) throw unsupported('this BETWEEN', context.span);
    collect(low, context, links, false);
    links.push({ kind: 'operator', operator: 'AND' });
    collect(high, context, links, false);
  } else if (operator === 'IN' || operator === 'NOT IN') {
    links.push(membership(list(node.right, context), context));
  } else collect(node.right, context, links, false);
}

function membership(items: readonly unknown[], context: ChainContext): Link {
  const [first] = items;
  if (items.length === 1 && isRaw(first) && first.type === 'column_ref') {
    const only = reference(first, context);
    return only.kind === 'query' || only.kind === 'list' ? only : { kind: 'list', items: [context.bind([only])] };
  }
  return { kind: 'list', items: items.map((item) => context.bind(chain(item, context))) };
}

function call(node: RawNode, context: ChainContext, links: Link[]): void {
  const args = list(node.args, context);
  const known = ['type', 'name', 'args', 'loc', 'suffix', 'over', 'parentheses', 'separator'];
  const extra = Object.entries(node).find(
    ([key, value]) => !known.includes(key) && value !== null && value !== undefined,
  );
  if (extra || node.over) throw unsupported('this call of the dialect', context.span);
  const bound = () => args.map((arg) => context.bind(chain(arg, context)));
  const name = functionName(node, context);
  // `NOT (a)` is taken for a function.
  if (name.toUpperCase() === 'NOT') {
    const [operand, ...more] = bound();
    if (!operand || more.length > 0) throw unsupported('a row value', context.span);
    links.push({ kind: 'prefix', operator: 'NOT' }, { kind: 'operand', expr: operand });
    return;
  }
  // Taken after its arguments, which stand inside it.
  const { build } = context.standIns.take(name, context.span, 'call');
  links.push({ kind: 'operand', expr: build(bound()) });
}

function functionName(node: RawNode, context: ChainContext): string {
  const path = rawNode(node.name, context);
  const parts = Array.isArray(path.name) ? [...path.name] : [];
  if (path.schema !== undefined && path.schema !== null) parts.unshift(path.schema);
  if (parts.length !== 1) throw unsupported('a function of a schema', context.span);
  return text(rawNode(parts[0], context).value, context);
}

function reference(node: RawNode, context: ChainContext): Link {
  if (node.table) throw unsupported('this name', context.span);
  return context.standIns.take(
    columnName(node, context),
    context.span,
    'operand',
    'query',
    'list',
    'quantified',
    'infix',
    'postfix',
  );
}

/** The name of a column: a text, or a text in two boxes. */
export function columnName(node: RawNode, context: ChainContext): string {
  if (typeof node.column === 'string') return node.column;
  const { offset, expr } = rawNode(node.column, context);
  if (Array.isArray(offset) && offset.length > 0) throw unsupported('a subscript', context.span);
  return text(rawNode(expr, context).value, context);
}

/** Operators that the parser is not shown stand between two `+`, or behind one. */
function withoutGlue(links: readonly Link[], context: ChainContext): readonly Link[] {
  const kept: Link[] = [];
  for (let i = 0; i < links.length; i++) {
    const link = links[i] as Link;
    if (link.kind !== 'infix' && link.kind !== 'postfix') {
      kept.push(link);
      continue;
    }
    const before = kept.pop();
    if (before?.kind !== 'operator' || before.operator !== '+') throw unsupported('this expression', context.span);
    kept.push(link);
    if (link.kind === 'infix') {
      const after = links[++i];
      if (after?.kind !== 'operator' || after.operator !== '+') throw unsupported('this expression', context.span);
    }
  }
  return kept;
}

export function rawNode(value: unknown, context: Pick<ChainContext, 'span'>): RawNode {
  if (isRaw(value)) return value;
  throw unsupported('this construct of the dialect', context.span);
}

const isRaw = (value: unknown): value is RawNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function list(value: unknown, context: ChainContext): readonly unknown[] {
  const node = rawNode(value, context);
  if (node.type === 'expr_list' && Array.isArray(node.value)) return node.value;
  throw unsupported('this list of the dialect', context.span);
}

function text(value: unknown, context: Pick<ChainContext, 'span'>): string {
  if (typeof value === 'string') return value;
  throw unsupported('this construct of the dialect', context.span);
}
