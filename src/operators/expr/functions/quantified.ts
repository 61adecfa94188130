import type { Value } from '../../../common/types.ts';
import { BOOLEAN } from '../../../common/types.ts';
import { commonType } from '../coerce.ts';
import { comparator } from '../compare-values.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { overload } from './define.ts';

/** `a = ANY (list)` and `a = ALL (list)` with the three values of IN: a NULL among the elements may make the result NULL. */
function quantified(name: string, sign: string, isAny: boolean, holds: (order: number) => boolean): ScalarFunction {
  return {
    name,
    doc: `${name}(a, list): a ${sign} ${isAny ? 'ANY' : 'ALL'} (list)`,
    nulls: 'own',
    resolve: ([value, list, ...more]) => {
      if (!value || list?.kind !== 'list' || more.length > 0) return null;
      const type = commonType([value, list.element]);
      if (type === null) return null;
      const compare = comparator(type);
      return overload(
        [type, { kind: 'list', element: type }],
        BOOLEAN,
        (a: Value, elements: readonly Value[] | null) => {
          if (elements === null) return null;
          let unknown = false;
          for (const element of elements) {
            if (a === null || element === null) unknown = true;
            else if (holds(compare(a, element)) === isAny) return isAny;
          }
          return unknown ? null : !isAny;
        },
      );
    },
  };
}

const COMPARISONS: readonly (readonly [string, string, (order: number) => boolean])[] = [
  ['eq', '=', (order) => order === 0],
  ['ne', '<>', (order) => order !== 0],
  ['lt', '<', (order) => order < 0],
  ['le', '<=', (order) => order <= 0],
  ['gt', '>', (order) => order > 0],
  ['ge', '>=', (order) => order >= 0],
];

/** What the planner makes of ANY and ALL over a list that is not written out. */
export const QUANTIFIED: readonly ScalarFunction[] = COMPARISONS.flatMap(([name, sign, holds]) => [
  quantified(`any_${name}`, sign, true, holds),
  quantified(`all_${name}`, sign, false, holds),
]);
