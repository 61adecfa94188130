import { assertNever, BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { parts } from '../../operators/expr/rewrite.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { GroupItem, SelectBody } from '../parse/ast.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import type { AggregateCollector } from './aggregates.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { ordinalPosition, requireOrder } from './ordering.ts';
import { namesMatch } from './scope.ts';

/** What a SELECT groups by: different keys, and for GROUPING SETS the positions of the keys of each set. */
export interface BoundGroups {
  readonly keys: readonly Expr[];
  readonly sets: readonly (readonly number[])[] | null;
}

/** A column of the select list, as far as GROUP BY can mean it. */
export interface GroupOutput {
  readonly expr: Expr;
  readonly span: Span;
}

/** More sets than this are a slip of a CUBE. */
const MAX_SETS = 4096;
/** Keys of grouping sets are told apart by the bits of an integer. */
const MAX_SET_KEYS = 31;

/**
 * GROUP BY: positions, columns, aliases of the select list (a column wins over an alias), any other expression, ROLLUP, CUBE and
 * GROUPING SETS, and ALL. Null when the SELECT has none. `env` is that of the select list.
 */
export function bindGroupBy(
  body: SelectBody,
  outputs: readonly GroupOutput[],
  env: ExprEnvironment & { readonly aggregates: AggregateCollector },
): BoundGroups | null {
  const binder = new GroupBinder(body, outputs, env);
  if (body.groupByAll) return binder.all();
  return body.groupBy.length === 0 ? null : binder.items(body.groupBy);
}

class GroupBinder {
  readonly #body: SelectBody;
  readonly #outputs: readonly GroupOutput[];
  readonly #env: ExprEnvironment & { readonly aggregates: AggregateCollector };
  readonly #keys: Expr[] = [];
  readonly #positions = new Map<string, number>();

  constructor(
    body: SelectBody,
    outputs: readonly GroupOutput[],
    env: ExprEnvironment & { readonly aggregates: AggregateCollector },
  ) {
    this.#body = body;
    this.#outputs = outputs;
    this.#env = env;
  }

  all(): BoundGroups {
    for (const { expr, span } of this.#outputs) {
      if (this.#computed(expr) === null) this.#key(expr, span);
    }
    return { keys: this.#keys, sets: null };
  }

  /** The sets of each item, combined with those of the others. */
  items(items: readonly GroupItem[]): BoundGroups {
    let sets: readonly (readonly number[])[] = [[]];
    for (const item of items) {
      const more = this.#sets(item);
      this.#refuseMany(sets.length * more.length, item.span);
      sets = sets.flatMap((set) => more.map((other) => [...new Set([...set, ...other])]));
    }
    if (items.every(({ kind }) => kind === 'expr' || kind === 'list')) return { keys: this.#keys, sets: null };
    if (this.#keys.length > MAX_SET_KEYS) {
      throw new UnsupportedError(
        'SQ2001',
        `grouping sets over more than ${MAX_SET_KEYS} expressions are not supported`,
        {
          span: (items[0] as GroupItem).span,
        },
      );
    }
    return { keys: this.#keys, sets: sets.map((set) => set.toSorted((a, b) => a - b)) };
  }

  #refuseMany(count: number, span: Span): void {
    if (count <= MAX_SETS) return;
    throw new UnsupportedError('SQ2001', `more than ${MAX_SETS.toLocaleString('en')} grouping sets are not supported`, {
      span,
    });
  }

  #sets(item: GroupItem): readonly (readonly number[])[] {
    switch (item.kind) {
      case 'expr':
      case 'list':
        return [this.#positionsOf(item)];
      case 'empty':
        return [[]];
      case 'rollup': {
        const groups = item.items.map((inner) => this.#positionsOf(inner));
        return groups.map((_, i) => groups.slice(0, groups.length - i).flat()).concat([[]]);
      }
      case 'cube': {
        const groups = item.items.map((inner) => this.#positionsOf(inner));
        this.#refuseMany(2 ** groups.length, item.span);
        return Array.from({ length: 2 ** groups.length }, (_, bits) =>
          groups.flatMap((group, i) => ((bits >> (groups.length - 1 - i)) & 1 ? [] : group)),
        );
      }
      case 'sets':
        return item.items.flatMap((inner) => this.#sets(inner));
      default:
        return assertNever(item);
    }
  }

  /** The keys of an expression or of several in parentheses, which count as one. */
  #positionsOf(item: GroupItem): readonly number[] {
    switch (item.kind) {
      case 'expr':
        return this.#expression(item.expr, item.span);
      case 'list':
        return item.items.flatMap((inner) => this.#positionsOf(inner));
      case 'empty':
        return [];
      case 'rollup':
      case 'cube':
      case 'sets':
        throw new UnsupportedError('SQ2001', 'ROLLUP, CUBE and GROUPING SETS inside ROLLUP or CUBE are not supported', {
          span: item.span,
        });
      default:
        return assertNever(item);
    }
  }

  #expression(node: AstExpr, span: Span): readonly number[] {
    if (node.kind === 'row') return node.args.flatMap((arg) => this.#expression(arg, arg.span));
    return [this.#key(this.#bind(node, span), span)];
  }

  #bind(node: AstExpr, span: Span): Expr {
    const position = ordinalPosition(node, this.#outputs.length, 'GROUP BY');
    if (position !== null) return this.#output(this.#outputs[position] as GroupOutput);
    if (node.kind === 'column' && node.path.length === 1 && this.#env.scope.find(node.path, span) === null) {
      const [name] = node.path;
      const alias = this.#body.items.find((item) => item.alias !== null && name && namesMatch(name, item.alias));
      const output = alias && this.#outputs.find((one) => one.span.start === alias.expr.span.start);
      if (output) return this.#output(output);
    }
    return bindExpr(node, {
      ...this.#env,
      aggregates: { forbiddenIn: 'GROUP BY' },
      windows: { forbiddenIn: 'GROUP BY' },
    });
  }

  #output({ expr }: GroupOutput): Expr {
    const computed = this.#computed(expr);
    if (!computed) return expr;
    throw new BindError('SQ1106', `${computed.name}() cannot stand in GROUP BY`, {
      span: computed.span,
      hint: 'aggregate in a query in FROM',
    });
  }

  /** The aggregate or window function that an expression needs. */
  #computed(expr: Expr): { readonly name: string; readonly span: Span } | null {
    if (expr.kind === 'column') {
      const { aggregates, windows } = this.#env;
      const found = aggregates.find(expr.id);
      if (found) return { name: 'call' in found ? found.call.function : 'grouping', span: found.span };
      const isWindow = windows && !('forbiddenIn' in windows) && windows.has(expr.id as ColumnId);
      return isWindow && expr.span ? { name: 'a window function', span: expr.span } : null;
    }
    for (const part of parts(expr)) {
      const found = this.#computed(part);
      if (found) return found;
    }
    return null;
  }

  /** The position of a key; the same expression is one key. */
  #key(expr: Expr, span: Span): number {
    requireOrder(expr, 'GROUP BY', span);
    const key = exprKey(expr);
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    this.#positions.set(key, this.#keys.length);
    return this.#keys.push(expr) - 1;
  }
}
