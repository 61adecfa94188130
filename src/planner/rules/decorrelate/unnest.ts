import { assertNever, InternalError } from '../../../common/errors.ts';
import type { ColumnId, Expr } from '../../../operators/expr/expr.ts';
import { rewriteExpr, substitute } from '../../../operators/expr/rewrite.ts';
import { columnExpr, conjuncts } from '../../expr/build.ts';
import { isNullable } from '../../expr/nullable.ts';
import { exprKey } from '../../expr/same-expr.ts';
import type {
  LogicalPlan,
  LogicalProject,
  LogicalScan,
  LogicalSort,
  LogicalUnnest,
  LogicalWindow,
} from '../../logical/logical-plan.ts';
import { overInputs } from '../../logical/rebuild.ts';
import { exprReadsAny, readsAny } from '../../logical/referenced-columns.ts';
import { exprsOf, mapExprs, nodes } from '../../logical/rewrite.ts';
import { fold } from '../fold-constants.ts';
import { mayRaise } from '../may-raise.ts';
import { asOuterEquality, columnsIn } from './conditions.ts';
import { filtered, outerColumnsIn, type UnnestContext, withDefaults, withOuterValues } from './domain-join.ts';
import { unnestAggregate } from './unnest-aggregate.ts';
import { unnestJoin } from './unnest-join.ts';
import { unnestLimit } from './unnest-limit.ts';
import { type OuterKeys, unnestReading, unnestRecursive } from './unnest-recursive.ts';
import { unnestSetOperation } from './unnest-set-operation.ts';
import { unnestValues } from './unnest-values.ts';
import { unnestWith } from './unnest-with.ts';
import { outerValues, type Unnested, unnested } from './unnested.ts';

/**
 * Turns plans that read outer columns into ones that do not, from the top down: a predicate that reads outer columns is taken out and
 * handed up, equalities through everything (they become keys of the operators above), others as far as rows stay what they are.
 * Where an operator needs the values themselves, its input is joined with their distinct values.
 *
 * Thomas Neumann and Alfons Kemper, "Unnesting Arbitrary Queries", BTW 2015; Thomas Neumann, "Improving Unnesting of Complex
 * Queries", BTW 2025.
 */
export class Unnester {
  readonly context: UnnestContext;
  /** Of the common tables and recursions that are being taken apart: what their readings deliver of the outer rows. */
  readonly shared = new Map<number, OuterKeys>();

  constructor(context: UnnestContext) {
    this.context = context;
  }

  isCorrelated(plan: LogicalPlan): boolean {
    if (readsAny(plan, this.context.outer)) return true;
    return this.shared.size > 0 && nodes(plan).some((node) => 'table' in node && this.shared.has(node.table));
  }

  readsOuter(expr: Expr): boolean {
    return exprReadsAny(expr, this.context.outer);
  }

  unnest(node: LogicalPlan): Unnested {
    if (!this.isCorrelated(node)) return unnested(node);
    switch (node.kind) {
      case 'scan':
        return this.#scan(node);
      case 'values':
        return unnestValues(node, this);
      case 'filter':
        return this.filter(this.unnest(node.input), conjuncts(node.predicate));
      case 'project':
        return this.#project(node);
      case 'aggregate':
        return unnestAggregate(node, this);
      case 'join':
        return unnestJoin(node, this);
      case 'window':
        return this.#window(node);
      case 'setOperation':
        return unnestSetOperation(node, this);
      case 'unnest':
        return this.#lists(node);
      case 'sample': {
        const rows = withDefaults(this.unnest(node.input), this.context);
        return { ...rows, plan: overInputs(node, [rows.plan]) };
      }
      case 'sort':
        return this.#sort(node);
      case 'limit':
        return unnestLimit(node, this);
      case 'with':
        return unnestWith(node, this);
      case 'recursive':
        return unnestRecursive(node, this);
      case 'workingTable':
      case 'commonTable':
        return unnestReading(node, this);
      case 'apply':
        throw new InternalError('an apply inside an apply that is taken away');
      default:
        return assertNever(node);
    }
  }

  /** The node's expressions read no outer columns any more: the values come from its input. */
  resolved<P extends LogicalPlan>(node: P, rows: Unnested): { readonly rows: Unnested; readonly node: P } {
    const wanted = outerColumnsIn(exprsOf(node), this.context.outer);
    if (wanted.size === 0) return { rows, node };
    const known = withOuterValues(rows, wanted, this.context);
    const values = outerValues(known);
    return { rows: known, node: mapExprs(node, (expr) => substitute(expr, values)) as P };
  }

