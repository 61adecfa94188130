import { assertNever } from '../../src/common/errors.ts';
import type { Column, Expr } from '../../src/operators/expr/expr.ts';
import type {
  AggregateCall,
  AggregatePlan,
  JoinPlan,
  PhysicalPlan,
  ScanPlan,
  SetOperationPlan,
  SortKey,
  UnnestPlan,
  ValuesPlan,
} from '../../src/operators/plan.ts';
import { duckdbSql, duckdbType } from './duckdb-sql.ts';
import { duckdbWindowCall } from './duckdb-window.ts';
import { Refusal } from './refusal.ts';

/** The FROM item of a scan: a table's name, a call of read_parquet. */
export type ScanSource = (plan: ScanPlan) => string;

/** A column is called by its id, since names need not differ. */
export const duckdbColumn = ({ id }: Pick<Column, 'id'>) => `"c${id}"`;

const sqlOf = (expr: Expr) => duckdbSql(expr, duckdbColumn);

/**
 * A plan as one query of DuckDB that delivers the same rows, in the same order where the plan's last operator says one; every
 * operator is a query over the queries of its inputs. Throws Refusal where the engines differ or several answers are right.
 */
export function duckdbPlan(plan: PhysicalPlan, source: ScanSource): string {
  const print = (input: PhysicalPlan) => `(${duckdbPlan(input, source)})`;
  switch (plan.kind) {
    case 'scan':
      return select(
        plan.columns.map((column) => named(`"${column.name}"`, column)),
        source(plan),
      );
    case 'exchangeSource':
      throw new Refusal('exchange source');
    case 'values':
      return valuesSql(plan);
    case 'filter':
      return `${select(plan.columns.map(duckdbColumn), print(plan.input))} WHERE ${sqlOf(plan.predicate)}`;
    case 'project':
      return select(
        plan.exprs.map((expr, i) => named(sqlOf(expr), plan.columns[i] as Column)),
        print(plan.input),
      );
    case 'aggregate':
      return aggregateSql(plan, print);
    case 'join':
      return joinSql(plan, print);
    case 'sort':
      return `${select(plan.columns.map(duckdbColumn), print(plan.input))} ORDER BY ${plan.keys.map(sortKey).join(', ')}`;
    case 'topN':
      return `${ordered(plan.keys, plan.input, print)} LIMIT ${plan.limit} OFFSET ${plan.offset}`;
    case 'limit': {
      const { input, limit, offset } = plan;
      if (input.kind !== 'sort') throw new Refusal('limit without order');
      return `${ordered(input.keys, input.input, print)}${limit === null ? '' : ` LIMIT ${limit}`} OFFSET ${offset}`;
    }
    case 'window': {
      const { input, functions } = plan;
      const calls = functions.map((call, i) =>
        named(duckdbWindowCall(plan, call, sqlOf), plan.columns[input.columns.length + i] as Column),
      );
      return select([...input.columns.map(duckdbColumn), ...calls], print(input));
    }
    case 'setOperation':
      return setOperationSql(plan, print);
    case 'unnest':
      return unnestSql(plan, print);
    case 'sample':
    case 'recursive':
    case 'workingTable':
      throw new Error(`${plan.kind} is compared by tests of its own`);
    default:
      return assertNever(plan);
  }
}

type Print = (input: PhysicalPlan) => string;

const named = (sql: string, column: Column) => `${sql} AS ${duckdbColumn(column)}`;

const select = (items: readonly string[], from: string) =>
  `SELECT ${items.length > 0 ? items.join(', ') : 'NULL AS nothing'} FROM ${from}`;

