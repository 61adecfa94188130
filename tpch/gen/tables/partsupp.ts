import { TextBuilder } from '../columns.ts';
import { RandomStream } from '../random.ts';
import { CommentStream } from '../streams.ts';
import type { SourceOptions, TableSource } from './table-source.ts';

export const SUPPLIERS_PER_PART = 4;

/** Key of a part's supplier number `i`, from 0; the four are spread over all suppliers. */
export function partSupplier(part: number, i: number, suppliers: number): number {
  const step = Math.floor(suppliers / SUPPLIERS_PER_PART) + Math.floor((part - 1) / suppliers);
  return ((part + i * step) % suppliers) + 1;
}

export function partsupp({ scale, pool, firstUnit }: SourceOptions): TableSource {
  const quantities = new RandomStream(1671059989, SUPPLIERS_PER_PART, firstUnit);
  const costs = new RandomStream(1051288424, SUPPLIERS_PER_PART, firstUnit);
  const comments = new CommentStream(pool, 1961692154, 124, SUPPLIERS_PER_PART, firstUnit);
  const { suppliers } = scale;
  let key = firstUnit;
  return (units) => {
    const rows = units * SUPPLIERS_PER_PART;
    const part = new Int32Array(rows);
    const supplier = new Int32Array(rows);
    const quantity = new Int32Array(rows);
    const cost = new Float64Array(rows);
    const comment = new TextBuilder(rows, 125);
    for (let row = 0; row < rows; ) {
      key++;
      for (let i = 0; i < SUPPLIERS_PER_PART; i++, row++) {
        part[row] = key;
        supplier[row] = partSupplier(key, i, suppliers);
        quantity[row] = quantities.between(1, 9999);
        cost[row] = costs.between(100, 100_000);
        comments.addTo(comment);
      }
      quantities.finishRow();
      costs.finishRow();
      comments.finishRow();
    }
    return { table: 'partsupp', rows, columns: [part, supplier, quantity, cost, comment.build()] };
  };
}
