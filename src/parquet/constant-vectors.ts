import { InternalError } from '../common/errors.ts';
import { type SqlType, typeName, type Value } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import type { Vector } from '../wasm/vector.ts';

/** Columns of one value, which is not NULL: texts as codes of one dictionary, others side by side. */
export class ConstantVectors {
  readonly #type: SqlType;
  readonly #one: Vector;

  /** The value itself lives in `arena`. */
  constructor(value: Value, type: SqlType, arena: Arena) {
    this.#type = type;
    this.#one = buildVector(arena, type, [value]);
  }

  rows(length: number, arena: Arena): Vector {
    const one = this.#one;
    const type = this.#type;
    if (one.kind === 'views') {
      const data = arena.allocate(length * 4);
      arena.bytes(data, length * 4).fill(0);
      return { kind: 'dictionary', type, length, validity: 0, data, dictionary: one };
    }
    if (one.kind !== 'fixed') throw new InternalError(`a constant of type ${typeName(type)}`);
    const { width } = one;
    const data = arena.allocate(length * width);
    const target = arena.bytes(data, length * width);
    target.set(arena.bytes(one.data, width));
    for (let filled = width; filled < target.length; filled *= 2) target.copyWithin(filled, 0, filled);
    return { kind: 'fixed', type, width, length, validity: 0, data };
  }
}
