import type { SqlType, Value } from '../../../common/types.ts';
import { BIGINT, BOOLEAN, INTEGER, VARCHAR } from '../../../common/types.ts';
import { valueKey } from '../../value-key.ts';
import { castFunction } from '../cast.ts';
import { canCast, canImplicitlyCast, commonType } from '../coerce.ts';
import { type Comparator, comparator } from '../compare-values.ts';
import type { Overload, ScalarFunction } from '../scalar-function.ts';
import { characters } from './code-points.ts';
import { alias, overload } from './define.ts';
import { SERIES } from './series.ts';

type List = readonly Value[];
type ListType = Extract<SqlType, { kind: 'list' }>;

const listOf = (element: SqlType): ListType => ({ kind: 'list', element });

/** A function whose first argument is a list, of whose type the others and the result depend. */
function ofList(
  name: string,
  doc: string,
  build: (list: ListType, others: readonly SqlType[]) => Overload | null,
  nulls: ScalarFunction['nulls'] = 'strict',
): ScalarFunction {
  return {
    name,
    doc,
    nulls,
    resolve: ([first, ...others]) => (first?.kind === 'list' ? build(first, others) : null),
  };
}

/** A function of a list alone. */
const unary = (name: string, doc: string, build: (list: ListType) => Overload) =>
  ofList(name, doc, (list, others) => (others.length === 0 ? build(list) : null));

/** A function of a list and a value of its element type. */
const withElement = (
  name: string,
  doc: string,
  build: (list: ListType, nullSafe: Comparator) => Overload,
  nulls: ScalarFunction['nulls'] = 'strict',
) =>
  ofList(
    name,
    doc,
    (list, others) => {
      const [other, ...more] = others;
      if (!other || more.length > 0) return null;
      const element = list.element.kind === 'null' ? other : list.element;
      if (!canImplicitlyCast(other, element)) return null;
      return build(listOf(element), comparator(element));
    },
    nulls,
  );

/** Counted from 1, from the end when negative; NULL where there is none. */
export function elementAt(list: List, index: bigint): Value {
  if (index === 0n) return null;
  return list.at(Number(index > 0n ? index - 1n : index)) ?? null;
}

const LIST_EXTRACT = ofList(
  'list_extract',
  'list_extract(list, n): the n-th element from 1, from the end when n is negative; NULL when there is none',
  (list, [index, ...more]) =>
    index && more.length === 0 && canImplicitlyCast(index, BIGINT)
      ? overload([list, BIGINT], list.element, elementAt)
      : null,
);

const LEN: ScalarFunction = {
  name: 'len',
  doc: 'len(a): number of elements of a list, of entries of a map, of code points of a text',
  nulls: 'strict',
  resolve: ([type, ...more]) => {
    if (!type || more.length > 0) return null;
    if (type.kind === 'list' || type.kind === 'map') {
      return overload([type], BIGINT, (list: List) => BigInt(list.length));
    }
    if (!canImplicitlyCast(type, VARCHAR)) return null;
    return overload([VARCHAR], BIGINT, (text: string) => BigInt(characters(text).length));
  },
};

const LIST_CONTAINS = withElement(
  'list_contains',
  'list_contains(list, value): whether an element is equal to the value',
  (list, compare) =>
    overload([list, list.element], BOOLEAN, (values: List, value: Value) =>
      values.some((one) => one !== null && compare(one, value) === 0),
    ),
);

const LIST_POSITION = withElement(
  'list_position',
  'list_position(list, value): the position of the first equal element, from 1; NULL when there is none',
  (list, compare) =>
    overload([list, list.element], INTEGER, (values: List, value: Value) => {
      const found = values.findIndex((one) => one !== null && compare(one, value) === 0);
      return found < 0 ? null : found + 1;
    }),
);

const LIST_VALUE: ScalarFunction = {
  name: 'list_value',
  doc: 'list_value(a, …): the list of the arguments',
  nulls: 'own',
  resolve: (args) => {
    const element = commonType(args);
    if (element === null) return null;
    return overload(
      args.map(() => element),
      listOf(element),
      (...values: Value[]) => values,
    );
  },
};

const LIST_CONCAT: ScalarFunction = {
  name: 'list_concat',
  doc: 'list_concat(a, b): the elements of both lists; a NULL list counts as empty',
  nulls: 'own',
  resolve: (args) => {
    const type = args.length === 2 ? commonType(args) : null;
    if (type?.kind !== 'list') return null;
    const evaluate = (a: List | null, b: List | null) =>
      a === null && b === null ? null : [...(a ?? []), ...(b ?? [])];
    return overload([type, type], type, evaluate);
  },
};

