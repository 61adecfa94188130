/** What is not printed for DuckDB, since the two engines differ there or nothing says which answer is right. */
export const REFUSALS = {
  function: 'a function that is not known to mean the same in both engines',
  'round of a float': 'round(double): half to even here, half away from zero there',
  cast: 'a cast whose text or rounding differs: floats to decimals, text to anything, floats, booleans and moments to text',
  aggregate: 'an aggregate that is not known to mean the same in both engines, or an estimate',
  'order within an aggregate': 'an aggregate over its arguments in an order that is not total',
  'partial aggregation': 'the state of an aggregate, which DuckDB does not show',
  'duplicate grouping sets': 'one grouping set twice: two rows, or one where phases combine',
  'limit without order': 'LIMIT over rows in no total order: any of them may come',
  'window without order': 'a window function that tells peers apart, over an order that is not total',
  'exchange source': 'what another stage wrote',
  'no columns': 'set operations over rows without columns',
  'bounds of a frame': 'a frame whose start lies after its end',
} as const;

export type RefusalKind = keyof typeof REFUSALS;

/** Thrown by the printer. */
export class Refusal extends Error {
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, detail = '') {
    super(`${REFUSALS[kind]}${detail && `: ${detail}`}`);
    this.kind = kind;
  }
}
