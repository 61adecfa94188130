import type { Value } from '../../../common/types.ts';
import type { CallExpr } from '../expr.ts';
import { anyNull, type CodeWriter, type Guard } from './code-writer.ts';
import { type Computed, type ExactOperand, NotGenerated, type Operand, type ViewOperand } from './operand.ts';

/** Emits a call whose arguments are computed. Throws NotGenerated for what it does not know. */
export type CallEmitter = (w: CodeWriter, call: CallExpr, args: readonly Computed[]) => Computed;

/** A function that is NULL as soon as one argument is. The guard raises for rows without a NULL. */
export function strict(
  emit: (w: CodeWriter, args: readonly Operand[], guard: Guard, call: CallExpr) => Operand,
): CallEmitter {
  return (w, call, args) => {
    const isNull = anyNull(
      w,
      args.map((arg) => arg.isNull),
    );
    const values = args.map(({ value }) => value);
    return { value: emit(w, values, w.guard(isNull), call), isNull };
  };
}

export function exactAt(args: readonly Operand[], index: number): ExactOperand {
  const value = args[index];
  if (value?.kind !== 'exact') throw new NotGenerated(`argument ${index} is ${value?.kind}`);
  return value;
}

export function viewAt(args: readonly Operand[], index: number): ViewOperand {
  const value = args[index];
  if (value?.kind !== 'view') throw new NotGenerated(`argument ${index} is ${value?.kind}`);
  return value;
}

/** The value of an argument that is a literal, or a cast of nothing. Anything else has no generated form. */
export function literalAt(call: CallExpr, index: number): Value {
  const arg = call.args[index];
  if (arg?.kind !== 'literal') throw new NotGenerated(`argument ${index} of ${call.function} is no literal`);
  return arg.value;
}