const LIST_APPEND = withElement(
  'list_append',
  'list_append(list, value): the list with one more element at its end',
  (list) => overload([list, list.element], list, (values: List | null, value: Value) => [...(values ?? []), value]),
  'own',
);

const LIST_PREPEND: ScalarFunction = {
  name: 'list_prepend',
  doc: 'list_prepend(value, list): the list with one more element at its start',
  nulls: 'own',
  resolve: ([value, list, ...more]) => {
    if (!value || list?.kind !== 'list' || more.length > 0) return null;
    const appended = LIST_APPEND.resolve([list, value]);
    const [type, element] = appended?.argTypes ?? [];
    if (!type || !element) return null;
    return overload([element, type], type, (first: Value, values: List | null) => [first, ...(values ?? [])]);
  },
};

/** NULLs after the values, as an ascending ORDER BY has them. */
const ordered = (list: ListType, sign: 1 | -1) => {
  const compare = comparator(list.element);
  return overload([list], list, (values: List) => {
    const present = values.filter((value) => value !== null);
    return [...present.toSorted((a, b) => sign * compare(a, b)), ...values.filter((value) => value === null)];
  });
};

const LIST_DISTINCT = unary(
  'list_distinct',
  'list_distinct(list): every element once, in the order of the first ones, without NULL',
  (list) => {
    const key = valueKey(list.element);
    return overload([list], list, (values: List) => {
      const seen = new Map(values.toReversed().map((value) => [key(value), value] as const));
      return [...seen.values()].reverse().filter((value) => value !== null);
    });
  },
);

/** Positions as for list_extract, both included. */
const LIST_SLICE = ofList(
  'list_slice',
  'list_slice(list, from, to): the elements from one position to another, from 1, from the end when negative',
  (list, others) => {
    if (others.length !== 2 || !others.every((type) => canImplicitlyCast(type, BIGINT))) return null;
    return overload([list, BIGINT, BIGINT], list, (values: List, from: bigint, to: bigint) => {
      const place = (n: bigint) => Number(n < 0n ? BigInt(values.length) + n + 1n : n);
      return values.slice(Math.max(place(from) - 1, 0), Math.max(place(to), 0));
    });
  },
);

const FLATTEN = ofList('flatten', 'flatten(list): the elements of the lists that it holds', (list, others) => {
  if (others.length > 0 || list.element.kind !== 'list') return null;
  return overload([list], list.element, (lists: readonly (List | null)[]) => lists.flatMap((inner) => inner ?? []));
});

const ARRAY_TO_STRING = ofList(
  'array_to_string',
  'array_to_string(list, separator [, null]): the texts of the elements with separators; NULLs are left out or written so',
  (list, others) => {
    const textual = others.every((type) => canImplicitlyCast(type, VARCHAR));
    if (others.length < 1 || others.length > 2 || !textual || !canCast(list.element, VARCHAR)) return null;
    const text = castFunction(list.element, VARCHAR);
    const join = (values: List, separator: string, missing: string | null) =>
      values.flatMap((value) => (value === null ? (missing ?? []) : [text(value)])).join(separator);
    if (others.length === 1) {
      return overload([list, VARCHAR], VARCHAR, (values: List, separator: string) => join(values, separator, null));
    }
    return overload([list, VARCHAR, VARCHAR], VARCHAR, join);
  },
);

export const LIST: readonly ScalarFunction[] = [
  LIST_VALUE,
  LIST_EXTRACT,
  alias(LIST_EXTRACT, 'array_extract'),
  LEN,
  unary('array_length', 'array_length(list): number of elements', (list) =>
    overload([list], BIGINT, (values: List) => BigInt(values.length)),
  ),
  LIST_CONTAINS,
  alias(LIST_CONTAINS, 'array_contains'),
  alias(LIST_CONTAINS, 'list_has'),
  LIST_POSITION,
  alias(LIST_POSITION, 'array_position'),
  LIST_CONCAT,
  alias(LIST_CONCAT, 'array_concat'),
  alias(LIST_CONCAT, 'array_cat'),
  LIST_APPEND,
  LIST_PREPEND,
  alias(LIST_PREPEND, 'array_prepend'),
  alias(LIST_APPEND, 'array_append'),
  unary('list_reverse', 'list_reverse(list): the elements from the last to the first', (list) =>
    overload([list], list, (values: List) => values.toReversed()),
  ),
  unary('list_sort', 'list_sort(list): the elements in ascending order, NULLs last', (list) => ordered(list, 1)),
  unary('list_reverse_sort', 'list_reverse_sort(list): the elements in descending order, NULLs last', (list) =>
    ordered(list, -1),
  ),
  LIST_DISTINCT,
  LIST_SLICE,
  FLATTEN,
  ARRAY_TO_STRING,
  ...SERIES,
];
