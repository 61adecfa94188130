import type { Random } from '../../src/common/clock.ts';
import { Chance } from './chance.ts';
import { StatementExprs } from './random-statement-expr.ts';
import type {
  StatementCommonTable,
  StatementExpr,
  StatementFrom,
  StatementQuery,
  StatementSelect,
  StatementType,
} from './statement.ts';
import { STATEMENT_TABLES } from './statement-tables.ts';

/** A column that a statement can name. */
export interface Readable {
  readonly text: string;
  readonly type: StatementType;
}

/** What an expression can name, the innermost query's columns first; common tables by name. */
export interface Names {
  readonly columns: readonly Readable[];
  /** Of the queries around. */
  readonly outer: readonly Readable[];
  readonly tables: ReadonlyMap<string, readonly StatementType[]>;
}

const TYPES = ['int', 'text', 'dec', 'date', 'bool', 'int'] as const;
const JOINS = ['INNER', 'LEFT', 'INNER', 'RIGHT', 'FULL', 'LEFT', 'CROSS'] as const;
const SET_OPERATORS = ['UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL'];
/** Most queries within one another. */
const DEPTH = 2;

/** Random statements of one seed over the tables of `statement-tables.ts`. */
export class RandomStatements {
  readonly #chance: Chance;
  readonly #exprs: StatementExprs;
  #aliases = 0;

