import type { SqlType } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import { bitmapBytes, layoutOf } from '../wasm/layout.ts';
import type { Vector } from '../wasm/vector.ts';

/** A column of NULLs. */
export function nullVector(arena: Arena, type: SqlType, length: number): Vector {
  const layout = layoutOf(type);
  const width = layout === 'views' ? 8 : layout;
  const data = arena.allocate(length * width);
  const validity = length > 0 ? arena.allocate(bitmapBytes(length)) : 0;
  arena.bytes(data, length * width).fill(0);
  if (validity !== 0) arena.bytes(validity, bitmapBytes(length)).fill(0);
  if (layout === 'views') return { kind: 'views', type, length, validity, data };
  return { kind: 'fixed', type, width: layout, length, validity, data };
}
