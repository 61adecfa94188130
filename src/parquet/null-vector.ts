import { entryType, type SqlType } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import { bitmapBytes, layoutOf } from '../wasm/layout.ts';
import type { Pointer, Vector } from '../wasm/vector.ts';

/** A column of NULLs. */
export function nullVector(arena: Arena, type: SqlType, length: number): Vector {
  const validity = length > 0 ? zeroed(arena, bitmapBytes(length)) : 0;
  switch (type.kind) {
    case 'list':
    case 'map': {
      const entry = type.kind === 'list' ? type.element : entryType(type);
      const offsets = zeroed(arena, (length + 1) * 4);
      return { kind: 'list', type, length, validity, offsets, entries: nullVector(arena, entry, 0) };
    }
    case 'struct':
      return {
        kind: 'struct',
        type,
        length,
        validity,
        fields: type.fields.map((field) => nullVector(arena, field.type, length)),
      };
    default: {
      const layout = layoutOf(type);
      const width = layout === 'views' ? 8 : layout;
      const data = zeroed(arena, length * width);
      if (layout === 'views') return { kind: 'views', type, length, validity, data };
      return { kind: 'fixed', type, width: layout, length, validity, data };
    }
  }
}

function zeroed(arena: Arena, bytes: number): Pointer {
  const pointer = arena.allocate(bytes);
  arena.bytes(pointer, bytes).fill(0);
  return pointer;
}
