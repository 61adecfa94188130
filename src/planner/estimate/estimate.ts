import { assertNever } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import { conjunction, conjuncts } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalAggregate, LogicalApply, LogicalJoin, LogicalPlan, LogicalScan } from '../logical/logical-plan.ts';
import { nodes } from '../logical/rewrite.ts';
import { aggregateFacts } from './aggregate-facts.ts';
import type { RowBounds } from './bounds.ts';
import { bytesOf, type ColumnFacts, thinned, unknownFacts } from './column-facts.ts';
import { distinctOf } from './distinct.ts';
import { groupCount } from './group-count.ts';
import { joinRows, matchedRows, splitCondition } from './join-estimate.ts';
import { boundsWithin, type FactsOf, selectivity } from './selectivity.ts';

/** Rows of a table that says nothing of itself. */
const UNKNOWN_ROWS = 100_000;
/** Entries of a list that is unnested. */
const LIST_ENTRIES = 10;
/** Rounds of a recursion. */
const ROUNDS = 10;

/**
 * How many rows, bytes and different values the nodes of a plan will deliver, as far as the statistics of its tables tell.
 * Each plan object is estimated once. Never fails and never asks for anything: with no statistics at all it guesses.
 */
export class Estimator {
  readonly #rows = new WeakMap<LogicalPlan, number>();
  readonly #facts = new WeakMap<LogicalPlan, Map<ColumnId, ColumnFacts>>();
  readonly #tables = new Map<number, LogicalPlan>();

  readonly #known: ReadonlyMap<LogicalPlan, RowBounds>;

  /**
   * With the whole plan, for the definitions of the common tables that parts of it read, and with what is known of its nodes: what is
   * above them is estimated by that.
   */
  constructor(root?: LogicalPlan, known: ReadonlyMap<LogicalPlan, RowBounds> = new Map()) {
    this.#known = known;
    if (root) this.#define(root);
  }

  /** At least 0, not rounded. */
  rows(plan: LogicalPlan): number {
    const known = this.#rows.get(plan);
    if (known !== undefined) return known;
    const bounds = this.#known.get(plan);
    const estimated = this.#estimateRows(plan);
    const rows = bounds ? Math.min(bounds.max, Math.max(bounds.min, estimated)) : estimated;
    this.#rows.set(plan, rows);
    return rows;
  }

  /** Bytes of the rows, decoded: what a hash table or an exchange of them holds. */
  bytes(plan: LogicalPlan): number {
    const width = plan.columns.reduce((sum, column) => sum + this.facts(plan, column).bytes, 0);
    return this.rows(plan) * width;
  }

  /** Different values of an expression over the plan's rows: at most as many as there are rows, at least 1. */
  distinct(plan: LogicalPlan, expr: Expr): number {
    return Math.max(1, Math.min(this.rows(plan), distinctOf(expr, this.#factsOf(plan))));
  }

  /** Different combinations of the values of several expressions over the plan's rows. */
  groups(plan: LogicalPlan, exprs: readonly Expr[]): number {
    return groupCount(plan, exprs, this);
  }

  /** What is supposed of a column that the plan delivers. */
  facts(plan: LogicalPlan, column: Pick<Column, 'id' | 'type'>): ColumnFacts {
    let known = this.#facts.get(plan);
    if (!known) {
      known = new Map();
      this.#facts.set(plan, known);
    }
    let facts = known.get(column.id);
    if (!facts) {
      facts = this.#estimateFacts(plan, column);
      known.set(column.id, facts);
    }
    return facts;
  }

  #define(root: LogicalPlan): void {
    for (const node of nodes(root)) {
      if (node.kind === 'with') this.#tables.set(node.table, node.definition);
      if (node.kind === 'recursive') this.#tables.set(node.table, node.base);
    }
  }

  #factsOf(plan: LogicalPlan): FactsOf {
    return { rows: this.rows(plan), facts: (column) => this.facts(plan, column) };
  }

  #estimateRows(plan: LogicalPlan): number {
    switch (plan.kind) {
      case 'scan':
        return this.#scanRows(plan) * (plan.predicate ? selectivity(plan.predicate, this.#scanFacts(plan)) : 1);
      case 'values':
        return plan.rows.length;
      case 'filter':
        return this.rows(plan.input) * selectivity(plan.predicate, this.#factsOf(plan.input));
      case 'project':
      case 'window':
      case 'sort':
        return this.rows(plan.input);
      case 'aggregate':
        return this.#aggregateRows(plan);
      case 'join':
        return joinRows(plan, this);
      case 'apply':
        return this.rows(plan.left) * (plan.type === 'mark' ? 1 : Math.max(1, this.rows(plan.right)));
      case 'setOperation': {
        const rows = plan.inputs.map((input) => this.rows(input));
        if (plan.operation === 'union') return rows.reduce((sum, each) => sum + each, 0);
        return plan.operation === 'intersect' ? Math.min(...rows) / 2 : (rows[0] as number) / 2;
      }
      case 'unnest':
        return this.rows(plan.input) * LIST_ENTRIES;
      case 'sample':
        return (this.rows(plan.input) * plan.percent) / 100;
      case 'limit': {
        const rows = Math.max(0, this.rows(plan.input) - plan.offset);
        return plan.limit === null ? rows : Math.min(rows, plan.limit);
      }
      case 'with':
        this.#tables.set(plan.table, plan.definition);
        return this.rows(plan.body);
      case 'commonTable':
      case 'workingTable': {
        const definition = this.#tables.get(plan.table);
        return definition ? this.rows(definition) : UNKNOWN_ROWS;
      }
      case 'recursive':
        this.#tables.set(plan.table, plan.base);
        return this.rows(plan.base) + this.rows(plan.step) * ROUNDS;
      default:
        return assertNever(plan);
    }
  }

  #scanRows({ source }: LogicalScan): number {
    return source.rows ?? UNKNOWN_ROWS;
  }

