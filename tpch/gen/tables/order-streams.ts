import type { Scale } from '../../scale.ts';
import { RandomStream } from '../random.ts';
import { partPrice } from './part.ts';

/** An order has one to this many lines; every order owns numbers for as many. */
export const MAX_LINES = 7;

/** 1992-01-01 in days since 1970-01-01. */
const FIRST_DATE = 8035;
/** The last order is placed 151 days before the end of 1998. */
const LAST_ORDER_DATE = FIRST_DATE + 2405;
/** 1995-06-17: what is shipped or received up to here has happened. */
export const CURRENT_DATE = 9298;

/** Only the first eight of every 32 order keys are used. `order` counts from 1. */
export function orderKey(order: number): number {
  return Math.floor(order / 8) * 32 + (order % 8);
}

/** What orders and lineitem must agree on: the streams that both tables draw from. */
export class OrderStreams {
  readonly #dates: RandomStream;
  readonly #lineCounts: RandomStream;
  readonly #quantities: RandomStream;
  readonly #discounts: RandomStream;
  readonly #taxes: RandomStream;
  readonly #parts: RandomStream;
  readonly #shipDates: RandomStream;
  readonly #maxPart: number;

  /** Of the order: days since 1970-01-01. */
  orderDate = 0;
  lineCount = 0;
  /** Of the line: whole numbers, cents and hundredths. */
  quantity = 0;
  discount = 0;
  tax = 0;
  part = 0;
  extendedPrice = 0;
  shipDate = 0;

  constructor(scale: Scale, firstOrder: number) {
    this.#dates = new RandomStream(1066728069, 1, firstOrder);
    this.#lineCounts = new RandomStream(1434868289, 1, firstOrder);
    this.#quantities = new RandomStream(209208115, MAX_LINES, firstOrder);
    this.#discounts = new RandomStream(554590007, MAX_LINES, firstOrder);
    this.#taxes = new RandomStream(721958466, MAX_LINES, firstOrder);
    this.#parts = new RandomStream(1808217256, MAX_LINES, firstOrder);
    this.#shipDates = new RandomStream(1769349045, MAX_LINES, firstOrder);
    this.#maxPart = scale.parts;
  }

  startOrder(): void {
    this.orderDate = this.#dates.between(FIRST_DATE, LAST_ORDER_DATE);
    this.lineCount = this.#lineCounts.between(1, MAX_LINES);
  }

  nextLine(): void {
    this.quantity = this.#quantities.between(1, 50);
    this.discount = this.#discounts.between(0, 10);
    this.tax = this.#taxes.between(0, 8);
    this.part = this.#parts.between(1, this.#maxPart);
    this.extendedPrice = partPrice(this.part) * this.quantity;
    this.shipDate = this.orderDate + this.#shipDates.between(1, 121);
  }

  finishOrder(): void {
    this.#dates.finishRow();
    this.#lineCounts.finishRow();
    this.#quantities.finishRow();
    this.#discounts.finishRow();
    this.#taxes.finishRow();
    this.#parts.finishRow();
    this.#shipDates.finishRow();
  }
}
