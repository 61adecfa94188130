import { BOOLEAN, sameType, type Value } from '../../common/types.ts';
import { comparator } from '../../operators/expr/compare-values.ts';
import type { CallExpr, Expr, InListExpr } from '../../operators/expr/expr.ts';
import { rewriteExpr } from '../../operators/expr/rewrite.ts';
import { conjunction, conjuncts, literal } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { mapExprs, rewritePlan, sameOr } from '../logical/rewrite.ts';
import { mayRaise } from './may-raise.ts';
import type { Rule } from './rule.ts';

/**
 * Compares what a filter says about one expression with constants: what follows from another part is left out, what contradicts another
 * makes the whole false. IN with one item is an equality.
 *
 *     x > 3 AND x > 5 AND y IN (1)  ->  x > 5 AND y = 1
 *     x > 3 AND x = 2               ->  FALSE
 */
export const simplifyRanges: Rule = {
  name: 'simplify_ranges',
  apply: (plan) =>
    rewritePlan(plan, (node) => simplify(mapExprs(node, (expr) => rewriteExpr(expr, withoutShortLists)))),
};

function withoutShortLists(expr: Expr): Expr {
  const [item, ...more] = expr.kind === 'inList' ? expr.list : [];
  if (expr.kind !== 'inList' || !item || more.length > 0) return expr;
  const { input, negated, span } = expr;
  return { kind: 'call', function: negated ? '<>' : '=', args: [input, item], type: BOOLEAN, ...(span && { span }) };
}

function simplify(node: LogicalPlan): LogicalPlan {
  if ((node.kind !== 'filter' && node.kind !== 'scan') || !node.predicate) return node;
  const before = conjuncts(node.predicate);
  const after = simplified(before);
  return after === before ? node : { ...node, predicate: conjunction(after) };
}

/** What a comparison with constants leaves of an expression's values. */
interface Range {
  readonly predicate: Expr;
  readonly operator: string;
  /** Several for IN. */
  readonly values: readonly Value[];
  readonly input: Expr;
}

/** The same list when there is nothing to leave out. */
function simplified(predicates: readonly Expr[]): readonly Expr[] {
  if (predicates.some(comparesWithNull)) return [literal(false, BOOLEAN)];
  if (predicates.length < 2) return predicates;
  const seen = new Set<string>();
  const distinct = predicates.filter((predicate) => {
    const key = exprKey(predicate);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
  const ranges = new Map<string, Range[]>();
  for (const predicate of distinct) {
    const range = rangeOf(predicate);
    if (!range) continue;
    const key = exprKey(range.input);
    ranges.set(key, [...(ranges.get(key) ?? []), range]);
  }
  const dropped = new Set<Expr>();
  for (const group of ranges.values()) {
    if (group.length < 2) continue;
    if (contradicts(group)) return [literal(false, BOOLEAN)];
    for (const range of implied(group)) dropped.add(range.predicate);
  }
  return sameOr(
    predicates,
    distinct.filter((predicate) => !dropped.has(predicate)),
  );
}

/** Such a comparison is true for no row. */
function comparesWithNull(predicate: Expr): boolean {
  if (predicate.kind !== 'call' || !(MIRRORED.has(predicate.function) || predicate.function === '<>')) return false;
  return predicate.args.some((arg) => arg.kind === 'literal' && arg.value === null);
}

const MIRRORED: ReadonlyMap<string, string> = new Map([
  ['=', '='],
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
]);

function rangeOf(predicate: Expr): Range | null {
  if (predicate.kind === 'inList') return listRange(predicate);
  if (predicate.kind !== 'call' || !MIRRORED.has(predicate.function) || mayRaise(predicate)) return null;
  return comparisonRange(predicate);
}

function comparisonRange(predicate: CallExpr): Range | null {
  const [left, right] = predicate.args as [Expr, Expr];
  if (right.kind === 'literal' && left.kind !== 'literal' && right.value !== null) {
    return { predicate, operator: predicate.function, values: [right.value], input: left };
  }
  if (left.kind !== 'literal' || right.kind === 'literal' || left.value === null) return null;
  return { predicate, operator: MIRRORED.get(predicate.function) as string, values: [left.value], input: right };
}

function listRange(predicate: InListExpr): Range | null {
  const { input, list, negated } = predicate;
  if (negated || mayRaise(input) || !list.every((item) => item.kind === 'literal' && sameType(item.type, input.type))) {
    return null;
  }
  const values = list.flatMap((item) => (item.kind === 'literal' && item.value !== null ? [item.value] : []));
  // A NULL in the list keeps no row more.
  return { predicate, operator: '=', values, input };
}

type Compare = (a: Value, b: Value) => number;

const holds = (order: number, operator: string): boolean => {
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return order === 0;
  }
};

const allows = (range: Range, value: Value, compare: Compare): boolean =>
  range.values.some((bound) => holds(compare(value, bound), range.operator));

/** Whether no value fulfils all of them. */
function contradicts(ranges: readonly Range[]): boolean {
  const compare = compareOf(ranges);
  const points = ranges.find(({ operator }) => operator === '=');
  if (points) {
    return !points.values.some((value) => ranges.every((range) => allows(range, value, compare)));
  }
  const lowers = ranges.filter(({ operator }) => operator.startsWith('>'));
  const uppers = ranges.filter(({ operator }) => operator.startsWith('<'));
  return lowers.some((lower) =>
    uppers.some((upper) => {
      const order = compare(lower.values[0] as Value, upper.values[0] as Value);
      return order > 0 || (order === 0 && (lower.operator === '>' || upper.operator === '<'));
    }),
  );
}

/** Those that another one makes superfluous. */
function implied(ranges: readonly Range[]): readonly Range[] {
  const compare = compareOf(ranges);
  const dropped = new Set<Range>();
  for (const range of ranges) {
    const stronger = ranges.find((other) => other !== range && !dropped.has(other) && implies(other, range, compare));
    if (stronger) dropped.add(range);
  }
  return [...dropped];
}

function implies(strong: Range, weak: Range, compare: Compare): boolean {
  if (strong.operator === '=') return strong.values.every((value) => allows(weak, value, compare));
  if (weak.operator === '=' || strong.operator[0] !== weak.operator[0]) return false;
  const order = compare(strong.values[0] as Value, weak.values[0] as Value);
  if (order === 0) return strong.operator === weak.operator || strong.operator.length === 1;
  return strong.operator.startsWith('>') ? order > 0 : order < 0;
}

const compareOf = ([first]: readonly Range[]): Compare => comparator((first as Range).input.type);
