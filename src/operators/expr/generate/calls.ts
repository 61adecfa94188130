import type { CallExpr } from '../expr.ts';
import { ARITHMETIC } from './call-arithmetic.ts';
import { COMPARISONS } from './call-comparison.ts';
import { DATES } from './call-dates.ts';
import type { CallEmitter } from './call-emitter.ts';
import { STRINGS } from './call-strings.ts';
import type { CodeWriter } from './code-writer.ts';
import { type Computed, NotGenerated } from './operand.ts';

const EMITTERS: ReadonlyMap<string, CallEmitter> = new Map([
  ...Object.entries(COMPARISONS),
  ...Object.entries(ARITHMETIC),
  ...Object.entries(STRINGS),
  ...Object.entries(DATES),
]);

/** Functions that have a generated form, for some of their overloads at least. */
export const generatedFunctions = (): readonly string[] => [...EMITTERS.keys()];

/** The call of a function of the registry. Throws NotGenerated for what is left to the interpreter. */
export function emitCall(w: CodeWriter, call: CallExpr, args: readonly Computed[]): Computed {
  const emitter = EMITTERS.get(call.function);
  if (!emitter) throw new NotGenerated(call.function);
  return emitter(w, call, args);
}
