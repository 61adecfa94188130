import { addNumbered, TextBuilder, type TextValues } from '../columns.ts';
import { RandomStream } from '../random.ts';
import { AddressStream, CommentStream, PhoneStream } from '../streams.ts';
import { NATIONS } from '../word-lists.ts';
import type { SourceOptions, TableSource } from './table-source.ts';

const encoder = new TextEncoder();
const NAME = encoder.encode('Supplier#');
const CUSTOMER = encoder.encode('Customer ');
const COMPLAINTS = encoder.encode('Complaints');
const RECOMMENDS = encoder.encode('Recommends');
const MARK_BYTES = CUSTOMER.length + COMPLAINTS.length;

/** Ten suppliers in 10,000 have a remark of the Better Business Bureau written into their comment. */
class BureauStream {
  readonly #chosen: RandomStream;
  readonly #gap: RandomStream;
  readonly #offset: RandomStream;
  readonly #kind: RandomStream;

  constructor(firstRow: number) {
    this.#chosen = new RandomStream(202794285, 1, firstRow);
    this.#gap = new RandomStream(263032577, 1, firstRow);
    this.#offset = new RandomStream(715851524, 1, firstRow);
    this.#kind = new RandomStream(753643799, 1, firstRow);
  }

  /** Overwrites parts of one comment. */
  mark(comment: Uint8Array): void {
    if (this.#chosen.between(1, 10_000) > 10) return;
    const gap = this.#gap.between(0, comment.length - MARK_BYTES);
    const offset = this.#offset.between(0, comment.length - MARK_BYTES - gap);
    comment.set(CUSTOMER, offset);
    comment.set(this.#kind.between(0, 100) < 50 ? COMPLAINTS : RECOMMENDS, offset + CUSTOMER.length + gap);
  }

  finishRow(): void {
    this.#chosen.finishRow();
    this.#gap.finishRow();
    this.#offset.finishRow();
    this.#kind.finishRow();
  }
}

function lastValue({ offsets, bytes }: TextValues): Uint8Array {
  return bytes.subarray(offsets[offsets.length - 2], offsets[offsets.length - 1]);
}

export function supplier({ pool, firstUnit }: SourceOptions): TableSource {
  const addresses = new AddressStream(706178559, firstUnit);
  const nations = new RandomStream(110356601, 1, firstUnit);
  const phones = new PhoneStream(884434366, firstUnit);
  const balances = new RandomStream(962338209, 1, firstUnit);
  const comments = new CommentStream(pool, 1341315363, 63, 1, firstUnit);
  const bureau = new BureauStream(firstUnit);
  let key = firstUnit;
  return (units) => {
    const keys = new Int32Array(units);
    const names = new TextBuilder(units, 18);
    const address = new TextBuilder(units, 26);
    const nation = new Int32Array(units);
    const phone = new TextBuilder(units, 15);
    const balance = new Float64Array(units);
    const comment = new TextBuilder(units, 64);
    for (let row = 0; row < units; row++) {
      key++;
      keys[row] = key;
      addNumbered(names, NAME, key, 9);
      addresses.addTo(address);
      nation[row] = nations.between(0, NATIONS.length - 1);
      phones.addTo(phone, nation[row] as number);
      balance[row] = balances.between(-99999, 999999);
      comments.addTo(comment);
      bureau.mark(lastValue(comment.build()));
      addresses.finishRow();
      nations.finishRow();
      phones.finishRow();
      balances.finishRow();
      comments.finishRow();
      bureau.finishRow();
    }
    return {
      table: 'supplier',
      rows: units,
      columns: [keys, names.build(), address.build(), nation, phone.build(), balance, comment.build()],
    };
  };
}
