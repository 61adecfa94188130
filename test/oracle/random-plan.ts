import type { Random } from '../../src/common/clock.ts';
import type { SqlType, Value } from '../../src/common/types.ts';
import { BOOLEAN, isFloat, isNumeric, sameType, typeName, VARCHAR } from '../../src/common/types.ts';
import { resolveAggregate } from '../../src/operators/aggregate/functions.ts';
import { commonType } from '../../src/operators/expr/coerce.ts';
import type { Column, ColumnId, Expr } from '../../src/operators/expr/expr.ts';
import { collectColumns, parts } from '../../src/operators/expr/rewrite.ts';
import type { JoinType, SortKey } from '../../src/operators/plan.ts';
import { type AggregateTerm, aggregateOf, asc, desc } from './aggregate-term.ts';
import { Chance } from './chance.ts';
import { and, call, isNotNull, literal, ref, text } from './expr-builder.ts';
import { Plans, type Relation } from './plan-builder.ts';
import { RandomExpressions } from './random-expr.ts';
import { randomWindowTerm } from './random-window.ts';
import { TABLE_COLUMNS, type TestTable } from './test-table.ts';
import type { WindowTerm } from './window-term.ts';

interface Made {
  readonly relation: Relation;
  /** About how many rows at most. */
  readonly rows: number;
  /** Columns whose values the engines round differently: delivered, but nothing depends on them. */
  readonly approximate: ReadonlySet<ColumnId>;
}

/** Pairs of rows that a join may try, and rows that anything may deliver. */
const MAX_PAIRS = 2_000_000;
const MAX_ROWS = 100_000;

const JOIN_TYPES: readonly JoinType[] = [
  'inner',
  'inner',
  'left',
  'semi',
  'anti',
  'rightSemi',
  'rightAnti',
  'mark',
  'right',
  'full',
  'nullAwareAnti',
];

/** Random plans over tables, out of one source of chance; its smallest numbers make the simplest plans. */
export class RandomPlans {
  readonly #chance: Chance;
  readonly #tables: readonly TestTable[];
  readonly #plans = new Plans();
  #made = 0;

  constructor(random: Random, tables: readonly TestTable[]) {
    this.#chance = new Chance(random);
    this.#tables = tables;
  }

