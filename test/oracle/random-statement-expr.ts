import type { Chance } from './chance.ts';
import type { Names, Readable } from './random-statement.ts';
import type { StatementExpr, StatementQuery, StatementType } from './statement.ts';

/** Makes the queries within expressions. */
export interface Subqueries {
  rows(types: readonly StatementType[], names: Names, depth: number): StatementQuery;
  /** One row at most. */
  value(type: StatementType, names: Names, depth: number): StatementQuery;
}

const LITERALS: Readonly<Record<StatementType, readonly string[]>> = {
  int: ['1', '0', '2', '3', 'CAST(NULL AS INTEGER)'],
  dec: ['1.50', '0.00', '2.00', 'CAST(NULL AS DECIMAL(8, 2))'],
  text: ["'a'", "'b'", "''", 'CAST(NULL AS VARCHAR)'],
  bool: ['true', 'false', 'CAST(NULL AS BOOLEAN)'],
  date: ["DATE '2020-01-01'", "DATE '2020-02-29'", 'CAST(NULL AS DATE)'],
  float: ['CAST(0.5 AS DOUBLE)'],
};

const COMPARED = ['int', 'int', 'text', 'dec', 'date'] as const;
const COMPARISONS = ['=', '=', '<', '<=', '>', '>=', '<>'];
const PATTERNS = ["'a%'", "'%b'", "'_'", "'%'"];
/** Within this many queries nothing asks another one. */
const DEPTH = 2;
const NO_QUERIES = DEPTH;

const expr = (type: StatementType, ...parts: StatementExpr['parts']): StatementExpr => ({ kind: 'expr', type, parts });

/** Random expressions; `depth` is how many queries they stand in, `size` how much they may be made of. */
export class StatementExprs {
  readonly #chance: Chance;
  readonly #queries: Subqueries;

  constructor(chance: Chance, queries: Subqueries) {
    this.#chance = chance;
    this.#queries = queries;
  }