  /** Facts of the table's columns before the scan's predicate. */
  #scanFacts(scan: LogicalScan): FactsOf {
    return { rows: this.#scanRows(scan), facts: (column) => this.#sourceFacts(scan, column) };
  }

  #sourceFacts(scan: LogicalScan, { id, type }: Pick<Column, 'id' | 'type'>): ColumnFacts {
    const rows = this.#scanRows(scan);
    const field = scan.fields[scan.columns.findIndex((column) => column.id === id)];
    const known = field === undefined ? null : (scan.source.statistics?.(field) ?? null);
    const unknown = unknownFacts(rows, type);
    if (!known) return unknown;
    const base = Math.max(1, known.distinct ?? unknown.distinct);
    return {
      distinct: base,
      base,
      kept: 1,
      unique: known.unique,
      origin: { scan: scan.scan, rows },
      nulls: known.nullCount !== undefined && rows > 0 ? known.nullCount / rows : 0,
      ...(known.min !== undefined && { min: known.min }),
      ...(known.max !== undefined && { max: known.max }),
      bytes: known.bytes ?? unknown.bytes,
    };
  }

  #aggregateRows({ input, groups, groupingSets }: LogicalAggregate): number {
    const rowsOf = (exprs: readonly Expr[]) => (exprs.length === 0 ? 1 : this.groups(input, exprs));
    const sets = groupingSets?.map((set) => set.map((i) => groups[i] as Expr)) ?? [groups];
    return sets.reduce((sum, set) => sum + rowsOf(set), 0);
  }

  #estimateFacts(plan: LogicalPlan, column: Pick<Column, 'id' | 'type'>): ColumnFacts {
    const { id } = column;
    // A column that an apply lends from outside.
    if (indexOf(plan, id) < 0 && plan.kind !== 'scan') return unknownFacts(this.rows(plan), column.type);
    switch (plan.kind) {
      case 'scan':
        return plan.predicate
          ? restricted(column, plan.predicate, this.#scanFacts(plan), this.rows(plan))
          : this.#sourceFacts(plan, column);
      case 'filter':
        return restricted(column, plan.predicate, this.#factsOf(plan.input), this.rows(plan));
      case 'project': {
        const expr = plan.exprs[indexOf(plan, id)];
        return expr ? this.computed(plan.input, expr) : unknownFacts(this.rows(plan), column.type);
      }
      case 'aggregate': {
        const group = plan.groups[indexOf(plan, id)];
        if (!group) return this.#aggregateFacts(plan, column);
        const facts = this.computed(plan.input, group);
        const unique = plan.groups.length === 1 && !plan.groupingSets;
        return { ...facts, unique, distinct: Math.min(facts.distinct, Math.max(1, this.rows(plan))) };
      }
      case 'join':
        return this.#joinFacts(plan, column);
      case 'apply':
        return this.#sideFacts(plan, column);
      case 'setOperation': {
        const position = indexOf(plan, id);
        const sides = plan.inputs.map((input) => this.facts(input, input.columns[position] as Column));
        return { ...unknownFacts(this.rows(plan), column.type), ...together(sides) };
      }
      case 'commonTable':
      case 'workingTable': {
        const definition = this.#tables.get(plan.table);
        const source = definition?.columns[plan.fields[indexOf(plan, id)] as number];
        return definition && source ? this.facts(definition, source) : unknownFacts(this.rows(plan), column.type);
      }
      case 'recursive':
        return this.facts(plan.base, plan.base.columns[indexOf(plan, id)] as Column);
      case 'with':
        this.#tables.set(plan.table, plan.definition);
        return this.facts(plan.body, column);
      case 'window':
      case 'unnest':
      case 'sample':
      case 'sort':
      case 'limit': {
        const [rows, before] = [this.rows(plan), this.rows(plan.input)];
        if (indexOf(plan.input, id) < 0) return unknownFacts(rows, column.type);
        const facts = this.facts(plan.input, column);
        return { ...facts, distinct: thinned(facts.distinct, before, rows / Math.max(1, before)) };
      }
      case 'values': {
        const position = indexOf(plan, id);
        const distinct = Math.max(1, new Set(plan.rows.map((row) => exprKey(row[position] as Expr))).size);
        return { ...unknownFacts(this.rows(plan), column.type), distinct, base: distinct };
      }
      default:
        return assertNever(plan);
    }
  }

  #aggregateFacts(plan: LogicalAggregate, column: Pick<Column, 'id' | 'type'>): ColumnFacts {
    const groups = this.rows(plan);
    const call = plan.aggregates[indexOf(plan, column.id) - (plan.columns.length - plan.aggregates.length)];
    if (!call) return unknownFacts(groups, column.type);
    const { input } = plan;
    const computed = (expr: Expr) => this.computed(input, expr);
    return aggregateFacts(call, column.type, { groups, rows: this.rows(input), computed });
  }

  /** Facts of what an expression over a plan's rows gives. */
  computed(input: LogicalPlan, expr: Expr): ColumnFacts {
    if (expr.kind === 'column') return this.facts(input, expr);
    const distinct = this.distinct(input, expr);
    return { distinct, base: distinct, kept: 1, unique: false, origin: null, nulls: 0, bytes: bytesOf(expr.type) };
  }

  #joinFacts(plan: LogicalJoin, column: Pick<Column, 'id' | 'type'>): ColumnFacts {
    if (column.id === plan.mark?.id) return unknownFacts(this.rows(plan), column.type);
    const facts = this.#sideFacts(plan, column);
    const side = indexOf(plan.left, column.id) >= 0 ? plan.left : plan.right;
    const [rows, before] = [this.rows(plan), Math.max(1, this.rows(side))];
    const padded =
      (side === plan.right && (plan.type === 'left' || plan.type === 'full')) ||
      (side === plan.left && (plan.type === 'right' || plan.type === 'full'));
    const nulls = padded
      ? Math.max(facts.nulls, 1 - Math.min(1, matchedRows(plan, this) / Math.max(1, rows)))
      : facts.nulls;
    const distinct = Math.min(thinned(facts.distinct, before, rows / before), this.#partnerValues(plan, column.id));
    return { ...facts, nulls, distinct };
  }

  /** Different values that a join's condition leaves a column, which has to have an equal one on the other side. */
  #partnerValues(plan: LogicalJoin, id: ColumnId): number {
    if (plan.type !== 'inner' && plan.type !== 'semi') return Number.POSITIVE_INFINITY;
    const { pairs } = splitCondition(plan.condition, plan.left, plan.right);
    const partners = pairs.map(({ left, right }) => {
      if (left.kind === 'column' && left.id === id) return this.computed(plan.right, right).distinct;
      return right.kind === 'column' && right.id === id
        ? this.computed(plan.left, left).distinct
        : Number.POSITIVE_INFINITY;
    });
    return Math.min(...partners, Number.POSITIVE_INFINITY);
  }

  #sideFacts({ left, right }: LogicalJoin | LogicalApply, column: Pick<Column, 'id' | 'type'>): ColumnFacts {
    const side = [left, right].find((input) => indexOf(input, column.id) >= 0);
    return side ? this.facts(side, column) : unknownFacts(this.rows(left), column.type);
  }
}

