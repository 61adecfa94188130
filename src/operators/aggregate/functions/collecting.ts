import type { SqlType, Value } from '../../../common/types.ts';
import { VARCHAR } from '../../../common/types.ts';
import type { AggregateFunction } from '../aggregate-function.ts';
import { HolisticAccumulator } from '../holistic-accumulator.ts';

/** Every value but the first comes after its row's separator; rows with a NULL are passed over. */
class StringAgg extends HolisticAccumulator {
  readonly #parts: string[] = [];

  add(value: Value, separator: Value = ','): void {
    if (value === null || separator === null) return;
    if (this.#parts.length > 0) this.#parts.push(separator as string);
    this.#parts.push(value as string);
  }

  result(): Value {
    return this.#parts.length === 0 ? null : this.#parts.join('');
  }
}

class ArrayAgg extends HolisticAccumulator {
  readonly #values: Value[] = [];

  add(value: Value): void {
    this.#values.push(value);
  }

  result(): Value {
    return this.#values.length === 0 ? null : this.#values;
  }
}

function stringAgg(name: string): AggregateFunction {
  const isText = (type: SqlType | undefined) => type === undefined || type.kind === 'varchar' || type.kind === 'null';
  return {
    name,
    doc: `${name}(a, separator): the texts one after the other, a comma between them if nothing else is said; ORDER BY in the call says in which order`,
    resolve: (args) => {
      const [first, second] = args;
      if (!first || args.length > 2 || !isText(first) || !isText(second)) return null;
      const argTypes = args.map(() => VARCHAR);
      return { argTypes, type: VARCHAR, states: [], combinable: false, create: () => new StringAgg() };
    },
  };
}

function arrayAgg(name: string): AggregateFunction {
  return {
    name,
    doc: `${name}(a): the values as a list, NULLs too; ORDER BY in the call says in which order`,
    resolve: ([element, ...more]) => {
      if (!element || more.length > 0) return null;
      const type: SqlType = { kind: 'list', element };
      return { argTypes: [element], type, states: [], combinable: false, create: () => new ArrayAgg() };
    },
  };
}

export const COLLECTING: readonly AggregateFunction[] = [
  stringAgg('string_agg'),
  stringAgg('group_concat'),
  stringAgg('listagg'),
  arrayAgg('array_agg'),
  arrayAgg('list'),
];
