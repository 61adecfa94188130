import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../common/clock.ts';
import {
  BIGINT,
  DATE,
  DOUBLE,
  INTEGER,
  INTERVAL,
  type SqlType,
  TIMESTAMP,
  typeName,
  VARCHAR,
  type Value,
} from '../../../common/types.ts';
import { canCast } from '../coerce.ts';
import type { CallExpr, Column, ColumnId, Expr, InListExpr } from '../expr.ts';
import { formatExpr } from '../format.ts';
import { functionEntries } from '../functions.ts';
import type { Overload, ScalarFunction } from '../scalar-function.ts';
import { generatedFunctions } from './calls.ts';
import { difference } from './fixtures/differential.ts';
import { EDGE_VALUES } from './fixtures/edge-values.ts';

const COLUMNS: readonly Column[] = EDGE_VALUES.flatMap(([type], i) =>
  ['x', 'y'].map((name, j) => ({ id: (2 * i + j) as ColumnId, name: `${name}_${i}`, type, nullable: true })),
);
const random = seededRandom(7);
const int = (below: number) => Math.floor(random.next() * below);
const pick = <T>(from: readonly T[]): T => from[int(from.length)] as T;
const valuesOf = (type: SqlType) => EDGE_VALUES.find(([other]) => typeName(other) === typeName(type))?.[1];

const rowsOf = (count: number, nulls: boolean) =>
  Array.from({ length: count }, () =>
    COLUMNS.map(({ type }): Value => (nulls && int(6) === 0 ? null : pick(valuesOf(type) as readonly Value[]))),
  );

const columnOf = (type: SqlType): Expr | null => {
  const column = pick(COLUMNS.filter((other) => typeName(other.type) === typeName(type)));
  return column ? { kind: 'column', id: column.id, name: column.name, type } : null;
};

/** A column or a literal of the type, cast to it where no column has it. */
function argument(type: SqlType, literal: boolean): Expr | null {
  const values = valuesOf(type);
  if (literal && values) return { kind: 'literal', value: pick(values), type };
  const column = valuesOf(type) ? columnOf(type) : null;
  if (column) return column;
  const from = pick(EDGE_VALUES.filter(([other]) => canCast(other, type)));
  return { kind: 'cast', input: columnOf(from[0]) as Expr, type, try: true };
}

const LITERALS: Readonly<Record<string, readonly Value[]>> = {
  like: ['%', '%a%', 'a%', '%X', 'a_X_', '%é%', '_%😀', '%the%lazy%', 'a', '', '%special%requests%', '%\\_%', '_'],
  date_part: ['year', 'MONTH', 'week', 'epoch', 'second', 'hour', 'quarter', 'nonsense'],
  date_trunc: [
    'millennium',
    'century',
    'decade',
    'year',
    'quarter',
    'month',
    'week',
    'day',
    'hour',
    'minute',
    'milliseconds',
  ],
  substring: [-1n, 0n, 1n, 2n, 5n],
  round: [-2, 0, 1, 2],
};

const literalFor = (name: string, index: number, type: SqlType): Expr | null => {
  const key = /like/.test(name) ? 'like' : /substr/.test(name) ? 'substring' : name === 'trunc' ? 'round' : name;
  const values = LITERALS[key];
  const at = key === 'like' || key === 'substring' || key === 'round' ? 1 : 0;
  return values && index >= at && (at > 0 || index === 0) && !(key === 'like' && index > 1)
    ? { kind: 'literal', value: pick(values), type }
    : null;
};

const COMMON = [VARCHAR, VARCHAR, VARCHAR, INTEGER, BIGINT, DOUBLE, DATE, TIMESTAMP, INTERVAL];

/** An overload for types that are drawn until they fit. */
function overloadOf(resolve: ScalarFunction['resolve']): Overload | null {
  for (let attempt = 0; attempt < 30; attempt++) {
    const types = Array.from({ length: 1 + int(4) }, () => (int(2) === 0 ? pick(COMMON) : pick(EDGE_VALUES)[0]));
    const overload = resolve(types);
    if (overload?.argTypes.every(isFlat)) return overload;
  }
  return (
    tuplesOfCommon()
      .map(resolve)
      .find((overload) => overload?.argTypes.every(isFlat)) ?? null
  );
}

