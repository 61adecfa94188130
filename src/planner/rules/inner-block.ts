import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns, parts } from '../../operators/expr/rewrite.ts';
import { conjuncts } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

/** A tree of inner joins and filters without its shape: what is joined, and everything that rows of the product have to fulfil. */
export interface InnerBlock {
  readonly leaves: readonly LogicalPlan[];
  readonly conditions: readonly Expr[];
}

/** Whether a block begins here that is more than one leaf. */
export function beginsBlock(plan: LogicalPlan): boolean {
  return plan.kind === 'filter' ? beginsBlock(plan.input) : plan.kind === 'join' && plan.type === 'inner';
}

/** The block that ends above at `root`: one leaf when it begins none. Predicates of scans stay in them. */
export function innerBlock(root: LogicalPlan): InnerBlock {
  const leaves: LogicalPlan[] = [];
  const conditions: Expr[] = [];
  const collect = (plan: LogicalPlan): void => {
    if (plan.kind === 'filter') {
      collect(plan.input);
      conditions.push(...conjuncts(plan.predicate));
    } else if (plan.kind === 'join' && plan.type === 'inner') {
      collect(plan.left);
      collect(plan.right);
      if (plan.condition) conditions.push(...conjuncts(plan.condition));
    } else leaves.push(plan);
  };
  collect(root);
  return { leaves, conditions };
}

/** The block without its scans' predicates, which are conditions of it like the others. */
export function withScanPredicates({ leaves, conditions }: InnerBlock): InnerBlock {
  const predicates = leaves.flatMap((leaf) =>
    leaf.kind === 'scan' && leaf.predicate ? conjuncts(leaf.predicate) : [],
  );
  return { leaves, conditions: [...predicates, ...conditions] };
}

/** The columns that an expression reads. */
export function columnsIn(expr: Expr): ReadonlySet<ColumnId> {
  const used = new Set<ColumnId>();
  collectColumns(expr, used);
  return used;
}

/** The sides of `a = b`. */
export function equalSides(expr: Expr): readonly [Expr, Expr] | null {
  return expr.kind === 'call' && expr.function === '=' ? (expr.args as unknown as readonly [Expr, Expr]) : null;
}

/** What conditions say of every row, as far as equalities and the conditions themselves tell. */
export class Held {
  readonly #parents = new Map<string, string>();
  readonly #conditions: ReadonlySet<string>;

  constructor(conditions: readonly Expr[]) {
    this.#conditions = new Set(conditions.map(exprKey));
    for (const condition of conditions) {
      const [left, right] = equalSides(condition)?.map(exprKey) ?? [];
      if (left === undefined || right === undefined) continue;
      for (const key of [left, right]) if (!this.#parents.has(key)) this.#parents.set(key, key);
      this.#parents.set(this.#find(left) as string, this.#find(right) as string);
    }
  }

  /** Whether both are equal, and not NULL, in every row. */
  areEqual(a: Expr, b: Expr): boolean {
    const left = this.#find(exprKey(a));
    return left !== null && left === this.#find(exprKey(b));
  }

  implies(condition: Expr): boolean {
    const sides = equalSides(condition);
    if (sides && this.areEqual(...sides)) return true;
    return this.#conditions.has(exprKey(condition));
  }

  /** What stands for everything that is equal to it; null for what no equality speaks of. */
  #find(key: string): string | null {
    let found = key;
    for (let parent = this.#parents.get(found); parent !== found; parent = this.#parents.get(found)) {
      if (parent === undefined) return null;
      found = parent;
    }
    return found;
  }
}

/** Whether an expression's value follows from those of `known` in every row for which equalities hold. */
export function isDeterminedBy(expr: Expr, known: readonly Expr[], held: Held): boolean {
  if (known.some((each) => exprKey(each) === exprKey(expr) || held.areEqual(each, expr))) return true;
  if (expr.kind === 'column') return false;
  return parts(expr).every((part) => isDeterminedBy(part, known, held));
}
