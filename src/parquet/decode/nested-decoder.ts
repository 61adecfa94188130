import { assertNever, InternalError } from '../../common/errors.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import { columnName } from '../conversion.ts';
import { parquetError } from '../errors.ts';
import type { NestedNode } from '../row-group-input.ts';
import { damagedChunk } from './chunk-context.ts';
import type { DecodeMemory } from './decode-memory.ts';
import type { DecodeKernels } from './kernels.ts';
import type { LeafLevels, NestedLeaf } from './nested-leaf.ts';

/** What an entry must be to begin a value of a node. */
interface Slots {
  readonly repetition: number;
  readonly definition: number;
}

const ROWS: Slots = { repetition: 0, definition: 0 };

/** A tree whose leaves are decoded when asked for, given the definition level of their slots. */
export type LazyLeaf = (slot: number) => NestedLeaf;

/**
 * The rows of a nested column: all leaves are decoded at once, and put together after their levels.
 * @throws ExecutionError SQ3105 where leaves contradict each other, SQ3106 where they have another number of rows
 */
export function assembleRows(node: NestedNode<LazyLeaf>, rows: number): Vector {
  const { vector, levels } = assemble(node, ROWS);
  if (vector.length === rows) return vector;
  const [{ context }] = levels as [LeafLevels];
  throw parquetError('SQ3106', context.uri, `${columnName(context)} has ${vector.length} rows, not ${rows}`);
}

interface Assembled {
  readonly vector: Vector;
  readonly levels: readonly LeafLevels[];
}

function assemble(node: NestedNode<LazyLeaf>, slots: Slots): Assembled {
  switch (node.kind) {
    case 'leaf': {
      const leaf = node.leaf(slots.definition);
      return { vector: leaf.vector, levels: [leaf] };
    }
    case 'struct': {
      const fields = node.fields.map((field) => assemble(field, slots));
      const levels = fields.flatMap((field) => field.levels);
      const { validity, length } = same(levels, (leaf) => validityOf(leaf, slots, node.definition), sameValidity);
      for (const [i, { vector }] of fields.entries()) {
        if (vector.length !== length) throw contradiction(fields[i]?.levels ?? levels);
      }
      return {
        vector: { kind: 'struct', type: node.type, length, validity, fields: fields.map(({ vector }) => vector) },
        levels,
      };
    }
    case 'list': {
      const { vector: entries, levels } = assemble(node.entries, {
        repetition: node.repetition,
        definition: node.entryDefinition,
      });
      const { validity, length } = same(levels, (leaf) => validityOf(leaf, slots, node.definition), sameValidity);
      const { offsets } = same(
        levels,
        (leaf) => offsetsOf(leaf, slots, node.entryDefinition, length, entries.length),
        (a, b, memory) => equalBytes(memory, a.offsets, b.offsets, (length + 1) * 4),
      );
      return { vector: { kind: 'list', type: node.type, length, validity, offsets, entries }, levels };
    }
    default:
      return assertNever(node);
  }
}

/** What all leaves below a node must say alike. */
function same<T>(
  levels: readonly LeafLevels[],
  of: (leaf: LeafLevels) => T,
  equal: (a: T, b: T, memory: DecodeMemory) => boolean,
): T {
  const [first, ...others] = levels;
  if (!first) throw new InternalError('a nested column without leaves');
  const { memory } = first.context;
  const said = of(first);
  for (const other of others) if (!equal(said, of(other), memory)) throw contradiction([other]);
  return said;
}

const contradiction = ([leaf]: readonly LeafLevels[]) => {
  if (!leaf) throw new InternalError('a nested column without leaves');
  return damagedChunk(leaf.context, 'its levels contradict those of another field');
};

interface Validity {
  /** 0 where nothing is null. */
  readonly validity: Pointer;
  readonly length: number;
}

function validityOf({ context, definitions, repetitions, count }: LeafLevels, slots: Slots, level: number): Validity {
  const { kernels, memory } = context;
  const bits = (bitmap: Pointer) =>
    kernels.rows.slotBits(definitions, repetitions, count, slots.repetition, slots.definition, level, bitmap, 0);
  if (level <= slots.definition) return { validity: 0, length: bits(0) };
  const validity = memory.chunk.allocate(bitmapBytes(count));
  memory.linear.bytes(validity, bitmapBytes(count)).fill(0);
  return { validity, length: bits(validity) };
}

function sameValidity(a: Validity, b: Validity, memory: DecodeMemory): boolean {
  if (a.length !== b.length || (a.validity === 0) !== (b.validity === 0)) return false;
  return a.validity === 0 || equalBytes(memory, a.validity, b.validity, bitmapBytes(a.length));
}

function offsetsOf(
  { context, definitions, repetitions, count }: LeafLevels,
  slots: Slots,
  entry: number,
  length: number,
  entries: number,
): { readonly offsets: Pointer } {
  const { kernels, memory } = context;
  const offsets = memory.chunk.allocate((count + 1) * 4);
  const { repetition, definition } = slots;
  const lists = kernels.rows.listOffsets(definitions, repetitions, count, repetition, definition, entry, offsets);
  const last = memory.linear.view().getUint32(offsets + length * 4, true);
  if (lists !== length || last !== entries) throw damagedChunk(context, 'its lists go on where they cannot');
  return { offsets };
}

const equalBytes = ({ linear }: DecodeMemory, a: Pointer, b: Pointer, length: number) =>
  Buffer.compare(linear.bytes(a, length), linear.bytes(b, length)) === 0;

/** Rows `from` to `from + rows` of a vector; bitmaps that do not begin at a byte are copied to the morsel's memory. */
export function rowsOf(
  vector: Vector,
  from: number,
  rows: number,
  kernels: DecodeKernels,
  memory: DecodeMemory,
): Vector {
  const validity = bitsOf(vector.validity, from, rows, kernels, memory);
  const cut = { length: rows, validity };
  switch (vector.kind) {
    case 'fixed':
      return { ...vector, ...cut, data: vector.data + from * vector.width };
    case 'views':
      return { ...vector, ...cut, data: vector.data + from * 8 };
    case 'dictionary':
      return { ...vector, ...cut, data: vector.data + from * 4 };
    case 'list':
      return { ...vector, ...cut, offsets: vector.offsets + from * 4 };
    case 'struct':
      return { ...vector, ...cut, fields: vector.fields.map((field) => rowsOf(field, from, rows, kernels, memory)) };
    default:
      return assertNever(vector);
  }
}

function bitsOf(bitmap: Pointer, from: number, rows: number, kernels: DecodeKernels, memory: DecodeMemory): Pointer {
  if (bitmap === 0) return 0;
  if (from % 8 === 0) return bitmap + from / 8;
  const bits = memory.morsel.allocate(bitmapBytes(rows) + 8);
  kernels.hybrid.shiftBits(bitmap, from, bits, rows);
  return bits;
}
