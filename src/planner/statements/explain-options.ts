import { UnsupportedError } from '../../common/errors.ts';
import type { ExplainStatement } from '../parse/ast.ts';

const FORMATS = ['text', 'json', 'mermaid'] as const;
const TYPES = ['logical', 'optimized', 'distributed', 'io'] as const;

/** `EXPLAIN (FORMAT …, TYPE …)`: how a plan is shown, and which part of it; without a type the optimised plan and the stages. */
export interface ExplainOptions {
  readonly format: (typeof FORMATS)[number];
  readonly type: (typeof TYPES)[number] | null;
}

/** Throws UnsupportedError SQ2007 for options, and combinations of them, that there are not. */
export function explainOptions({ options, analyze, span }: ExplainStatement): ExplainOptions {
  const refuse = (message: string) =>
    new UnsupportedError('SQ2007', message, {
      span,
      hint: `there are FORMAT ${FORMATS.join(', ')}; TYPE ${TYPES.join(', ')}; ANALYZE`,
    });
  let [format, type]: [ExplainOptions['format'], ExplainOptions['type']] = ['text', null];
  for (const { name, value } of options) {
    const found = (known: readonly string[]) => known.find((one) => one === value);
    if (name === 'format' && found(FORMATS)) format = value as ExplainOptions['format'];
    else if (name === 'type' && found(TYPES)) type = value as ExplainOptions['type'];
    else throw refuse(`EXPLAIN (${name.toUpperCase()} ${value}) is not supported`);
  }
  if (analyze && (format !== 'text' || type !== null))
    throw refuse('EXPLAIN ANALYZE with FORMAT or TYPE is not supported yet');
  return { format, type };
}
