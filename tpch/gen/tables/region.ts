import { TextBuilder } from '../columns.ts';
import { CommentStream } from '../streams.ts';
import { REGIONS } from '../word-lists.ts';
import type { SourceOptions, TableSource } from './table-source.ts';

const encoder = new TextEncoder();

export function region({ pool, firstUnit }: SourceOptions): TableSource {
  const comments = new CommentStream(pool, 1500869201, 72, 1, firstUnit);
  let key = firstUnit;
  return (units) => {
    const keys = new Int32Array(units);
    const names = new TextBuilder(units, 16);
    const comment = new TextBuilder(units, 80);
    for (let row = 0; row < units; row++) {
      keys[row] = key;
      names.add(encoder.encode(REGIONS[key]));
      comments.addTo(comment);
      comments.finishRow();
      key++;
    }
    return { table: 'region', rows: units, columns: [keys, names.build(), comment.build()] };
  };
}