  constructor(random: Random) {
    this.#chance = new Chance(random);
    this.#exprs = new StatementExprs(this.#chance, {
      rows: (types, names, depth) => this.#query(types, names, depth),
      value: (type, names, depth) => this.#value(type, names, depth),
    });
  }

  next(): StatementQuery {
    this.#aliases = 0;
    const types = Array.from({ length: 1 + this.#chance.int(4) }, () => this.#chance.pick(TYPES));
    return this.#query(types, { columns: [], outer: [], tables: new Map() }, 0);
  }

  /** `names` are those of the query around. */
  #query(types: readonly StatementType[], around: Names, depth: number): StatementQuery {
    const chance = this.#chance;
    const common = depth < 2 && chance.rarely(5) ? this.#commonTables(around, depth) : [];
    const tables = new Map([...around.tables, ...common.map(({ table, types: of }) => [table.name, of] as const)]);
    const names: Names = { ...around, tables };
    const body =
      depth < DEPTH && chance.rarely(7)
        ? {
            kind: 'setOperation' as const,
            operator: chance.pick(SET_OPERATORS),
            left: this.#query(types, names, depth + 1),
            right: this.#query(types, names, depth + 1),
          }
        : this.#select(types, names, depth);
    return { kind: 'query', with: common.map(({ table }) => table), body, ...this.#end(types.length, depth) };
  }

  /** Delivers one row at most. */
  #value(type: StatementType, names: Names, depth: number): StatementQuery {
    if (this.#chance.rarely(3)) {
      const order = [this.#chance.pick(['ASC', 'DESC NULLS LAST'])];
      return { ...this.#query([type], names, depth), order, limit: 1, offset: 0 };
    }
    const outer = [...names.columns, ...names.outer];
    const { from, columns } = this.#from({ columns: [], outer, tables: names.tables }, depth);
    const within: Names = { columns, outer, tables: names.tables };
    const where = this.#exprs.condition(within, depth);
    const items = [this.#exprs.aggregate(type, within)];
    const body: StatementSelect = {
      kind: 'select',
      distinct: false,
      items,
      from,
      where,
      grouping: null,
      having: null,
      qualify: null,
    };
    return { kind: 'query', with: [], body, order: [], limit: null, offset: 0 };
  }

  /** Rows are cut where their order is total, up to rows that are the same. */
  #end(columns: number, depth: number): Pick<StatementQuery, 'order' | 'limit' | 'offset'> {
    const chance = this.#chance;
    if (!chance.rarely(depth === 0 ? 2 : 5)) return { order: [], limit: null, offset: 0 };
    const directions = ['ASC', 'DESC', 'ASC NULLS FIRST', 'DESC NULLS LAST'];
    const order = Array.from({ length: columns }, () => chance.pick(directions));
    const isCut = chance.rarely(2) || depth > 0;
    return {
      order,
      limit: isCut ? chance.pick([3, 1, 7, 0, 40]) : null,
      offset: isCut && chance.rarely(3) ? chance.pick([1, 2, 5]) : 0,
    };
  }

  #commonTables(
    names: Names,
    depth: number,
  ): readonly { table: StatementCommonTable; types: readonly StatementType[] }[] {
    const chance = this.#chance;
    const made: { table: StatementCommonTable; types: readonly StatementType[] }[] = [];
    let tables = names.tables;
    for (let i = 0; i <= chance.int(2); i++) {
      const types = Array.from({ length: 2 + chance.int(2) }, () => chance.pick(TYPES));
      const name = `w${this.#aliases++}`;
      const query = this.#query(types, { columns: [], outer: [], tables }, depth + 1);
      made.push({
        table: {
          kind: 'commonTable',
          name,
          materialized: chance.pick(['', '', 'MATERIALIZED ', 'NOT MATERIALIZED '] as const),
          query,
        },
        types,
      });
      tables = new Map([...tables, [name, types]]);
    }
    return made;
  }

  #select(types: readonly StatementType[], around: Names, depth: number): StatementSelect {
    const chance = this.#chance;
    const outer = [...around.columns, ...around.outer];
    const { from, columns } = this.#from({ ...around, columns: [], outer }, depth);
    const names: Names = { columns, outer, tables: around.tables };
    const where = chance.rarely(4) ? null : this.#exprs.condition(names, depth);
    const plain: StatementSelect = {
      kind: 'select',
      distinct: false,
      items: [],
      from,
      where,
      grouping: null,
      having: null,
      qualify: null,
    };
    if (chance.rarely(3)) return { ...plain, ...this.#grouped(types, names, depth) };
    if (chance.rarely(5)) {
      const qualify = chance.rarely(3) ? this.#exprs.windowCondition(names) : null;
      return { ...plain, items: types.map((type) => this.#exprs.windowOr(type, names)), qualify };
    }
    return { ...plain, distinct: chance.rarely(5), items: types.map((type) => this.#exprs.any(type, names, depth, 2)) };
  }

  #grouped(
    types: readonly StatementType[],
    names: Names,
    depth: number,
  ): Pick<StatementSelect, 'items' | 'grouping' | 'having'> {
    const chance = this.#chance;
    const keys = chance.rarely(4) ? [] : chance.some(names.columns, 1, 3).map((column) => this.#exprs.key(column));
    const unique = keys.filter((key, i) => keys.findIndex((other) => other.parts.join() === key.parts.join()) === i);
    const style = unique.length > 0 && chance.rarely(4) ? chance.pick(['ROLLUP', 'CUBE'] as const) : '';
    const item = (type: StatementType): StatementExpr => {
      const known = unique.filter((key) => key.type === type);
      return known.length > 0 && !chance.rarely(3) ? chance.pick(known) : this.#exprs.aggregate(type, names);
    };
    const having = chance.rarely(3) ? this.#exprs.having(names, depth) : null;
    return { items: types.map(item), grouping: unique.length > 0 ? { style, keys: unique } : null, having };
  }

  #from(names: Names, depth: number): { from: readonly StatementFrom[]; columns: readonly Readable[] } {
    const chance = this.#chance;
    const items: StatementFrom[] = [];
    let columns: readonly Readable[] = [];
    const count = chance.pick(depth === 0 ? [1, 1, 2] : [1, 1, 1, 2]);
    for (let i = 0; i < count; i++) {
      const made = chance.rarely(2) ? this.#join(names, depth, columns) : this.#source(names, depth, columns);
      items.push(made.from);
      columns = [...columns, ...made.columns];
    }
    return { from: items, columns };
  }

  #join(
    names: Names,
    depth: number,
    before: readonly Readable[],
  ): { from: StatementFrom; columns: readonly Readable[] } {
    const chance = this.#chance;
    let made = this.#source(names, depth, before);
    for (let more = 1 + (depth === 0 ? chance.int(3) : 0); more > 0; more--) {
      const type = chance.pick(JOINS);
      // LATERAL may not look at a side that the join can leave out.
      const seen = type === 'INNER' || type === 'LEFT' || type === 'CROSS' ? [...before, ...made.columns] : null;
      const right = this.#source(names, depth, seen);
      const columns = [...made.columns, ...right.columns];
      const common = [made.from, right.from].every(isStored) && before.length === 0 && chance.rarely(3);
      const using = common && type !== 'CROSS' ? chance.some(['k', 'i', 's'], 1, 2) : [];
      // DuckDB has no outer joins on columns of queries around, or on anything but true beside LATERAL.
      const within = { columns, outer: type === 'INNER' ? names.outer : [], tables: names.tables };
      const isLateral = right.from.kind === 'derived' && right.from.lateral;
      const on =
        type === 'CROSS' || using.length > 0
          ? null
          : type === 'LEFT' && isLateral
            ? this.#exprs.always()
            : this.#exprs.joinCondition(made.columns, right.columns, within);
      made = { from: { kind: 'join', type, left: made.from, right: right.from, on, using }, columns };
    }
    return made;
  }

  /** `before`: what a LATERAL query can read; null for nothing. */
  #source(
    names: Names,
    depth: number,
    before: readonly Readable[] | null,
  ): { from: StatementFrom; columns: readonly Readable[] } {
    const chance = this.#chance;
    const alias = `t${this.#aliases++}`;
    const common = [...names.tables];
    if (common.length > 0 && chance.rarely(2)) {
      const [name, types] = chance.pick(common);
      return {
        from: { kind: 'table', name, alias },
        columns: types.map((type, i) => ({ text: `${alias}.c${i}`, type })),
      };
    }
    if (depth < DEPTH && chance.rarely(6)) {
      const types = Array.from({ length: 1 + chance.int(3) }, () => chance.pick(TYPES));
      const lateral = before !== null && before.length > 0 && chance.rarely(2);
      const around = { columns: lateral ? before : [], outer: names.outer, tables: names.tables };
      const query = this.#query(types, around, depth + 1);
      return {
        from: { kind: 'derived', lateral, query, alias },
        columns: types.map((type, i) => ({ text: `${alias}.c${i}`, type })),
      };
    }
    const table = chance.pick(STATEMENT_TABLES);
    return {
      from: { kind: 'table', name: table.name, alias },
      columns: table.columns.map(({ name, type }) => ({ text: `${alias}.${name}`, type })),
    };
  }
}

/** One of the tables that have the columns k, i and s, rather than a common table. */
const isStored = (from: StatementFrom) =>
  from.kind === 'table' && STATEMENT_TABLES.some(({ name }) => name === from.name);
