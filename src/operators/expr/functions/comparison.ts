import type { SqlType, Value } from '../../../common/types.ts';
import { BOOLEAN, VARCHAR } from '../../../common/types.ts';
import { commonType } from '../coerce.ts';
import { comparator } from '../compare-values.ts';
import type { ScalarFunction } from '../scalar-function.ts';

const NESTED: ReadonlySet<string> = new Set(['list', 'struct', 'map']);

/**
 * What aggregates, GREATEST and LEAST compare values of these types as; null when they do not, as with nested types. Two untyped
 * NULLs compare as text.
 */
export function comparisonType(types: readonly SqlType[]): SqlType | null {
  const type = commonType(types);
  if (type === null || NESTED.has(type.kind)) return null;
  return type.kind === 'null' ? VARCHAR : type;
}

/** What `=` and the others compare: nested values too. */
function operandType(types: readonly SqlType[]): SqlType | null {
  const type = types.length === 2 ? commonType(types) : null;
  return type?.kind === 'null' ? VARCHAR : type;
}

function comparison(name: string, doc: string, holds: (order: number) => boolean): ScalarFunction {
  return {
    name,
    doc,
    nulls: 'strict',
    resolve: (args) => {
      const type = operandType(args);
      if (type === null) return null;
      const compare = comparator(type);
      return { argTypes: [type, type], type: BOOLEAN, evaluate: (a: Value, b: Value) => holds(compare(a, b)) };
    },
  };
}

function distinctness(name: string, doc: string, distinct: boolean): ScalarFunction {
  return {
    name,
    doc,
    nulls: 'own',
    resolve: (args) => {
      const type = operandType(args);
      if (type === null) return null;
      const compare = comparator(type);
      const differ = (a: Value, b: Value) => (a === null || b === null ? a !== b : compare(a, b) !== 0);
      return { argTypes: [type, type], type: BOOLEAN, evaluate: (a: Value, b: Value) => differ(a, b) === distinct };
    },
  };
}

/** The first or last of its arguments in their order; NULLs are passed over. */
function extreme(name: string, doc: string, sign: 1 | -1): ScalarFunction {
  return {
    name,
    doc,
    nulls: 'own',
    resolve: (args) => {
      const type = args.length > 0 ? comparisonType(args) : null;
      if (type === null) return null;
      const compare = comparator(type);
      const evaluate = (...values: Value[]) => {
        let best: Value = null;
        for (const value of values) {
          if (value !== null && (best === null || sign * compare(value, best) > 0)) best = value;
        }
        return best;
      };
      return { argTypes: args.map(() => type), type, evaluate };
    },
  };
}

export const COMPARISON: readonly ScalarFunction[] = [
  comparison('=', 'a = b: equal; NaN equals NaN, -0 equals 0, text by its bytes', (order) => order === 0),
  comparison('<>', 'a <> b: not equal', (order) => order !== 0),
  comparison('<', 'a < b: NaN is greater than every other number', (order) => order < 0),
  comparison('<=', 'a <= b', (order) => order <= 0),
  comparison('>', 'a > b', (order) => order > 0),
  comparison('>=', 'a >= b', (order) => order >= 0),
  distinctness('is_distinct_from', 'a IS DISTINCT FROM b: not equal, NULL being equal to NULL', true),
  distinctness('is_not_distinct_from', 'a IS NOT DISTINCT FROM b: equal, NULL being equal to NULL', false),
  extreme('greatest', 'greatest(a, …): the largest argument that is not NULL', 1),
  extreme('least', 'least(a, …): the smallest argument that is not NULL', -1),
];