const indexOf = ({ columns }: LogicalPlan, id: ColumnId) => columns.findIndex((column) => column.id === id);

/** Facts of a column over the rows that fulfil a predicate, which are `after`. */
function restricted(column: Pick<Column, 'id' | 'type'>, predicate: Expr, input: FactsOf, after: number): ColumnFacts {
  const before = input.facts(column);
  const all = conjuncts(predicate);
  const own = all.filter((conjunct) => readsOnly(conjunct, column.id));
  const total = input.rows > 0 ? after / input.rows : 0;
  if (own.length === 0) return { ...before, distinct: thinned(before.distinct, input.rows, total) };
  const kept = selectivity(conjunction(own), input);
  const distinct = Math.max(1, before.distinct * kept);
  const share = kept > 0 ? Math.min(1, total / kept) : 0;
  return {
    ...before,
    ...boundsWithin(before, own, column.id),
    distinct: thinned(distinct, input.rows * kept, share),
    kept: before.kept * kept,
    nulls: 0,
  };
}

function readsOnly(expr: Expr, id: ColumnId): boolean {
  const used = new Set<ColumnId>();
  collectColumns(expr, used);
  return used.size === 1 && used.has(id);
}

function together(sides: readonly ColumnFacts[]): Partial<ColumnFacts> {
  const distinct = sides.reduce((sum, facts) => sum + facts.distinct, 0);
  const bytes = sides.reduce((most, facts) => Math.max(most, facts.bytes), 0);
  return { distinct, base: sides.reduce((sum, { base }) => sum + base, 0), bytes };
}
