import { addNumbered, TextBuilder } from '../columns.ts';
import { RandomStream } from '../random.ts';
import { CommentStream, WordStream } from '../streams.ts';
import { ORDER_PRIORITIES } from '../word-lists.ts';
import { CURRENT_DATE, OrderStreams, orderKey } from './order-streams.ts';
import type { SourceOptions, TableSource } from './table-source.ts';

const encoder = new TextEncoder();
const CLERK = encoder.encode('Clerk#');
const FULFILLED = encoder.encode('F');
const OPEN = encoder.encode('O');
const PARTLY = encoder.encode('P');

/** Every third customer never orders: such a key moves to a neighbour. */
function livingCustomer(key: number, customers: number): number {
  let living = key;
  for (let step = 1; living % 3 === 0; step = -step) living = Math.min(living + step, customers);
  return living;
}

export function orders({ scale, pool, firstUnit }: SourceOptions): TableSource {
  const order = new OrderStreams(scale, firstUnit);
  const customers = new RandomStream(851767375, 1, firstUnit);
  const priorities = new WordStream(ORDER_PRIORITIES, 591449447, 1, firstUnit);
  const clerks = new RandomStream(1171034773, 1, firstUnit);
  const comments = new CommentStream(pool, 276090261, 49, 1, firstUnit);
  let index = firstUnit;
  return (units) => {
    const keys = new Float64Array(units);
    const customer = new Int32Array(units);
    const status = new TextBuilder(units, 1);
    const totalPrice = new Float64Array(units);
    const date = new Int32Array(units);
    const priority = new TextBuilder(units, 9);
    const clerk = new TextBuilder(units, 15);
    const shipPriority = new Int32Array(units);
    const comment = new TextBuilder(units, 50);
    for (let row = 0; row < units; row++) {
      index++;
      keys[row] = orderKey(index);
      customer[row] = livingCustomer(customers.between(1, scale.customers), scale.customers);
      order.startOrder();
      date[row] = order.orderDate;
      let total = 0;
      let shipped = 0;
      for (let line = 0; line < order.lineCount; line++) {
        order.nextLine();
        const discounted = Math.floor((order.extendedPrice * (100 - order.discount)) / 100);
        total += Math.floor((discounted * (100 + order.tax)) / 100);
        if (order.shipDate <= CURRENT_DATE) shipped++;
      }
      totalPrice[row] = total;
      status.add(shipped === order.lineCount ? FULFILLED : shipped > 0 ? PARTLY : OPEN);
      priority.add(priorities.next());
      addNumbered(clerk, CLERK, clerks.between(1, scale.clerks), 9);
      comments.addTo(comment);
      order.finishOrder();
      customers.finishRow();
      priorities.finishRow();
      clerks.finishRow();
      comments.finishRow();
    }
    return {
      table: 'orders',
      rows: units,
      columns: [
        keys,
        customer,
        status.build(),
        totalPrice,
        date,
        priority.build(),
        clerk.build(),
        shipPriority,
        comment.build(),
      ],
    };
  };
}