export const sortKey = ({ expr, descending, nullsFirst }: SortKey) =>
  `${sqlOf(expr)} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;

/** Whether rows of equal keys are equal rows. */
export function isTotal(keys: readonly Expr[], columns: readonly Column[]): boolean {
  return columns.every(({ id }) => keys.some((key) => key.kind === 'column' && key.id === id));
}

function ordered(keys: readonly SortKey[], input: PhysicalPlan, print: Print): string {
  const total = isTotal(
    keys.map(({ expr }) => expr),
    input.columns,
  );
  if (!total) throw new Refusal('limit without order');
  return `${select(input.columns.map(duckdbColumn), print(input))} ORDER BY ${keys.map(sortKey).join(', ')}`;
}

function valuesSql({ columns, rows }: ValuesPlan): string {
  if (columns.length === 0) return `SELECT NULL AS nothing FROM range(${rows.length})`;
  if (rows.length === 0) {
    const nulls = columns.map((column) => named(`CAST(NULL AS ${duckdbType(column.type)})`, column));
    return `SELECT ${nulls.join(', ')} WHERE false`;
  }
  const tuples = rows.map((row) => `(${row.map(sqlOf).join(', ')})`);
  return `SELECT * FROM (VALUES ${tuples.join(', ')}) AS v(${columns.map(duckdbColumn).join(', ')})`;
}

/** Aggregates whose answer depends on nothing but the set of their arguments. */
const AGGREGATES: ReadonlySet<string> = new Set(
  'count sum avg min max bool_and bool_or stddev stddev_samp stddev_pop variance var_samp var_pop'.split(' '),
);
/** Those that their own ORDER BY makes so, when it is total. */
const ORDERED: ReadonlySet<string> = new Set(['string_agg']);

function aggregateSql(plan: AggregatePlan, print: Print): string {
  if (plan.phase === 'partial') throw new Refusal('partial aggregation');
  const { groups, groupingSets, aggregates, input } = wholeAggregation(plan);
  const keys = groups.map((_, i) => `"k${i}"`);
  const inner = select(
    [...input.columns.map(duckdbColumn), ...groups.map((group, i) => `${sqlOf(group)} AS ${keys[i]}`)],
    print(input),
  );
  const grouping = groupingSets ? [groupingSql(keys, groupingSets)] : [];
  const calls = aggregates.map(aggregateCall);
  const items = [...keys, ...grouping, ...calls].map((sql, i) => {
    const column = plan.columns[i] as Column;
    const unused = i < keys.length && groupingSets?.every((set) => !set.includes(i));
    return named(`CAST(${unused ? 'NULL' : sql} AS ${duckdbType(column.type)})`, column);
  });
  const head = items.length > 0 ? select(items, `(${inner})`) : `SELECT count(*) AS nothing FROM (${inner})`;
  if (!groupingSets) return keys.length > 0 ? `${head} GROUP BY ${keys.join(', ')}` : head;
  const sets = groupingSets.map((set) => `(${set.map((key) => keys[key]).join(', ')})`);
  if (new Set(sets).size < sets.length) throw new Refusal('duplicate grouping sets');
  return `${head} GROUP BY GROUPING SETS (${sets.join(', ')})`;
}

/** DuckDB knows GROUPING only of keys that are in some set. */
function groupingSql(keys: readonly string[], sets: readonly (readonly number[])[]): string {
  const bits = keys.map((key, i) => {
    const value = 2 ** (keys.length - 1 - i);
    return sets.some((set) => set.includes(i)) ? `GROUPING(${key}) * ${value}` : `${value}`;
  });
  return bits.join(' + ') || '0';
}

/** An aggregation in two phases as the one that it means. */
function wholeAggregation(plan: AggregatePlan): AggregatePlan {
  if (plan.phase === 'single') return plan;
  const { input } = plan;
  if (input.kind !== 'aggregate' || input.phase !== 'partial') throw new Refusal('partial aggregation');
  return input;
}

function aggregateCall({ function: name, args, distinct, orderBy, filter }: AggregateCall): string {
  if (!AGGREGATES.has(name) && !ORDERED.has(name)) throw new Refusal('aggregate', name);
  const total = args.every(({ kind }) => kind === 'column' || kind === 'literal');
  if (ORDERED.has(name) && !(total && orderBy.some(({ expr }) => expr === args[0]))) {
    throw new Refusal('order within an aggregate', name);
  }
  const list = args.map(sqlOf).join(', ') || '*';
  const order = orderBy.length > 0 ? ` ORDER BY ${orderBy.map(sortKey).join(', ')}` : '';
  const where = filter ? ` FILTER (WHERE ${sqlOf(filter)})` : '';
  return `${name}(${distinct ? 'DISTINCT ' : ''}${list}${order})${where}`;
}

const OUTER = { inner: 'JOIN', left: 'LEFT JOIN', right: 'RIGHT JOIN', full: 'FULL JOIN' } as const;

function joinSql({ type, left, right, keys, residual, mark, columns }: JoinPlan, print: Print): string {
  const pairs = keys.map(
    (key) => `${sqlOf(key.left)} ${key.nullsMatch ? 'IS NOT DISTINCT FROM' : '='} ${sqlOf(key.right)}`,
  );
  const equal = pairs.length > 0 ? `(${pairs.join(' AND ')})` : 'TRUE';
  const rest = residual ? ` AND ${sqlOf(residual)}` : '';
  const reversed = `EXISTS (SELECT 1 FROM ${print(left)} WHERE ${equal}${rest})`;
  const exists = (condition: string) => `EXISTS (SELECT 1 FROM ${print(right)} WHERE ${condition}${rest})`;
  const items = columns.map(duckdbColumn);
  switch (type) {
    case 'inner':
    case 'left':
    case 'right':
    case 'full':
      return `${select(items, print(left))} AS l ${OUTER[type]} ${print(right)} AS r ON ${equal}${rest}`;
    case 'semi':
      return `${select(items, print(left))} WHERE ${exists(equal)}`;
    case 'anti':
      return `${select(items, print(left))} WHERE NOT ${exists(equal)}`;
    case 'rightSemi':
      return `${select(items, print(right))} WHERE ${reversed}`;
    case 'rightAnti':
      return `${select(items, print(right))} WHERE NOT ${reversed}`;
    case 'nullAwareAnti':
      return `${select(items, print(left))} WHERE NOT ${exists(`coalesce(${equal}, TRUE)`)}`;
    case 'mark': {
      const found = `CASE WHEN ${exists(equal)} THEN TRUE WHEN ${exists(`(${equal} IS NULL)`)} THEN NULL ELSE FALSE END`;
      return select([...items.slice(0, -1), named(found, mark as Column)], print(left));
    }
    default:
      return assertNever(type);
  }
}

function setOperationSql({ operation, all, inputs, columns }: SetOperationPlan, print: Print): string {
  if (columns.length === 0) throw new Refusal('no columns');
  const queries = inputs.map((input) => select(input.columns.map(duckdbColumn), print(input)));
  const word = `${operation.toUpperCase()}${all ? ' ALL' : ''}`;
  return `SELECT * FROM (${queries.join(` ${word} `)}) AS s(${columns.map(duckdbColumn).join(', ')})`;
}

function unnestSql({ input, lists, outer, ordinality, columns }: UnnestPlan, print: Print): string {
  const entries = lists.flatMap((list) =>
    list.type.kind === 'map' ? [`map_keys(${sqlOf(list)})`, `map_values(${sqlOf(list)})`] : [sqlOf(list)],
  );
  const longest = `greatest(0, ${entries.map((list) => `len(${list})`).join(', ')})`;
  const rows = `range(1, ${longest} + 1)`;
  const columnLists = ordinality ? [...entries, rows] : entries;
  const items = columnLists.map((list, i) => {
    const column = columns[input.columns.length + i] as Column;
    const whole = outer ? `CASE WHEN ${longest} > 0 THEN ${list} ELSE [NULL] END` : list;
    return named(`unnest(${whole})`, column);
  });
  return select([...input.columns.map(duckdbColumn), ...items], print(input));
}
