import { BindError, UnsupportedError } from '../src/common/errors.ts';
import type { TpchTable } from './schema.ts';

/** Rows at scale factor 1. Lineitem is counted in orders: an order has one to seven lines. */
const UNITS_AT_ONE: Readonly<Record<TpchTable, number>> = {
  region: 5,
  nation: 25,
  supplier: 10_000,
  customer: 150_000,
  part: 200_000,
  partsupp: 200_000,
  orders: 1_500_000,
  lineitem: 1_500_000,
};

const MAX_SCALE = 10_000;

/** A scale factor: a whole number of thousandths, so that every row count is a whole number. */
export class Scale {
  readonly factor: number;
  readonly #thousandths: number;

  /** Throws BindError SQ1090 for a factor below 0.001 or between two thousandths, UnsupportedError SQ2090 above 10,000. */
  constructor(factor: number) {
    this.factor = factor;
    this.#thousandths = Math.round(factor * 1000);
    if (!(this.#thousandths >= 1) || Math.abs(this.#thousandths - factor * 1000) > 1e-6) {
      throw new BindError('SQ1090', `scale factor ${factor} is not a multiple of 0.001`, {
        hint: 'use a scale factor such as 0.01, 1 or 10',
      });
    }
    if (factor > MAX_SCALE) {
      throw new UnsupportedError('SQ2090', `scale factor ${factor} is above ${MAX_SCALE}`, {
        hint: 'keys above that do not fit INTEGER',
      });
    }
  }

  /**
   * What a table is generated and divided by: rows, except that partsupp goes by parts (four rows each) and lineitem by
   * orders (one to seven rows each).
   */
  units(table: TpchTable): number {
    const base = UNITS_AT_ONE[table];
    if (table === 'region' || table === 'nation') return base;
    return (base * this.#thousandths) / 1000;
  }

  get suppliers(): number {
    return this.units('supplier');
  }

  get customers(): number {
    return this.units('customer');
  }

  get parts(): number {
    return this.units('part');
  }

  get clerks(): number {
    return Math.max(1000, this.#thousandths);
  }
}
