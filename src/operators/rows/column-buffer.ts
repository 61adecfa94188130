import { assertNever, InternalError } from '../../common/errors.ts';
import { entryType, type SqlType, typeName } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { layoutOf } from '../../wasm/layout.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { BufferPlace, ChunkTable } from './chunks.ts';
import { FixedBuffer } from './fixed-buffer.ts';
import { ListBuffer } from './list-buffer.ts';
import { StructBuffer } from './struct-buffer.ts';
import { TextBuffer } from './text-buffer.ts';

/** One column of a RowBuffer. */
export interface ColumnBuffer {
  /** Appends `count` rows of a vector: those at `indices` (u32, from number `from` on), or where that is 0 the rows from `from` on. */
  append(vector: Vector, indices: Pointer, from: number, count: number): void;
  /** The rows at `indices`; NO_ROW gives a NULL. */
  gather(indices: Pointer, count: number, arena: Arena): Vector;
  /** The rows `from` to `from + count`, sharing memory where they lie together. */
  range(from: number, count: number, arena: Arena): Vector;
  chunkTable(): ChunkTable | null;
  /** Bytes held outside the buffer's arena. */
  readonly sideBytes: number;
  /** Gives back what lies outside the buffer's arena. */
  free(): void;
}

export function columnBuffer(place: BufferPlace, type: SqlType): ColumnBuffer {
  switch (type.kind) {
    case 'list':
      return new ListBuffer(place, type, columnBuffer(place, type.element));
    case 'map':
      return new ListBuffer(place, type, columnBuffer(place, entryType(type)));
    case 'struct':
      return new StructBuffer(
        place,
        type,
        type.fields.map((field) => columnBuffer(place, field.type)),
      );
    case 'varchar':
    case 'blob':
      return new TextBuffer(place, type);
    case 'null':
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'real':
    case 'double':
    case 'decimal':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'interval':
    case 'uuid': {
      const width = layoutOf(type);
      if (width === 'views') throw new InternalError(`${typeName(type)} has no width`);
      return new FixedBuffer(place, type, width);
    }
    default:
      return assertNever(type);
  }
}
