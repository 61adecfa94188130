import type { Arena } from '../wasm/arena.ts';
import type { ArrowColumn } from './arrow-ffi.ts';
import type { ColumnChunkInput } from './row-group-input.ts';

const HEAP = 2;
const FIXED_DATA = 1;

/** Copies the bytes of strings or blobs into the arena and writes a view of each row at `pointer`. */
export function copyViews(source: ArrowColumn, arena: Arena, pointer: number, chunk: ColumnChunkInput): void {
  if (chunk.physicalType === 'FIXED_LEN_BYTE_ARRAY') copyFixedLength(source, arena, pointer, chunk.typeLength ?? 0);
  else copyVariableLength(source, arena, pointer);
}

function copyVariableLength(source: ArrowColumn, arena: Arena, pointer: number): void {
  const { length } = source;
  const offsets = source.heapOffsets();
  const first = offsets[0] as number;
  const heap = source.region(HEAP, first, (offsets[length] as number) - first);
  const base = arena.allocate(heap.length);
  arena.bytes(base, heap.length).set(heap);
  const views = new Uint32Array(arena.memory.buffer, pointer, length * 2);
  const shift = base - first;
  let start = first;
  for (let row = 0; row < length; row++) {
    const end = offsets[row + 1] as number;
    views[row * 2] = shift + start;
    views[row * 2 + 1] = end - start;
    start = end;
  }
}

function copyFixedLength(source: ArrowColumn, arena: Arena, pointer: number, width: number): void {
  const heap = source.bytes(FIXED_DATA, width);
  const base = arena.allocate(heap.length);
  arena.bytes(base, heap.length).set(heap);
  const views = new Uint32Array(arena.memory.buffer, pointer, source.length * 2);
  for (let row = 0; row < source.length; row++) {
    views[row * 2] = base + row * width;
    views[row * 2 + 1] = width;
  }
}
