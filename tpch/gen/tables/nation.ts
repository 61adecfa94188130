import { TextBuilder } from '../columns.ts';
import { CommentStream } from '../streams.ts';
import { NATION_REGIONS, NATIONS } from '../word-lists.ts';
import type { SourceOptions, TableSource } from './table-source.ts';

const encoder = new TextEncoder();

export function nation({ pool, firstUnit }: SourceOptions): TableSource {
  const comments = new CommentStream(pool, 606179079, 72, 1, firstUnit);
  let key = firstUnit;
  return (units) => {
    const keys = new Int32Array(units);
    const names = new TextBuilder(units, 16);
    const regions = new Int32Array(units);
    const comment = new TextBuilder(units, 80);
    for (let row = 0; row < units; row++) {
      keys[row] = key;
      names.add(encoder.encode(NATIONS[key]));
      regions[row] = NATION_REGIONS[key] as number;
      comments.addTo(comment);
      comments.finishRow();
      key++;
    }
    return { table: 'nation', rows: units, columns: [keys, names.build(), regions, comment.build()] };
  };
}
