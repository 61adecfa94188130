import { InternalError } from '../../common/errors.ts';
import { type DecimalType, isFloat, type SqlType } from '../../common/types.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import type { Pointer } from '../../wasm/vector.ts';
import { ratioToDouble } from '../expr/exact-ratio.ts';
import { isIntegerKind, pow10 } from '../expr/ranges.ts';
import type { Section, Spans } from './section.ts';
import type { CallColumns } from './section-call.ts';
import { sectionFrames } from './section-frames.ts';
import { fixedOutput, rowsOutput, type SectionOutput } from './section-output.ts';

/** Digits of a decimal of which as many values as a section has rows have a sum within 128 bits and 38 digits. */
const SUMMED_DIGITS = 28;

/** count, sum, avg, min and max of frames without EXCLUDE; null for what only the host computes. */
export function sectionAggregate(section: Section, columns: CallColumns): SectionOutput | null {
  const { call, argPositions, filterPosition } = columns;
  const [position] = argPositions;
  const [type] = call.argTypes;
  if (call.distinct || call.frame.exclude !== 'noOthers' || (call.filter && filterPosition === null)) return null;
  if (call.function === 'count') return argPositions.length > 1 ? null : frameCounts(section, columns);
  if (type === undefined || typeof position !== 'number' || argPositions.length !== 1) return null;
  const of = new Argument(section, columns, position, type);
  switch (call.function) {
    case 'sum':
    case 'avg':
      if (isFloat(type)) return floatAggregate(of, call.function);
      if (!isSummed(type) && !(call.function === 'sum' && type.kind === 'decimal' && of.isNarrow)) return null;
      return call.function === 'sum' ? exactSum(of) : exactAverage(of);
    case 'min':
    case 'max':
      return type.kind === 'null' ? null : extreme(of, call.function);
    default:
      return null;
  }
}

const isSummed = (type: SqlType) =>
  isIntegerKind(type.kind) || (type.kind === 'decimal' && type.precision <= SUMMED_DIGITS);

/** An aggregate's argument in a section: what its kernels share. */
class Argument {
  readonly section: Section;
  readonly columns: CallColumns;
  readonly position: number;
  readonly type: SqlType;

  constructor(section: Section, columns: CallColumns, position: number, type: SqlType) {
    this.section = section;
    this.columns = columns;
    this.position = position;
    this.type = type;
  }

  get frames(): Spans {
    return sectionFrames(this.section, this.columns);
  }

  /** Frames that start with their partition grow from row to row. */
  get isRunning(): boolean {
    return this.columns.call.frame.start.kind === 'unboundedPreceding';
  }

  get key(): string {
    return `${this.position} where ${this.columns.filterPosition}`;
  }

  get data(): { readonly pointer: Pointer; readonly shift: number } {
    const vector = this.section.column(this.position);
    if (vector.kind !== 'fixed') throw new InternalError(`a ${vector.kind} vector came where numbers are added`);
    return { pointer: vector.data, shift: 31 - Math.clz32(vector.width) };
  }

  get live(): Pointer {
    return liveRows(this.section, this.columns, this.position);
  }

  get counts(): Pointer {
    return prefixCounts(this.section, `counts ${this.key}`, this.live);
  }

  /** Whether a decimal of more digits than SUMMED_DIGITS has no values of so many. */
  get isNarrow(): boolean {
    const { kernel, rows } = this.section;
    return kernel.isNarrow(this.data.pointer, this.live, rows) !== 0;
  }

  /** A bitmap of the rows whose frame has something that counts. */
  validity({ starts, ends }: Spans): Pointer {
    const { arena, kernel, rows } = this.section;
    const { counts } = this;
    const out = arena.allocate(bitmapBytes(rows));
    kernel.frameValidity(counts, starts, ends, rows, out);
    return out;
  }

  /** 128-bit prefix sums. */
  get sums(): Pointer {
    const { section, type } = this;
    return section.once(`sums ${this.key}`, () => {
      const { arena, kernel, rows } = section;
      const { live, data } = this;
      const out = arena.allocate((rows + 1) * 16);
      arena.bytes(out, 16).fill(0);
      kernel.prefixSums(data.pointer, data.shift, type.kind.startsWith('u') ? 0 : 1, live, rows, out);
      return out;
    });
  }
}

/** One byte a row: whether the aggregate takes it. `position` null: whatever its argument is. */
function liveRows(section: Section, { filterPosition }: CallColumns, position: number | null): Pointer {
  return section.once(`live ${position} where ${filterPosition}`, () => {
    const { arena, kernel, rows } = section;
    const out = arena.allocate(rows);
    const validity = position === null ? 0 : section.column(position).validity;
    const filter = filterPosition === null ? null : section.column(filterPosition);
    if (filter && filter.kind !== 'fixed') throw new InternalError('a filter is no boolean');
    kernel.liveRows(validity, filter?.data ?? 0, filter?.validity ?? 0, rows, out);
    return out;
  });
}

