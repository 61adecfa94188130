import { assertNever } from '../../../common/errors.ts';
import type { SqlType } from '../../../common/types.ts';
import { sameType, typeName } from '../../../common/types.ts';
import type { Bounds, Vector } from '../../../wasm/vector.ts';
import type { Column, ColumnId } from '../expr.ts';

/** What generated code is specialised on: all that it takes for granted about the vectors of one column. */
export interface ColumnShape {
  readonly id: ColumnId;
  readonly type: SqlType;
  /** `mapped`: a value per entry of a dictionary, looked up by the codes of a dictionary column (see InputTable). */
  readonly kind: Vector['kind'] | 'mapped';
  readonly hasNulls: boolean;
  /** Of a mapped column: whether values of entries are null. */
  readonly hasNullEntries: boolean;
  /** Rounded outwards to a few classes; null when nothing was measured. */
  readonly bounds: Bounds | null;
}

/** The shape of a column's vector. */
export function shapeOf({ id, type }: Pick<Column, 'id' | 'type'>, vector: Vector): ColumnShape {
  const measured = vector.kind === 'fixed' ? vector.bounds : undefined;
  return {
    id,
    type,
    kind: vector.kind,
    hasNulls: vector.validity !== 0,
    hasNullEntries: false,
    bounds: measured ? classOfBounds(measured) : null,
  };
}

/** Equal for shapes that the same code serves. */
export function shapeKey({ id, type, kind, hasNulls, hasNullEntries, bounds }: ColumnShape): string {
  const range = bounds ? `${bounds.min}..${bounds.max}` : '';
  return `${id}:${typeName(type)}:${kind}:${hasNulls ? 1 : 0}${hasNullEntries ? 1 : 0}:${range}`;
}

/** True when code for `wide` is right for vectors of the shape `narrow`. */
export function shapeCovers(wide: ColumnShape, narrow: ColumnShape): boolean {
  if (wide.id !== narrow.id || wide.kind !== narrow.kind || !sameType(wide.type, narrow.type)) return false;
  if (wide.hasNulls !== narrow.hasNulls || wide.hasNullEntries !== narrow.hasNullEntries) return false;
  if (!wide.bounds) return true;
  return narrow.bounds !== null && wide.bounds.min <= narrow.bounds.min && wide.bounds.max >= narrow.bounds.max;
}

const BITS_PER_CLASS = 4;

/** Bounds rounded outwards to 0 or a power of 16, so that one module serves most morsels of a column. */
export function classOfBounds({ min, max }: Bounds): Bounds {
  return { min: min < 0n ? -roundUp(-min) : 0n, max: max > 0n ? roundUp(max) : 0n };
}

/** The next 16^n - 1 that is not below a positive number. */
function roundUp(magnitude: bigint): bigint {
  const bits = magnitude.toString(2).length;
  return (1n << BigInt(Math.ceil(bits / BITS_PER_CLASS) * BITS_PER_CLASS)) - 1n;
}

/** True when rows of the kind can be addressed by generated code; nested values are passed on only. */
export function isFlat(kind: ColumnShape['kind']): boolean {
  switch (kind) {
    case 'fixed':
    case 'views':
    case 'dictionary':
    case 'mapped':
      return true;
    case 'list':
    case 'struct':
      return false;
    default:
      return assertNever(kind);
  }
}