  #scan(node: LogicalScan): Unnested {
    const predicates = node.predicate ? conjuncts(node.predicate) : [];
    const first = predicates.findIndex((predicate) => this.readsOuter(predicate));
    const scanned = predicates.slice(0, first);
    const scan: LogicalScan = { ...node, predicate: null, constraints: [] };
    return this.filter(unnested(filtered(scan, scanned)), predicates.slice(first));
  }

  filter(input: Unnested, predicates: readonly Expr[]): Unnested {
    const rows = this.#filterDefaults(input, predicates);
    const local: Expr[] = [];
    const equalities = [...rows.equalities];
    const others = [...rows.others];
    let guarded = others.length > 0;
    for (const predicate of predicates) {
      const values = outerValues({ ...rows, equalities });
      const inner = substitute(predicate, values);
      if (!this.readsOuter(inner)) {
        // What is handed up may guard it from an error.
        (guarded && mayRaise(inner) ? others : local).push(inner);
        continue;
      }
      const equality = asOuterEquality(predicate, this.context.outer);
      if (equality && !(guarded && mayRaise(predicate))) equalities.push(equality);
      else others.push(predicate);
      guarded = true;
    }
    return { ...rows, plan: filtered(rows.plan, local), equalities, others };
  }

  /** A default row that the predicates leave out is none; one that they keep is not told from a row that they leave out. */
  #filterDefaults(rows: Unnested, predicates: readonly Expr[]): Unnested {
    const { defaults } = rows;
    if (!defaults) return rows;
    const [first] = predicates.map((predicate) => foldAll(substitute(predicate, defaults)));
    if (first?.kind === 'literal' && first.value !== true) return { ...rows, defaults: null };
    return withDefaults(rows, this.context);
  }

  #project(project: LogicalProject): Unnested {
    const input = this.unnest(project.input);
    const correlated = project.exprs.some((expr) => this.readsOuter(expr));
    const settled = correlated ? withDefaults(input, this.context) : input;
    const { rows, node } = this.resolved(project, settled);
    const delivered = new Map(
      node.exprs.map((expr, i) => [exprKey(expr), node.columns[i] as (typeof node.columns)[0]]),
    );
    const columns = [...node.columns];
    const exprs = [...node.exprs];
    const passed = (expr: Expr): Expr => {
      const key = exprKey(expr);
      const known = delivered.get(key);
      if (known) return columnExpr(known);
      const name = expr.kind === 'column' ? expr.name : 'key';
      const column = this.context.ids.column(name, expr.type, isNullable(expr, rows.plan.columns));
      delivered.set(key, column);
      columns.push(column);
      exprs.push(expr);
      return columnExpr(column);
    };
    const read = new Map<ColumnId, Expr>();
    const byId = new Map(rows.plan.columns.map((column) => [column.id, column]));
    for (const id of columnsIn(rows.others)) {
      const column = byId.get(id);
      if (column) read.set(id, passed(columnExpr(column)));
    }
    const equalities = rows.equalities.map((each) => ({ ...each, inner: passed(each.inner) }));
    const known = new Map([...rows.known].map(([id, expr]) => [id, passed(expr)]));
    const { defaults } = rows;
    return {
      plan: { kind: 'project', input: rows.plan, exprs, columns },
      equalities,
      known,
      others: rows.others.map((predicate) => substitute(predicate, read)),
      defaults:
        defaults &&
        new Map(
          node.exprs.map((expr, i) => [(node.columns[i] as { id: ColumnId }).id, foldAll(substitute(expr, defaults))]),
        ),
    };
  }

  #window(window: LogicalWindow): Unnested {
    const input = withOuterValues(this.unnest(window.input), new Set(), this.context);
    const { rows, node } = this.resolved(window, input);
    const functions = node.columns.slice(node.input.columns.length);
    const keys = rows.equalities.map(({ inner }) => inner);
    return {
      ...rows,
      plan: {
        ...node,
        input: rows.plan,
        partitionBy: [...keys, ...node.partitionBy],
        columns: [...rows.plan.columns, ...functions],
      },
    };
  }

  #lists(unnest: LogicalUnnest): Unnested {
    const input = withDefaults(this.unnest(unnest.input), this.context);
    const { rows, node } = this.resolved(unnest, input);
    const entries = node.columns.slice(node.input.columns.length);
    return { ...rows, plan: { ...node, input: rows.plan, columns: [...rows.plan.columns, ...entries] } };
  }

  #sort(sort: LogicalSort): Unnested {
    const input = this.unnest(sort.input);
    if (input.defaults) return input;
    const { rows, node } = this.resolved(sort, input);
    return { ...rows, plan: { ...node, input: rows.plan, columns: rows.plan.columns } };
  }
}

/** Folded from the leaves up. */
export const foldAll = (expr: Expr): Expr => rewriteExpr(expr, fold);