function prefixCounts(section: Section, key: string, live: Pointer): Pointer {
  return section.once(key, () => {
    const { arena, kernel, rows } = section;
    const out = arena.allocate((rows + 1) * 4);
    arena.bytes(out, 4).fill(0);
    kernel.prefixCounts(live, rows, out);
    return out;
  });
}

function frameCounts(section: Section, columns: CallColumns): SectionOutput | null {
  const { call, argPositions, filterPosition } = columns;
  const [position = null] = argPositions;
  if (argPositions.length === 1 && position === null) return null;
  const live = liveRows(section, columns, position);
  const counts = prefixCounts(section, `counts ${position} where ${filterPosition}`, live);
  const { starts, ends } = sectionFrames(section, columns);
  const { arena, kernel, rows } = section;
  const out = arena.allocate(rows * 8);
  kernel.frameCounts(counts, starts, ends, rows, out);
  return fixedOutput(section, call.type, out);
}

function exactSum(of: Argument): SectionOutput {
  const { section, frames, sums } = of;
  const { arena, kernel, rows } = section;
  const { type } = of.columns.call;
  const wide = type.kind === 'decimal' ? 1 : 0;
  const out = arena.allocate(rows * (wide ? 16 : 8));
  kernel.frameSums(sums, frames.starts, frames.ends, rows, wide, out);
  return fixedOutput(section, type, out, of.validity(frames));
}

/** Quotients of small numbers in one division; the others from whole numbers of any size. */
function exactAverage(of: Argument): SectionOutput {
  const { section, frames, sums, counts } = of;
  const { arena, kernel, rows } = section;
  const unit = pow10(of.type.kind === 'decimal' ? (of.type as DecimalType).scale : 0);
  const out = arena.allocate(rows * 8);
  const hard = arena.allocate(rows * 4);
  const { starts, ends } = frames;
  const left = kernel.frameAverages(sums, counts, starts, ends, rows, Number(unit), out, hard);
  const view = arena.view();
  for (let i = 0; i < left; i++) {
    const row = view.getUint32(hard + i * 4, true);
    const from = view.getUint32(starts + row * 4, true);
    const to = view.getUint32(ends + row * 4, true);
    const count = view.getUint32(counts + to * 4, true) - view.getUint32(counts + from * 4, true);
    if (count === 0) continue;
    const sum = (at: number) =>
      (view.getBigInt64(sums + at * 16 + 8, true) << 64n) | view.getBigUint64(sums + at * 16, true);
    view.setFloat64(out + row * 8, ratioToDouble(sum(to) - sum(from), BigInt(count) * unit), true);
  }
  return fixedOutput(section, of.columns.call.type, out, of.validity(frames));
}

/** Sums over growing frames are added in the rows' order, others up a tree. Null where a sum of finite values is not finite. */
function floatAggregate(of: Argument, name: 'sum' | 'avg'): SectionOutput | null {
  const { section, frames, live, data, counts } = of;
  const { arena, kernel, rows, partitions } = section;
  const { starts, ends } = frames;
  const out = arena.allocate(rows * 8);
  if (of.isRunning) kernel.runningFloats(data.pointer, data.shift, live, partitions.starts, ends, rows, out);
  else {
    const size = powerOfTwo(rows);
    const tree = section.once(`tree ${of.key}`, () => {
      const pointer = arena.allocate(size * 16);
      kernel.floatTree(data.pointer, data.shift, live, rows, size, pointer);
      return pointer;
    });
    kernel.frameFloats(tree, size, starts, ends, rows, out);
  }
  const specials = section.once(`special ${of.key}`, () => {
    const special = arena.allocate(rows);
    kernel.specialRows(data.pointer, data.shift, live, rows, special);
    return special;
  });
  const specialCounts = prefixCounts(section, `special counts ${of.key}`, specials);
  if (kernel.hasOverflow(out, specialCounts, starts, ends, rows)) return null;
  if (name === 'avg') kernel.divideByCounts(counts, starts, ends, rows, out);
  return fixedOutput(section, of.columns.call.type, out, of.validity(frames));
}

function powerOfTwo(least: number): number {
  let size = 1;
  while (size < least) size *= 2;
  return size;
}

function extreme(of: Argument, name: 'min' | 'max'): SectionOutput {
  const { section, frames, live } = of;
  const { arena, kernel, rows, partitions } = section;
  const greatest = name === 'max' ? 1 : 0;
  const words = section.words(of.position, of.type);
  const out = arena.allocate(rows * 4);
  if (of.isRunning) kernel.runningExtremes(words, live, partitions.starts, frames.ends, rows, greatest, out);
  else {
    const size = powerOfTwo(rows);
    const tree = section.once(`${name} ${of.key}`, () => {
      const pointer = arena.allocate(size * 8);
      kernel.extremeTree(words, live, rows, greatest, size, pointer);
      return pointer;
    });
    kernel.frameExtremes(words, tree, size, greatest, frames.starts, frames.ends, rows, out);
  }
  return rowsOutput(section, of.position, out);
}