/** All tuples of up to three common types, for functions that chance does not hit. */
function tuplesOfCommon(): SqlType[][] {
  const types = [...new Set<SqlType>(COMMON)];
  const ones = types.map((type) => [type]);
  const longer = (tuples: SqlType[][]) => tuples.flatMap((tuple) => types.map((type) => [...tuple, type]));
  return [...ones, ...longer(ones), ...longer(longer(ones))];
}

const isFlat = ({ kind }: SqlType) => !NESTED.has(kind);

const NESTED: ReadonlySet<string> = new Set(['list', 'struct', 'map']);

const LAYOUTS = [
  { dictionaries: false, measured: false },
  { dictionaries: true, measured: true },
];

/** Until the random arguments fit the function once. */
const MOST_TRIES = 100;

function faultsOf({ name, resolve }: ScalarFunction, count: number): string[] {
  const faults: string[] = [];
  let calls = 0;
  for (let i = 0; i < count || (calls === 0 && i < MOST_TRIES); i++) {
    const overload = overloadOf(resolve);
    if (!overload) continue;
    const args = overload.argTypes.map(
      (type, at) => (int(3) > 0 ? literalFor(name, at, type) : null) ?? argument(type, int(4) === 0),
    );
    if (args.includes(null)) continue;
    const expr: CallExpr = { kind: 'call', function: name, args: args as Expr[], type: overload.type };
    calls++;
    const found = difference(expr, COLUMNS, rowsOf(24, i % 2 === 0), pick(LAYOUTS));
    if (found) faults.push(`${formatExpr(expr)}: ${found}`);
  }
  if (calls === 0 && overloadOf(resolve)) faults.push(`${name} was never called`);
  return faults.slice(0, 5);
}

const generated = new Set(generatedFunctions());

describe('functions with a generated form are on the ends of ranges what the interpreter says', () => {
  it.each(
    functionEntries()
      .filter(({ name }) => generated.has(name))
      .map((entry) => [entry.name, entry] as const),
  )('%s', (_, entry) => {
    expect(faultsOf(entry, 14)).toEqual([]);
  });
});

it('leaves all other functions to the interpreter', () => {
  const others = functionEntries().filter(({ name }) => !generated.has(name));
  expect(others.flatMap((entry) => faultsOf(entry, 2))).toEqual([]);
});

it('casts and tries to cast between all types', () => {
  const faults: string[] = [];
  for (const [from] of EDGE_VALUES) {
    for (const [to] of EDGE_VALUES) {
      if (!canCast(from, to)) continue;
      for (const tries of [true, false]) {
        const expr: Expr = { kind: 'cast', input: columnOf(from) as Expr, type: to, try: tries };
        const found = difference(expr, COLUMNS, rowsOf(24, tries), pick(LAYOUTS));
        if (found) faults.push(`${formatExpr(expr)} from ${typeName(from)}: ${found}`);
      }
    }
  }
  expect(faults.slice(0, 10)).toEqual([]);
});

it('searches lists of literals, short and long, and of columns', () => {
  const faults: string[] = [];
  for (const [type, values] of EDGE_VALUES) {
    if (type.kind === 'interval') continue;
    for (const size of [1, 3, 40]) {
      for (const negated of [true, false]) {
        const list = Array.from({ length: size }, (_, i): Expr => {
          if (size === 3 && i === 1) return columnOf(type) as Expr;
          return { kind: 'literal', value: size > 3 && i % 9 === 8 && negated ? null : pick(values), type };
        });
        const expr: InListExpr = {
          kind: 'inList',
          input: columnOf(type) as Expr,
          list,
          negated,
          type: { kind: 'boolean' },
        };
        const found = difference(expr, COLUMNS, rowsOf(24, negated), pick(LAYOUTS));
        if (found) faults.push(`${formatExpr(expr)}: ${found}`);
      }
    }
  }
  expect(faults.slice(0, 5)).toEqual([]);
});
