import type { SqlType, Value } from '../../src/common/types.ts';
import { BIGINT, BOOLEAN, INTEGER, sameType, typeName } from '../../src/common/types.ts';
import { commonType } from '../../src/operators/expr/coerce.ts';
import type { Column, ColumnId, Expr } from '../../src/operators/expr/expr.ts';
import type {
  JoinKey,
  JoinType,
  PhysicalPlan,
  SetOperationPlan,
  SortKey,
  WindowPlan,
} from '../../src/operators/plan.ts';
import { type AggregateTerm, resolveTerm } from './aggregate-term.ts';
import { checkExpr } from './check-expr.ts';
import { castTo, literal, ref } from './expr-builder.ts';
import { resolveWindowTerm, type WindowTerm } from './window-term.ts';

/** The column of that name; throws when there is none, or more than one. */
export type Lookup = (name: string) => Expr;
/** What is made over a relation's columns. */
export type Over<T> = (column: Lookup) => T;
/** What is made over the columns of both sides of a join. */
export type OverBoth<T> = (left: Lookup, right: Lookup) => T;

export interface AggregateSpec {
  /** Group keys by name; none for one row over everything. */
  readonly by?: Over<Readonly<Record<string, Expr>>>;
  readonly values?: Over<Readonly<Record<string, AggregateTerm>>>;
  /** GROUPING SETS, as names of `by`; a column `grouping` follows the keys. */
  readonly sets?: readonly (readonly string[])[];
  /** 2: a partial aggregation under a final one. Default 1. */
  readonly phases?: 1 | 2;
}

export interface JoinSpec {
  readonly type?: JoinType;
  readonly on?: OverBoth<readonly (readonly [Expr, Expr])[]>;
  /** Whether NULL matches NULL, of all keys. */
  readonly nullsMatch?: boolean;
  readonly residual?: OverBoth<Expr>;
  /** Names of what is delivered; default everything of both sides. */
  readonly columns?: readonly string[];
  /** Name of a mark join's column; default `mark`. */
  readonly mark?: string;
}

export interface WindowSpec {
  readonly partitionBy?: Over<readonly Expr[]>;
  readonly orderBy?: Over<readonly SortKey[]>;
  readonly functions: Over<Readonly<Record<string, WindowTerm>>>;
}

/** Builds the plans of one query: hands out the ids of its columns and the numbers of its scans. */
export class Plans {
  #nextId = 1;
  #nextScan = 0;

