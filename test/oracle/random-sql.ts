import type { Random } from '../../src/common/clock.ts';
import { isFloat, isInteger, isNumeric, sameType } from '../../src/common/types.ts';
import type { Readable } from './random-constants.ts';
import { RandomTerms } from './random-terms.ts';
import { type Aggregate, aggregateType, type Grouped, type OrderKey, type SqlQuery } from './sql-query.ts';
import { columnTerm, type Term } from './sql-term.ts';

/** Random queries of one seed over a table. */
export class RandomSql {
  readonly #terms: RandomTerms;
  readonly #columns: readonly Readable[];
  readonly #rows: number;

  /** `rows`: how many the table has. */
  constructor(random: Random, columns: readonly Readable[], rows: number) {
    this.#terms = new RandomTerms(random);
    this.#columns = columns;
    this.#rows = rows;
  }

  next(): SqlQuery {
    return this.#terms.once(12) ? this.#overflowing() : this.#query(this.#terms.once(4) ? 2 : 1);
  }

  /** Nothing may stop before the row that fails. Sums of long decimals are left out, DuckDB's fail on the way. */
  #overflowing(): SqlQuery {
    const terms = this.#terms;
    const where = terms.once(3) ? null : terms.simple(this.#columns.filter(({ name }) => name === 'id'));
    const items = [terms.overflowing(this.#columns, 1 + terms.int(2))];
    if (terms.once(2) || !items.every(({ expr }) => isInteger(expr.type))) return { ...PLAIN, where, items };
    const aggregates = items.map((arg): Aggregate => ({ name: 'sum', arg, distinct: false, filter: null }));
    const grouped: Grouped = { keys: [], aggregates, having: null, byPosition: false };
    return { ...PLAIN, where, grouped, items: this.#results(grouped).map(readableTerm) };
  }

  #query(levels: number): SqlQuery {
    const terms = this.#terms;
    const from = levels > 1 ? { query: this.#inner(), style: terms.pick(['subquery', 'with'] as const) } : null;
    const columns = from ? outputs(from.query) : this.#some(this.#columns, 6);
    const where = terms.once(3)
      ? null
      : terms.once(3)
        ? terms.simple(columns)
        : terms.condition(columns, 1 + terms.int(2));
    const grouped = terms.once(2) ? this.#grouped(columns) : null;
    const readable = grouped ? this.#results(grouped) : columns;
    const exact = readable.filter((column) => !column.approximate);
    const some = Array.from({ length: 1 + terms.int(4) }, () => this.#item(readable, exact));
    // Without keys it is the aggregates that make it a grouped query.
    const items = grouped?.keys.length === 0 ? [readableTerm(readable[0] as Readable), ...some] : some;
    const approximate = items.some((item) => item.approximate);
    const distinct = !approximate && terms.once(8);
    return { ...PLAIN, from, where, grouped, items, distinct, ...this.#end(items, exact, approximate, distinct) };
  }

  /** What another query reads: ordered wholly when it is cut, and without results that DuckDB rounds otherwise. */
  #inner(): SqlQuery {
    for (;;) {
      const query = this.#query(1);
      const isCut = query.limit !== null || query.offset > 0;
      const total = totalOrder(query);
      if (query.items.some((item) => item.approximate) || (isCut && !total)) continue;
      return query;
    }
  }

  #item(readable: readonly Readable[], exact: readonly Readable[]): Term {
    const terms = this.#terms;
    if (exact.length === 0 || terms.once(2)) return readableTerm(terms.pick(readable));
    return terms.any(exact, terms.int(4));
  }

  #some(columns: readonly Readable[], count: number): readonly Readable[] {
    const [id, ...others] = columns as [Readable, ...Readable[]];
    return [id, ...Array.from({ length: count }, () => this.#terms.pick(others))];
  }

  #grouped(columns: readonly Readable[]): Grouped {
    const terms = this.#terms;
    const keys = Array.from({ length: terms.int(3) }, () => terms.any(columns, terms.int(3)));
    const distinct = terms.once(5) ? terms.any(columns, 1) : null;
    const aggregates = Array.from({ length: 1 + terms.int(3) }, () =>
      distinct ? this.#distinctAggregate(distinct) : this.#aggregate(columns),
    );
    const grouped: Grouped = { keys, aggregates, having: null, byPosition: terms.once(2) };
    const exact = this.#results(grouped).filter((column) => !column.approximate);
    if (exact.length === 0 || terms.once(2)) return grouped;
    return { ...grouped, having: terms.condition(exact, 1) };
  }

  #distinctAggregate(arg: Term): Aggregate {
    const names = isSummable(arg) ? ['count', 'sum', 'min'] : ['count', 'max'];
    return { name: this.#terms.pick(names), arg, distinct: true, filter: null };
  }

  #aggregate(columns: readonly Readable[]): Aggregate {
    const terms = this.#terms;
    const filter = terms.once(3) ? terms.condition(columns, 1) : null;
    if (terms.once(4)) return { name: 'count', arg: null, distinct: false, filter };
    const arg = terms.any(columns, terms.int(3));
    const names = isSummable(arg) ? ['count', 'sum', 'avg', 'min', 'max', 'sum'] : ['count', 'min', 'max'];
    return { name: terms.pick(names), arg, distinct: false, filter };
  }

  #results({ keys, aggregates }: Grouped): readonly Readable[] {
    return [
      ...keys.map(({ expr, bound }, i) => ({ name: `k${i}`, type: expr.type, bound, approximate: false, values: [] })),
      ...aggregates.map((aggregate, i) => ({
        name: `a${i}`,
        type: aggregateType(aggregate),
        bound:
          aggregate.name === 'count'
            ? this.#rows
            : (aggregate.arg?.bound ?? 0) * (aggregate.name === 'sum' ? this.#rows : 1),
        approximate: aggregate.name === 'avg',
        values: [],
      })),
    ];
  }

  #end(
    items: readonly Term[],
    readable: readonly Readable[],
    approximate: boolean,
    distinct: boolean,
  ): Pick<SqlQuery, 'order' | 'limit' | 'offset'> {
    const terms = this.#terms;
    if (approximate || terms.once(3)) return { order: [], ...this.#cut(!approximate) };
    const key = (by: number | Term): OrderKey => ({ by, descending: terms.once(2), nullsFirst: terms.once(2) });
    const some = Array.from({ length: terms.int(3) }, () => {
      const byItem = distinct || readable.length === 0 || terms.once(2);
      const term = byItem ? null : terms.any(readable, 1);
      return key(term && !isConstant(term) ? term : terms.int(items.length));
    });
    const total = terms.once(4) && some.every(({ by }) => typeof by === 'number') ? [] : items.map((_, i) => key(i));
    return { order: [...some, ...total], ...this.#cut(true) };
  }

  #cut(allowed: boolean): Pick<SqlQuery, 'limit' | 'offset'> {
    const terms = this.#terms;
    if (!allowed || terms.once(2)) return { limit: null, offset: 0 };
    const limit = terms.once(6) ? null : terms.pick([0, 1, 2, 5, 17, 60, 1000]);
    return { limit, offset: terms.once(2) ? 0 : terms.pick([1, 3, 20, 100, 500]) };
  }
}

const PLAIN: SqlQuery = {
  from: null,
  where: null,
  grouped: null,
  items: [],
  distinct: false,
  order: [],
  limit: null,
  offset: 0,
};

/** A bare number in ORDER BY is a position. */
const isConstant = (term: Term): boolean => term.expr.kind === 'literal' || term.expr.type.kind === 'null';

const readableTerm = ({ name, type, bound, approximate }: Readable) => columnTerm(name, type, bound, approximate);

const isSummable = ({ expr, bound }: Term) =>
  isNumeric(expr.type) && (!isFloat(expr.type) || bound < 1e15) && bound < 1e30;

const outputs = (query: SqlQuery): readonly Readable[] =>
  query.items.map(({ expr, bound }, i) => ({ name: `c${i}`, type: expr.type, bound, approximate: false, values: [] }));

/** Whether rows that may change places are the same. */
export function totalOrder({ order, items }: SqlQuery): boolean {
  return items.every((item, i) =>
    order.some(
      ({ by }) => by === i || (typeof by !== 'number' && sameType(by.expr.type, item.expr.type) && by === item),
    ),
  );
}