  relation(depth: number): Relation {
    const { relation } = this.#relation(depth);
    return relation.columns.length > 0 && this.#chance.rarely(4)
      ? relation.sort((c) => this.#sortKeys(relation.columns, c))
      : relation;
  }

  /** Many expressions over the rows of one table, or some of them. */
  expressions(): Relation {
    const scan = this.#scan();
    const made = this.#chance.rarely(3) ? this.#filter(scan) : scan;
    const random = this.#expressions(made);
    const exprs = Array.from({ length: 1 + this.#chance.int(6) }, () => random.any(1 + this.#chance.int(3)));
    return made.relation.project(() => Object.fromEntries(exprs.map((expr) => [this.#name(), expr])));
  }

  #name(): string {
    return `x${this.#made++}`;
  }

  #relation(depth: number): Made {
    if (depth <= 0) return this.#scan();
    const input = this.#relation(depth - 1 - this.#chance.int(2));
    const make = this.#chance.pick([
      this.#filter,
      this.#project,
      this.#aggregate,
      this.#join,
      this.#aggregate,
      this.#join,
      this.#window,
      this.#topN,
      this.#setOperation,
      this.#unnest,
    ]);
    return make.call(this, input, depth) ?? input;
  }

  #scan(): Made {
    const table = this.#chance.pick(this.#tables);
    const names = this.#chance.some(Object.keys(TABLE_COLUMNS), 3, 8);
    const columns = Object.fromEntries(names.map((name) => [name, TABLE_COLUMNS[name] as SqlType]));
    return { relation: this.#plans.scan(table.name, columns), rows: table.rows.length, approximate: new Set() };
  }

  /** Columns on which other things may depend. */
  #exact({ relation, approximate }: Made): readonly Column[] {
    return relation.columns.filter(({ id }) => !approximate.has(id));
  }

  /** Columns that are compared, grouped and sorted by. */
  #keyColumns(made: Made): readonly Column[] {
    return this.#exact(made).filter(({ type }) => type.kind !== 'list');
  }

  #expressions(made: Made): RandomExpressions {
    return new RandomExpressions(this.#chance.random, this.#keyColumns(made));
  }

  /** A condition that depends on nothing approximate. */
  #condition(made: Made): Expr {
    const expressions = this.#expressions(made);
    const columns = this.#keyColumns(made);
    if (columns.length === 0) return expressions.leaf(BOOLEAN);
    if (this.#chance.int(3) === 0) return isNotNull(ref(this.#chance.pick(columns)));
    if (this.#chance.int(2) === 0) {
      const of = this.#chance.pick(columns);
      return call(this.#chance.pick(['<', '>=', '=', '<>']), ref(of), this.#known(of.type));
    }
    const condition = expressions.of(BOOLEAN, 2);
    return isApproximate(condition) ? expressions.leaf(BOOLEAN) : condition;
  }

  /** A value that some row of some table has in a column of that type. */
  #known(type: SqlType): Expr {
    const at = Object.values(TABLE_COLUMNS).findIndex((of) => sameType(of, type));
    const rows = this.#tables.flatMap(({ rows }) => rows.slice(0, 3));
    const value = at < 0 || rows.length === 0 ? null : (this.#chance.pick(rows)[at] as Value);
    return literal(value, type);
  }

  #filter(made: Made): Made {
    const conditions = Array.from({ length: 1 + this.#chance.int(2) }, () => this.#condition(made));
    return { ...made, relation: made.relation.filter(() => and(...conditions)) };
  }

  #project(made: Made): Made {
    const exprs: Record<string, Expr> = {};
    for (const column of this.#chance.some(made.relation.columns, 1, 4)) exprs[column.name] = ref(column);
    const computed = Array.from({ length: this.#chance.int(4) }, () =>
      this.#expressions(made).any(1 + this.#chance.int(2)),
    );
    for (const expr of computed) exprs[this.#name()] = expr;
    const relation = made.relation.project(() => exprs);
    const values = Object.values(exprs);
    const approximate = relation.columns.filter((_, i) => {
      const expr = values[i] as Expr;
      return isApproximate(expr) || readsAny(expr, made.approximate) || (isFloat(expr.type) && expr.kind !== 'column');
    });
    return { relation, rows: made.rows, approximate: new Set(approximate.map(({ id }) => id)) };
  }

  #aggregate(made: Made): Made | null {
    const columns = this.#keyColumns(made);
    const keys = this.#chance.some(columns, 0, 3);
    const by = Object.fromEntries(keys.map((key) => [key.name, ref(key)]));
    const sets = this.#chance.rarely(5) ? this.#groupingSets(Object.keys(by)) : undefined;
    const phases = this.#chance.rarely(3) ? 2 : 1;
    const values: Record<string, AggregateTerm> = {};
    for (let i = 1 + this.#chance.int(3); i > 0; i--) values[this.#name()] = this.#aggregateTerm(made, phases === 1);
    const relation = made.relation.aggregate({ by: () => by, values: () => values, phases, ...(sets && { sets }) });
    const results = relation.columns.slice(-Object.keys(values).length);
    const inexact = results.filter(({ type }, i) => {
      const { function: name } = Object.values(values)[i] as AggregateTerm;
      return isFloat(type) && !['min', 'max'].includes(name);
    });
    return { relation, rows: made.rows * (sets?.length ?? 1), approximate: new Set(inexact.map(({ id }) => id)) };
  }

  #groupingSets(keys: readonly string[]): readonly (readonly string[])[] {
    const sets = [keys, [], ...keys.map((key) => [key])];
    const unique = new Map(sets.map((set) => [set.join(), set]));
    return this.#chance.some([...unique.values()], 1, 4);
  }

  #aggregateTerm(made: Made, whole: boolean): AggregateTerm {
    const columns = this.#keyColumns(made);
    const of = columns.length > 0 ? this.#chance.pick(columns) : null;
    const filter = this.#chance.rarely(4) ? { filter: this.#condition(made) } : {};
    if (!of) return aggregateOf('count', [], filter);
    const names = ['count', 'min', 'max'];
    if (isNumeric(of.type)) names.push('sum', 'avg', 'sum');
    if (of.type.kind === 'boolean') names.push('bool_and', 'bool_or');
    if (of.type.kind === 'varchar' && whole) names.push('string_agg');
    const name = this.#chance.pick(names);
    if (name === 'string_agg') {
      const args = [ref(of), text(',')];
      const known = resolveAggregate(name, [VARCHAR, VARCHAR]) !== null;
      return known
        ? aggregateOf(name, args, { ...filter, orderBy: [asc(args[0] as Expr)] })
        : aggregateOf('min', [ref(of)]);
    }
    if (!resolveAggregate(name, [of.type])) return aggregateOf('count', [ref(of)], filter);
    const distinct = whole && this.#chance.rarely(4);
    return aggregateOf(name, [ref(of)], { ...filter, distinct });
  }

  #join(made: Made, depth: number): Made | null {
    const other = this.#relation(Math.min(1, depth - 1));
    const pairs = made.rows * other.rows;
    const keys = this.#joinKeys(made, other, pairs > 20_000);
    if (keys.length === 0 && pairs > 20_000) return null;
    if (pairs > MAX_PAIRS && !keys.some(([left]) => left.type.kind === 'bigint')) return null;
    const type = this.#chance.pick(
      keys.length > 1 ? JOIN_TYPES.filter((name) => name !== 'nullAwareAnti') : JOIN_TYPES,
    );
    const many = keys.length === 0 ? pairs : Math.max(made.rows, other.rows) * 10;
    if (many > MAX_ROWS && ['inner', 'left', 'right', 'full'].includes(type)) return null;
    const residual = this.#chance.rarely(3) ? this.#residual(made, other) : null;
    const relation = made.relation.join(other.relation, {
      type,
      on: () => (type === 'mark' || type === 'nullAwareAnti' ? keys.slice(0, 1) : keys),
      nullsMatch: type !== 'mark' && type !== 'nullAwareAnti' && this.#chance.rarely(4),
      mark: this.#name(),
      ...(residual && { residual: () => residual }),
    });
    return this.#renamed({ relation, rows: many, approximate: new Set([...made.approximate, ...other.approximate]) });
  }

  /** Names differ again behind a join. */
  #renamed(made: Made): Made {
    const { relation, approximate } = made;
    const exprs: Record<string, Expr> = {};
    for (const column of relation.columns) {
      exprs[Object.hasOwn(exprs, column.name) ? this.#name() : column.name] = ref(column);
    }
    if (relation.columns.every(({ name }, i) => name === Object.keys(exprs)[i])) return made;
    const renamed = relation.project(() => exprs);
    const inexact = renamed.columns.filter((_, i) => approximate.has((relation.columns[i] as Column).id));
    return { relation: renamed, rows: made.rows, approximate: new Set(inexact.map(({ id }) => id)) };
  }

  #joinKeys(made: Made, other: Made, selective: boolean): [Expr, Expr][] {
    const pairs = this.#keyColumns(made).flatMap((left) =>
      this.#keyColumns(other)
        .filter((right) => commonType([left.type, right.type]) !== null)
        .filter((right) => !selective || (left.type.kind === 'bigint' && right.type.kind === 'bigint'))
        .map((right): [Expr, Expr] => [ref(left), ref(right)]),
    );
    const like = pairs.filter(([left, right]) => typeName(left.type) === typeName(right.type));
    return this.#chance.some(like.length > 0 && this.#chance.int(3) < 2 ? like : pairs, selective ? 1 : 0, 2);
  }

  #residual(made: Made, other: Made): Expr | null {
    const both: Made = {
      ...made,
      relation: { columns: [...this.#exact(made), ...this.#exact(other)] } as unknown as Relation,
    };
    const pairs = this.#joinKeys(made, other, false);
    const [pair] = pairs;
    return pair ? call(this.#chance.pick(['<', '<>', '>=']), ...pair) : this.#condition(both);
  }

  #sortKeys(columns: readonly Column[], column: (name: string) => Expr): SortKey[] {
    const named = columns.filter(({ name }) => columns.filter((other) => other.name === name).length === 1);
    return this.#chance.some(named, 1, 3).map(({ name }) => this.#sortKey(column(name)));
  }

  #sortKey(expr: Expr): SortKey {
    return this.#chance.pick([asc, desc])(expr, this.#chance.pick(['last', 'first'] as const));
  }

  /** Keys that decide about every two rows that differ. */
  #totalOrder(made: Made): SortKey[] {
    const { columns } = made.relation;
    return this.#chance.some(columns, columns.length, columns.length).map((column) => this.#sortKey(ref(column)));
  }

  #topN(made: Made): Made | null {
    if (made.approximate.size > 0 || made.relation.columns.some(({ type }) => type.kind === 'list')) return null;
    const keys = this.#totalOrder(made);
    if (keys.length === 0) return null;
    const [limit, offset] = [this.#chance.pick([1, 10, 0, 100, 3000]), this.#chance.pick([0, 0, 1, 50, 2048])];
    const relation = this.#chance.rarely(3)
      ? made.relation.sort(() => keys).limit(this.#chance.rarely(4) ? null : limit, offset)
      : made.relation.topN(() => keys, limit, offset);
    return { ...made, relation };
  }

  #window(made: Made): Made | null {
    const columns = this.#keyColumns(made);
    const total = made.approximate.size === 0 && made.relation.columns.length === columns.length;
    const partition = this.#chance.some(columns, 0, 2);
    const keys =
      total && this.#chance.int(2) === 0
        ? this.#totalOrder(made)
        : this.#chance.some(columns, 1, 2).map((column) => this.#sortKey(ref(column)));
    if (keys.length === 0) return null;
    const scope = {
      columns,
      keys,
      total: total && keys.length === columns.length,
      condition: () => this.#condition(made),
    };
    const functions: Record<string, WindowTerm> = {};
    for (let i = 1 + this.#chance.int(3); i > 0; i--) functions[this.#name()] = randomWindowTerm(this.#chance, scope);
    const relation = made.relation.window({
      partitionBy: () => partition.map(ref),
      orderBy: () => keys,
      functions: () => functions,
    });
    const inexact = relation.columns.filter(({ id, type }, i) => {
      const term = Object.values(functions)[i - made.relation.columns.length];
      return made.approximate.has(id) || (isFloat(type) && term !== undefined && !EXACT.has(term.function));
    });
    return { relation, rows: made.rows, approximate: new Set(inexact.map(({ id }) => id)) };
  }

  #setOperation(made: Made, depth: number): Made | null {
    const other = this.#relation(Math.min(1, depth - 1));
    const pairs = this.#keyColumns(made).flatMap((left) =>
      this.#keyColumns(other)
        .filter((right) => commonType([left.type, right.type]) !== null)
        .map((right) => [left, right] as const),
    );
    const chosen = this.#chance.some(pairs, 1, 3);
    if (chosen.length === 0) return null;
    const side = ({ relation }: Made, columns: readonly Column[]) =>
      relation.project(() => Object.fromEntries(columns.map((column, i) => [`s${i}`, ref(column)])));
    const left = side(
      made,
      chosen.map(([column]) => column),
    );
    const right = side(
      other,
      chosen.map(([, column]) => column),
    );
    const all = this.#chance.int(2) === 1;
    const operation = this.#chance.pick(['union', 'intersect', 'except'] as const);
    const relation = operation === 'union' ? left.union(right, all) : left[operation](right, all);
    return { relation, rows: made.rows + other.rows, approximate: new Set() };
  }

  #unnest(made: Made): Made | null {
    const lists = made.relation.columns.filter(({ type }) => type.kind === 'list');
    if (lists.length === 0 || made.rows > MAX_ROWS / 4) return null;
    const [outer, ordinality] = [this.#chance.int(2) === 1, this.#chance.int(2) === 1];
    const chosen = this.#chance.some(lists, 1, 2);
    const relation = made.relation.unnest(
      () => Object.fromEntries(chosen.map((column) => [this.#name(), ref(column)])),
      { outer, ordinality },
    );
    return this.#renamed({ ...made, relation, rows: made.rows * 4 });
  }
}

const EXACT: ReadonlySet<string> = new Set('min max lag lead first_value last_value nth_value'.split(' '));

/** Quotients of decimals are rounded differently. */
function isApproximate(expr: Expr): boolean {
  const inexact =
    expr.kind === 'call' && expr.function === '/' && expr.args.some(({ type }) => type.kind === 'decimal');
  return inexact || parts(expr).some(isApproximate);
}

function readsAny(expr: Expr, columns: ReadonlySet<ColumnId>): boolean {
  const read = new Set<ColumnId>();
  collectColumns(expr, read);
  return [...read].some((id) => columns.has(id));
}