  fresh(name: string, type: SqlType, nullable = true): Column {
    return { id: this.#nextId++ as ColumnId, name, type, nullable };
  }

  /** Every scan has columns of its own, also of a table that was scanned before. */
  scan(table: string, columns: Readonly<Record<string, SqlType>>, notNull: readonly string[] = []): Relation {
    const made = Object.entries(columns).map(([name, type]) => this.fresh(name, type, !notNull.includes(name)));
    return new Relation(this, { kind: 'scan', scan: this.#nextScan++, table, columns: made });
  }

  values(columns: Readonly<Record<string, SqlType>>, rows: readonly (readonly (Value | Expr)[])[]): Relation {
    const made = Object.entries(columns).map(([name, type]) => this.fresh(name, type));
    const exprs = rows.map((row) => {
      if (row.length !== made.length) throw new Error(`a row of ${row.length} values for ${made.length} columns`);
      return row.map((value, i) => {
        const { name, type } = made[i] as Column;
        const expr = isExpr(value) ? value : literal(value, type);
        checkExpr(expr, []);
        if (!sameType(expr.type, type)) throw new Error(`values of ${name}: ${typeName(expr.type)}`);
        return expr;
      });
    });
    return new Relation(this, { kind: 'values', rows: exprs, columns: made });
  }
}

const isExpr = (value: Value | Expr): value is Expr => typeof value === 'object' && value !== null && 'kind' in value;

/** A plan and what can be put on top of it. Every method checks types and names and throws what is wrong with them. */
export class Relation {
  readonly plans: Plans;
  readonly plan: PhysicalPlan;

  constructor(plans: Plans, plan: PhysicalPlan) {
    this.plans = plans;
    this.plan = plan;
  }

  get columns(): readonly Column[] {
    return this.plan.columns;
  }

  readonly column: Lookup = (name) => {
    const found = this.columns.filter((column) => column.name === name);
    const [one] = found;
    if (one && found.length === 1) return ref(one);
    const names = this.columns.map((column) => column.name).join(', ');
    throw new Error(
      one ? `${found.length} columns are called "${name}"` : `no column "${name}" among ${names || 'none'}`,
    );
  };

  filter(predicate: Over<Expr>): Relation {
    const expr = this.#check(predicate(this.column));
    expectBoolean('WHERE', expr);
    return this.#on({ kind: 'filter', input: this.plan, predicate: expr, columns: this.columns });
  }

  project(exprs: Over<Readonly<Record<string, Expr>>>): Relation {
    const { list, columns } = this.#named(exprs(this.column));
    return this.#on({ kind: 'project', input: this.plan, exprs: list, columns });
  }

  select(...names: readonly string[]): Relation {
    return this.project((c) => Object.fromEntries(names.map((name) => [name, c(name)])));
  }

  aggregate(spec: AggregateSpec): Relation {
    const { sets = null, phases = 1 } = spec;
    const { list: groups, columns: keys } = this.#named(spec.by?.(this.column) ?? {}, sets !== null);
    const grouping = sets ? [this.plans.fresh('grouping', INTEGER, false)] : [];
    const groupingSets =
      sets?.map((set) =>
        set.map((name) => {
          const position = keys.findIndex((key) => key.name === name);
          if (position < 0) throw new Error(`no group key "${name}"`);
          return position;
        }),
      ) ?? null;
    const terms = Object.entries(spec.values?.(this.column) ?? {}).map(([name, term]) => {
      const { call, type } = resolveTerm(term, this.columns, (...args) => this.plans.fresh(...args));
      return { call, result: this.plans.fresh(name, type) };
    });
    const results = terms.map(({ result }) => result);
    const base = { kind: 'aggregate', groups, groupingSets, input: this.plan } as const;
    if (phases === 1) {
      const aggregates = terms.map(({ call }) => ({ ...call, states: [] }));
      return this.#on({ ...base, phase: 'single', aggregates, columns: [...keys, ...grouping, ...results] });
    }
    const calls = terms.map(({ call }) => call);
    const whole = calls.find(({ distinct, orderBy }) => distinct || orderBy.length > 0);
    if (whole) throw new Error(`${whole.function} with DISTINCT or ORDER BY has one phase only`);
    const states = calls.flatMap((call) => call.states);
    const partial: PhysicalPlan = {
      ...base,
      phase: 'partial',
      aggregates: calls,
      columns: [...keys, ...grouping, ...states],
    };
    return this.#on({
      kind: 'aggregate',
      phase: 'final',
      input: partial,
      groups: [...keys, ...grouping].map(ref),
      groupingSets: null,
      aggregates: calls.map((call) => ({ ...call, args: [], filter: null })),
      columns: [...keys, ...grouping, ...results],
    });
  }

  join(right: Relation, spec: JoinSpec = {}): Relation {
    const { type = 'inner', nullsMatch = false } = spec;
    if (right.plans !== this.plans) throw new Error('the sides of a join belong to different queries');
    const both = [...this.columns, ...right.columns];
    const twice = this.columns.find(({ id }) => right.columns.some((column) => column.id === id));
    if (twice) throw new Error(`column "${twice.name}" comes from both sides: scan the table twice`);
    const keys = (spec.on?.(this.column, right.column) ?? []).map((pair) => joinKey(pair, nullsMatch));
    for (const key of keys) {
      checkExpr(key.left, this.columns);
      checkExpr(key.right, right.columns);
    }
    const residual = spec.residual?.(this.column, right.column) ?? null;
    if (residual) {
      checkExpr(residual, both);
      expectBoolean('ON', residual);
    }
    const leftOnly = ['semi', 'anti', 'nullAwareAnti', 'mark'].includes(type);
    const mark = type === 'mark' ? this.plans.fresh(spec.mark ?? 'mark', BOOLEAN) : null;
    const delivered = [
      ...(type === 'rightSemi' || type === 'rightAnti'
        ? []
        : nullableIf(type === 'right' || type === 'full', this.columns)),
      ...(leftOnly ? [] : nullableIf(type === 'left' || type === 'full', right.columns)),
    ];
    const columns = spec.columns ? delivered.filter(({ name }) => spec.columns?.includes(name)) : delivered;
    const missing = spec.columns?.find((name) => !delivered.some((column) => column.name === name));
    if (missing !== undefined) throw new Error(`a ${type} join delivers no column "${missing}"`);
    return this.#on({
      kind: 'join',
      type,
      left: this.plan,
      right: right.plan,
      keys,
      residual,
      mark,
      columns: mark ? [...columns, mark] : columns,
    });
  }

  sort(keys: Over<readonly SortKey[]>): Relation {
    return this.#on({ kind: 'sort', input: this.plan, keys: this.#keys(keys), columns: this.columns });
  }

  topN(keys: Over<readonly SortKey[]>, limit: number, offset = 0): Relation {
    const { plan: input, columns } = this;
    return this.#on({ kind: 'topN', input, keys: this.#keys(keys), limit, offset, columns });
  }

  limit(limit: number | null, offset = 0): Relation {
    return this.#on({ kind: 'limit', input: this.plan, limit, offset, columns: this.columns });
  }

  window(spec: WindowSpec): Relation {
    const partitionBy = (spec.partitionBy?.(this.column) ?? []).map((expr) => this.#check(expr));
    const orderBy = spec.orderBy ? this.#keys(spec.orderBy) : [];
    const terms = Object.entries(spec.functions(this.column));
    const functions = terms.map(([, term]) => resolveWindowTerm(term, this.columns));
    const made = functions.map(({ type }, i) => this.plans.fresh((terms[i] as [string, WindowTerm])[0], type));
    const columns = [...this.columns, ...made];
    const plan: WindowPlan = { kind: 'window', input: this.plan, partitionBy, orderBy, functions, columns };
    return this.#on(plan);
  }

  union(others: Relation | readonly Relation[], all = true): Relation {
    return this.#set('union', all, [others].flat() as readonly Relation[]);
  }

  intersect(other: Relation, all = false): Relation {
    return this.#set('intersect', all, [other]);
  }

  except(other: Relation, all = false): Relation {
    return this.#set('except', all, [other]);
  }

  /** The entries of each list get the list's name here; those of a map `name_key` and `name_value`. */
  unnest(
    lists: Over<Readonly<Record<string, Expr>>>,
    options: { outer?: boolean; ordinality?: boolean } = {},
  ): Relation {
    const { outer = false, ordinality = false } = options;
    const entries = Object.entries(lists(this.column));
    const made = entries.flatMap(([name, expr]) => {
      const { type } = this.#check(expr);
      if (type.kind === 'list') return [this.plans.fresh(name, type.element)];
      if (type.kind !== 'map') throw new Error(`unnest of ${typeName(type)}`);
      return [this.plans.fresh(`${name}_key`, type.key), this.plans.fresh(`${name}_value`, type.value)];
    });
    const count = ordinality ? [this.plans.fresh('ordinality', BIGINT)] : [];
    return this.#on({
      kind: 'unnest',
      input: this.plan,
      lists: entries.map(([, expr]) => expr),
      outer,
      ordinality,
      columns: [...this.columns, ...made, ...count],
    });
  }

  #set(operation: SetOperationPlan['operation'], all: boolean, others: readonly Relation[]): Relation {
    const inputs: readonly Relation[] = [this, ...others];
    if (inputs.length < 2) throw new Error(`${operation} of one input`);
    const types = this.columns.map(({ name }, i) => {
      const all = inputs.map(({ columns }) => columns[i]?.type);
      const type = all.includes(undefined) ? null : commonType(all as SqlType[]);
      if (type === null) throw new Error(`${operation}: column "${name}" has no common type`);
      return type;
    });
    const wide = inputs.find(({ columns }) => columns.length !== types.length);
    if (wide) throw new Error(`${operation} of ${types.length} and ${wide.columns.length} columns`);
    const cast = inputs.map((input) => input.#castTo(types).plan);
    const columns = this.columns.map(({ name }, i) => this.plans.fresh(name, types[i] as SqlType));
    return this.#on({ kind: 'setOperation', operation, all, inputs: cast, columns });
  }

  #castTo(types: readonly SqlType[]): Relation {
    if (this.columns.every(({ type }, i) => sameType(type, types[i] as SqlType))) return this;
    const exprs = this.columns.map((column, i) => castTo(ref(column), types[i] as SqlType));
    const columns = this.columns.map(({ name }, i) => this.plans.fresh(name, types[i] as SqlType));
    return this.#on({ kind: 'project', input: this.plan, exprs, columns });
  }

  /** Columns for named expressions: one that is only passed on keeps its identity. */
  #named(record: Readonly<Record<string, Expr>>, anew = false): { list: readonly Expr[]; columns: readonly Column[] } {
    const kept = new Set<ColumnId>();
    const entries = Object.entries(record);
    const columns = entries.map(([name, expr]) => {
      this.#check(expr);
      const source = expr.kind === 'column' ? this.columns.find(({ id }) => id === expr.id) : undefined;
      if (!source || anew || source.name !== name || kept.has(source.id)) {
        return this.plans.fresh(name, expr.type, source?.nullable ?? (expr.kind !== 'literal' || expr.value === null));
      }
      kept.add(source.id);
      return source;
    });
    return { list: entries.map(([, expr]) => expr), columns: anew ? nullableIf(true, columns) : columns };
  }

  #keys(keys: Over<readonly SortKey[]>): readonly SortKey[] {
    const made = keys(this.column);
    for (const { expr } of made) this.#check(expr);
    return made;
  }

  #check(expr: Expr): Expr {
    checkExpr(expr, this.columns);
    return expr;
  }

  #on(plan: PhysicalPlan): Relation {
    return new Relation(this.plans, plan);
  }
}

function joinKey([left, right]: readonly [Expr, Expr], nullsMatch: boolean): JoinKey {
  const type = commonType([left.type, right.type]);
  if (type === null) throw new Error(`a join of ${typeName(left.type)} with ${typeName(right.type)}`);
  return { left: castTo(left, type), right: castTo(right, type), nullsMatch };
}

function expectBoolean(where: string, { type }: Expr): void {
  if (type.kind !== 'boolean') throw new Error(`${where} is ${typeName(type)}, not boolean`);
}

const nullableIf = (condition: boolean, columns: readonly Column[]): readonly Column[] =>
  condition ? columns.map((column) => ({ ...column, nullable: true })) : columns;
