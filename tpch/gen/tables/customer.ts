import { addNumbered, TextBuilder } from '../columns.ts';
import { RandomStream } from '../random.ts';
import { AddressStream, CommentStream, PhoneStream, WordStream } from '../streams.ts';
import { MARKET_SEGMENTS, NATIONS } from '../word-lists.ts';
import type { SourceOptions, TableSource } from './table-source.ts';

const NAME = new TextEncoder().encode('Customer#');

export function customer({ pool, firstUnit }: SourceOptions): TableSource {
  const addresses = new AddressStream(881155353, firstUnit);
  const nations = new RandomStream(1489529863, 1, firstUnit);
  const phones = new PhoneStream(1521138112, firstUnit);
  const balances = new RandomStream(298370230, 1, firstUnit);
  const segments = new WordStream(MARKET_SEGMENTS, 1140279430, 1, firstUnit);
  const comments = new CommentStream(pool, 1335826707, 73, 1, firstUnit);
  let key = firstUnit;
  return (units) => {
    const keys = new Int32Array(units);
    const names = new TextBuilder(units, 18);
    const address = new TextBuilder(units, 26);
    const nation = new Int32Array(units);
    const phone = new TextBuilder(units, 15);
    const balance = new Float64Array(units);
    const segment = new TextBuilder(units, 10);
    const comment = new TextBuilder(units, 74);
    for (let row = 0; row < units; row++) {
      key++;
      keys[row] = key;
      addNumbered(names, NAME, key, 9);
      addresses.addTo(address);
      nation[row] = nations.between(0, NATIONS.length - 1);
      phones.addTo(phone, nation[row] as number);
      balance[row] = balances.between(-99999, 999999);
      segment.add(segments.next());
      comments.addTo(comment);
      addresses.finishRow();
      nations.finishRow();
      phones.finishRow();
      balances.finishRow();
      segments.finishRow();
      comments.finishRow();
    }
    return {
      table: 'customer',
      rows: units,
      columns: [keys, names.build(), address.build(), nation, phone.build(), balance, segment.build(), comment.build()],
    };
  };
}
