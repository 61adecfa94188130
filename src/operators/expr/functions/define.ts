import type { SqlType } from '../../../common/types.ts';
import { canImplicitlyCast } from '../coerce.ts';
import { firstFitting, type Overload, type ScalarFunction } from '../scalar-function.ts';

export const overload = (argTypes: readonly SqlType[], type: SqlType, evaluate: Overload['evaluate']): Overload => ({
  argTypes,
  type,
  evaluate,
});

/** A function that is NULL for NULLs, with overloads of fixed types: the first whose arguments convert implicitly. */
export function strict(name: string, doc: string, ...overloads: readonly Overload[]): ScalarFunction {
  return { name, doc, nulls: 'strict', resolve: firstFitting(overloads, canImplicitlyCast) };
}

/** The same function under another name. */
export const alias = (of: ScalarFunction, name: string): ScalarFunction => ({
  ...of,
  name,
  aliasOf: of.aliasOf ?? of.name,
  doc: `${name}${/^[^:]*?(\(.*?\))(?=:|$)/.exec(of.doc)?.[1] ?? ''}: ${of.name}`,
});
