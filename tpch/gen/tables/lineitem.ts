import { TextBuilder } from '../columns.ts';
import { RandomStream } from '../random.ts';
import { CommentStream, WordStream } from '../streams.ts';
import { RETURN_FLAGS, SHIP_INSTRUCTIONS, SHIP_MODES } from '../word-lists.ts';
import { CURRENT_DATE, MAX_LINES, OrderStreams, orderKey } from './order-streams.ts';
import { partSupplier, SUPPLIERS_PER_PART } from './partsupp.ts';
import type { SourceOptions, TableSource } from './table-source.ts';

const encoder = new TextEncoder();
const NOT_RETURNED = encoder.encode('N');
const FULFILLED = encoder.encode('F');
const OPEN = encoder.encode('O');

export function lineitem({ scale, pool, firstUnit }: SourceOptions): TableSource {
  const order = new OrderStreams(scale, firstUnit);
  const suppliers = new RandomStream(2095021727, MAX_LINES, firstUnit);
  const commitDates = new RandomStream(904914315, MAX_LINES, firstUnit);
  const receiptDates = new RandomStream(373135028, MAX_LINES, firstUnit);
  const returnFlags = new WordStream(RETURN_FLAGS, 717419739, MAX_LINES, firstUnit);
  const instructions = new WordStream(SHIP_INSTRUCTIONS, 1371272478, MAX_LINES, firstUnit);
  const modes = new WordStream(SHIP_MODES, 675466456, MAX_LINES, firstUnit);
  const comments = new CommentStream(pool, 1095462486, 27, MAX_LINES, firstUnit);
  let index = firstUnit;
  return (units) => {
    const most = units * MAX_LINES;
    const keys = new Float64Array(most);
    const part = new Int32Array(most);
    const supplier = new Int32Array(most);
    const lineNumber = new Int32Array(most);
    const quantity = new Float64Array(most);
    const extendedPrice = new Float64Array(most);
    const discount = new Float64Array(most);
    const tax = new Float64Array(most);
    const returnFlag = new TextBuilder(most, 1);
    const status = new TextBuilder(most, 1);
    const shipDate = new Int32Array(most);
    const commitDate = new Int32Array(most);
    const receiptDate = new Int32Array(most);
    const instruction = new TextBuilder(most, 8);
    const mode = new TextBuilder(most, 3);
    const comment = new TextBuilder(most, 16);
    let row = 0;
    for (let unit = 0; unit < units; unit++) {
      index++;
      order.startOrder();
      for (let line = 1; line <= order.lineCount; line++, row++) {
        order.nextLine();
        keys[row] = orderKey(index);
        part[row] = order.part;
        supplier[row] = partSupplier(order.part, suppliers.between(0, SUPPLIERS_PER_PART - 1), scale.suppliers);
        lineNumber[row] = line;
        quantity[row] = order.quantity * 100;
        extendedPrice[row] = order.extendedPrice;
        discount[row] = order.discount;
        tax[row] = order.tax;
        const received = order.shipDate + receiptDates.between(1, 30);
        returnFlag.add(received <= CURRENT_DATE ? returnFlags.next() : NOT_RETURNED);
        status.add(order.shipDate <= CURRENT_DATE ? FULFILLED : OPEN);
        shipDate[row] = order.shipDate;
        commitDate[row] = order.orderDate + commitDates.between(30, 90);
        receiptDate[row] = received;
        instruction.add(instructions.next());
        mode.add(modes.next());
        comments.addTo(comment);
      }
      order.finishOrder();
      suppliers.finishRow();
      commitDates.finishRow();
      receiptDates.finishRow();
      returnFlags.finishRow();
      instructions.finishRow();
      modes.finishRow();
      comments.finishRow();
    }
    return {
      table: 'lineitem',
      rows: row,
      columns: [
        keys.subarray(0, row),
        part.subarray(0, row),
        supplier.subarray(0, row),
        lineNumber.subarray(0, row),
        quantity.subarray(0, row),
        extendedPrice.subarray(0, row),
        discount.subarray(0, row),
        tax.subarray(0, row),
        returnFlag.build(),
        status.build(),
        shipDate.subarray(0, row),
        commitDate.subarray(0, row),
        receiptDate.subarray(0, row),
        instruction.build(),
        mode.build(),
        comment.build(),
      ],
    };
  };
}