  any(type: StatementType, names: Names, depth: number, size: number): StatementExpr {
    const chance = this.#chance;
    if (depth < DEPTH && chance.rarely(9)) return expr(type, '(', this.#queries.value(type, names, depth + 1), ')');
    if (size <= 0 || chance.rarely(3)) return this.#leaf(type, names);
    const make = (of: StatementType) => this.any(of, names, depth, size - 1);
    switch (chance.int(5)) {
      case 0:
        return expr(
          type,
          'CASE WHEN ',
          this.#test(names, depth, size - 1),
          ' THEN ',
          make(type),
          ' ELSE ',
          make(type),
          ' END',
        );
      case 1:
        return expr(type, 'coalesce(', make(type), ', ', make(type), ')');
      case 2:
        return type === 'bool'
          ? this.#test(names, depth, size)
          : expr(type, 'nullif(', make(type), ', ', make(type), ')');
      default:
        return this.#operation(type, make, names, depth, size);
    }
  }

  /** What a WHERE holds. */
  condition(names: Names, depth: number): StatementExpr {
    const chance = this.#chance;
    const first = this.#test(names, depth, 2);
    if (chance.rarely(2)) return first;
    return expr('bool', '(', first, chance.pick([' AND ', ' AND ', ' OR ']), this.#test(names, depth, 1), ')');
  }

  always(): StatementExpr {
    return expr('bool', 'true');
  }

  /** Mostly columns of both sides that are equal. */
  joinCondition(left: readonly Readable[], right: readonly Readable[], names: Names): StatementExpr {
    const chance = this.#chance;
    const type = chance.pick(COMPARED);
    const [a, b] = [left, right].map((side) => side.filter((column) => column.type === type)) as [
      Readable[],
      Readable[],
    ];
    if (a.length === 0 || b.length === 0) return this.#test(names, NO_QUERIES, 1);
    const operator = chance.rarely(5) ? chance.pick(['<', '>=', '<>', 'IS NOT DISTINCT FROM']) : '=';
    const equal = expr('bool', chance.pick(a).text, ` ${operator} `, chance.pick(b).text);
    if (!chance.rarely(3)) return equal;
    return expr('bool', '(', equal, chance.pick([' AND ', ' AND ', ' OR ']), this.#test(names, NO_QUERIES, 1), ')');
  }

  /** A key of GROUP BY: never a constant, which would be a position. */
  key({ text, type }: Readable): StatementExpr {
    if (!this.#chance.rarely(4)) return expr(type, text);
    if (type === 'int') return expr(type, '(', text, ' + 1)');
    return type === 'text' ? expr(type, 'upper(', text, ')') : expr(type, text);
  }

  /** Over columns of the query itself: an aggregate of others' columns alone would be theirs. */
  aggregate(type: StatementType, names: Names): StatementExpr {
    const chance = this.#chance;
    const own: Names = { ...names, outer: [] };
    const column = (of: StatementType) => own.columns.filter((one) => one.type === of);
    const filter: StatementExpr['parts'] = chance.rarely(5)
      ? [' FILTER (WHERE ', this.#test(own, NO_QUERIES, 1), ')']
      : [];
    const call = (name: string, of: StatementType, distinct = false): StatementExpr => {
      const known = column(of);
      if (known.length === 0) return expr(type, this.#literal(type));
      const arg =
        chance.rarely(3) && of === 'int'
          ? expr(of, '(', chance.pick(known).text, ' + ', this.#literal(of), ')')
          : expr(of, chance.pick(known).text);
      return expr(type, `${name}(${distinct ? 'DISTINCT ' : ''}`, arg, ')', ...filter);
    };
    switch (type) {
      case 'int':
        switch (chance.int(5)) {
          case 0:
            return expr(type, 'count(*)', ...filter);
          case 1:
            return call('count', chance.pick(['int', 'text', 'date', 'bool', 'dec'] as const), chance.rarely(2));
          case 2:
            return call('sum', 'int', chance.rarely(4));
          case 3:
            return call(chance.pick(['min', 'max']), 'int');
          default:
            return expr(type, 'count(*)', ...filter);
        }
      case 'dec':
        return call(chance.pick(['sum', 'min', 'max']), 'dec', chance.rarely(5));
      case 'bool':
        return chance.rarely(2)
          ? call(chance.pick(['bool_and', 'bool_or']), 'bool')
          : expr(type, '(count(*) > ', String(chance.int(4)), ')');
      case 'text':
      case 'date':
      case 'float':
        return call(chance.pick(['min', 'max']), type);
    }
  }

  having(names: Names, depth: number): StatementExpr {
    const type = this.#chance.pick(['int', 'dec', 'text'] as const);
    const aggregate = this.aggregate(type, names);
    const around: Names = { columns: [], outer: names.outer, tables: names.tables };
    const other = this.any(type, around, Math.max(depth, 1), 1);
    return expr('bool', aggregate, ` ${this.#chance.pick(COMPARISONS)} `, other);
  }

  /** Only what rows that tie have in common. */
  windowOr(type: StatementType, names: Names): StatementExpr {
    const chance = this.#chance;
    return type !== 'int' || chance.rarely(3) ? this.any(type, names, NO_QUERIES, 1) : this.#window(names);
  }

  windowCondition(names: Names): StatementExpr {
    return expr('bool', this.#window(names), ' <= ', String(1 + this.#chance.int(4)));
  }

  #window(names: Names): StatementExpr {
    const chance = this.#chance;
    const column = () => chance.pick(names.columns).text;
    const partition = chance.rarely(2) ? `PARTITION BY ${column()} ` : '';
    const order = `ORDER BY ${column()}${chance.pick(['', ' DESC', ' NULLS FIRST'])}`;
    const integers = names.columns.filter((one) => one.type === 'int');
    const key = integers.length > 0 ? chance.pick(integers).text : null;
    const kind = key === null ? chance.int(2) : chance.int(4);
    switch (kind) {
      case 0:
        return expr('int', `${chance.pick(['rank', 'dense_rank'])}() OVER (${partition}${order})`);
      case 1:
        return expr('int', `count(*) OVER (${partition}${chance.rarely(2) ? order : ''})`);
      case 2: {
        const name = chance.pick(['sum', 'min', 'max', 'count']);
        return expr('int', `${name}(${key}) OVER (${partition}${order}${this.#frame('GROUPS')})`);
      }
      default:
        return expr(
          'int',
          `count(*) OVER (${partition}ORDER BY ${key}${chance.pick(['', ' DESC'])}${this.#frame('RANGE')})`,
        );
    }
  }

  #frame(mode: 'GROUPS' | 'RANGE'): string {
    const chance = this.#chance;
    const start = chance.pick(['UNBOUNDED PRECEDING', '1 PRECEDING', 'CURRENT ROW', '2 PRECEDING']);
    const end = chance.pick(['CURRENT ROW', '1 FOLLOWING', 'UNBOUNDED FOLLOWING']);
    return ` ${mode} BETWEEN ${start} AND ${end}${chance.rarely(4) ? ' EXCLUDE GROUP' : ''}`;
  }

  #test(names: Names, depth: number, size: number): StatementExpr {
    const chance = this.#chance;
    const type = chance.pick(COMPARED);
    const make = (of: StatementType) => this.any(of, names, depth, size - 1);
    if (depth < DEPTH && chance.rarely(4)) return this.#queryTest(type, names, depth, size);
    switch (chance.int(9)) {
      case 0:
      case 1:
      case 2:
        return expr('bool', '(', make(type), ` ${chance.pick(COMPARISONS)} `, make(type), ')');
      case 3:
        return expr('bool', '(', make(type), chance.pick([' IS NULL', ' IS NOT NULL']), ')');
      case 4:
        return expr(
          'bool',
          '(',
          make(type),
          chance.pick([' IS DISTINCT FROM ', ' IS NOT DISTINCT FROM ']),
          make(type),
          ')',
        );
      case 5:
        return expr(
          'bool',
          '(',
          make(type),
          chance.pick([' IN (', ' NOT IN (']),
          this.#literal(type),
          ', ',
          this.#literal(type),
          '))',
        );
      case 6:
        return expr(
          'bool',
          '(',
          make(type),
          chance.pick([' BETWEEN ', ' NOT BETWEEN ']),
          make(type),
          ' AND ',
          make(type),
          ')',
        );
      case 7:
        return expr('bool', '(', make('text'), chance.pick([' LIKE ', ' NOT LIKE ']), chance.pick(PATTERNS), ')');
      default:
        if (size <= 0)
          return expr(
            'bool',
            '(',
            this.#leaf('bool', names),
            chance.pick([' IS TRUE', ' IS NOT TRUE', ' IS FALSE']),
            ')',
          );
        return expr('bool', '(NOT ', this.#test(names, depth, size - 1), ')');
    }
  }

  #queryTest(type: StatementType, names: Names, depth: number, size: number): StatementExpr {
    const chance = this.#chance;
    const operand = this.any(type, names, NO_QUERIES, Math.min(size, 1));
    const rows = this.#queries.rows([type], names, depth + 1);
    switch (chance.int(5)) {
      case 0:
        return expr('bool', '(', operand, ' IN (', rows, '))');
      case 1:
        return expr('bool', '(', operand, ' NOT IN (', rows, '))');
      case 2:
        return expr('bool', chance.pick(['', 'NOT ']), 'EXISTS (', rows, ')');
      case 3:
        return expr('bool', '(', operand, ` ${chance.pick(COMPARISONS)} ${chance.pick(['ANY', 'ALL'])} (`, rows, '))');
      default:
        return expr(
          'bool',
          '(',
          operand,
          ` ${chance.pick(COMPARISONS)} (`,
          this.#queries.value(type, names, depth + 1),
          '))',
        );
    }
  }

  #operation(
    type: StatementType,
    make: (of: StatementType) => StatementExpr,
    names: Names,
    depth: number,
    size: number,
  ): StatementExpr {
    const chance = this.#chance;
    switch (type) {
      case 'int':
        return chance.rarely(4)
          ? chance.pick([
              () => expr(type, 'length(', make('text'), ')'),
              () => expr(type, 'extract(year FROM ', make('date'), ')'),
            ])()
          : expr(type, '(', make(type), chance.pick([' + ', ' - ', ' * ']), this.#literal('int'), ')');
      case 'dec':
        return expr(type, '(', make(type), chance.pick([' + ', ' - ']), make(type), ')');
      case 'text':
        return chance.rarely(2)
          ? expr(type, 'upper(', make(type), ')')
          : expr(type, '(', make(type), ' || ', make(type), ')');
      case 'bool':
        return this.#test(names, depth, size);
      case 'date':
      case 'float':
        return expr(type, chance.pick(['least(', 'greatest(']), make(type), ', ', make(type), ')');
    }
  }

  #leaf(type: StatementType, { columns, outer }: Names): StatementExpr {
    const chance = this.#chance;
    const known = (chance.rarely(3) && outer.length > 0 ? outer : columns).filter((column) => column.type === type);
    return known.length === 0 || chance.rarely(8)
      ? expr(type, this.#literal(type))
      : expr(type, chance.pick(known).text);
  }

  #literal(type: StatementType): string {
    return this.#chance.pick(LITERALS[type]);
  }
}
