import { addNumbered, TextBuilder } from '../columns.ts';
import { RandomStream } from '../random.ts';
import { CommentStream, WordStream } from '../streams.ts';
import { COLORS, PART_CONTAINERS, PART_TYPES } from '../word-lists.ts';
import type { SourceOptions, TableSource } from './table-source.ts';

const encoder = new TextEncoder();
const MANUFACTURER = encoder.encode('Manufacturer#');
const BRAND = encoder.encode('Brand#');
const NAME_WORDS = 5;

/** Retail price of a part, in cents. */
export function partPrice(key: number): number {
  return 90000 + (Math.floor(key / 10) % 20001) + (key % 1000) * 100;
}

/** Names of five different colours: the head of a shuffle that begins from the list's order for every part. */
class NameStream {
  readonly #random: RandomStream;
  readonly #colors = COLORS.map((color) => encoder.encode(color));
  readonly #order = Uint8Array.from(COLORS.keys());
  readonly #swapped = new Uint8Array(NAME_WORDS);

  constructor(seed: number, firstRow: number) {
    this.#random = new RandomStream(seed, COLORS.length, firstRow);
  }

  addTo(column: TextBuilder): void {
    const order = this.#order;
    let length = NAME_WORDS - 1;
    for (let i = 0; i < NAME_WORDS; i++) {
      const other = this.#random.between(i, order.length - 1);
      this.#swapped[i] = other;
      const color = order[other] as number;
      order[other] = order[i] as number;
      order[i] = color;
      length += (this.#colors[color] as Uint8Array).length;
    }
    let at = column.open(length);
    const bytes = column.bytes;
    for (let i = 0; i < NAME_WORDS; i++) {
      const color = this.#colors[order[i] as number] as Uint8Array;
      if (i > 0) bytes[at++] = 32;
      bytes.set(color, at);
      at += color.length;
    }
    this.#restore();
  }

  finishRow(): void {
    this.#random.finishRow();
  }

  #restore(): void {
    for (let i = 0; i < NAME_WORDS; i++) {
      this.#order[i] = i;
      const other = this.#swapped[i] as number;
      this.#order[other] = other;
    }
  }
}

export function part({ pool, firstUnit }: SourceOptions): TableSource {
  const names = new NameStream(709314158, firstUnit);
  const manufacturers = new RandomStream(1, 1, firstUnit);
  const brands = new RandomStream(46831694, 1, firstUnit);
  const types = new WordStream(PART_TYPES, 1841581359, 1, firstUnit);
  const sizes = new RandomStream(1193163244, 1, firstUnit);
  const containers = new WordStream(PART_CONTAINERS, 727633698, 1, firstUnit);
  const comments = new CommentStream(pool, 804159733, 14, 1, firstUnit);
  let key = firstUnit;
  return (units) => {
    const keys = new Int32Array(units);
    const name = new TextBuilder(units, 36);
    const manufacturer = new TextBuilder(units, 14);
    const brand = new TextBuilder(units, 8);
    const type = new TextBuilder(units, 22);
    const size = new Int32Array(units);
    const container = new TextBuilder(units, 8);
    const price = new Float64Array(units);
    const comment = new TextBuilder(units, 15);
    for (let row = 0; row < units; row++) {
      key++;
      keys[row] = key;
      names.addTo(name);
      const maker = manufacturers.between(1, 5);
      addNumbered(manufacturer, MANUFACTURER, maker, 1);
      addNumbered(brand, BRAND, maker * 10 + brands.between(1, 5), 2);
      type.add(types.next());
      size[row] = sizes.between(1, 50);
      container.add(containers.next());
      price[row] = partPrice(key);
      comments.addTo(comment);
      names.finishRow();
      manufacturers.finishRow();
      brands.finishRow();
      types.finishRow();
      sizes.finishRow();
      containers.finishRow();
      comments.finishRow();
    }
    return {
      table: 'part',
      rows: units,
      columns: [
        keys,
        name.build(),
        manufacturer.build(),
        brand.build(),
        type.build(),
        size,
        container.build(),
        price,
        comment.build(),
      ],
    };
  };
}
