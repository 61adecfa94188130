// Rows of decoded Parquet columns: values spread by a validity bitmap; minima and maxima; what levels of nested columns say
// about rows.

/** Whether that many bytes lie in the memory. */
// @ts-ignore: decorator
@inline
function exists(pointer: usize, bytes: u64): bool {
  return <u64>pointer + bytes <= <u64>memory.size() << 16;
}

/**
 * Moves `present` dense values at `source` to those of `rows` rows at `out` whose bits are set from `bit` of `bitmap` on; the
 * other rows become 0. Backwards, so that `source` may be `out`. One value behind `source` must be readable.
 */
export function spread(
  bitmap: usize,
  bit: u32,
  rows: u32,
  source: usize,
  present: u32,
  out: usize,
  width: u32,
): void {
  assert(present <= rows && exists(out, <u64>rows * width) && exists(source, (<u64>present + 1) * width));
  assert(exists(bitmap, (<u64>bit + rows + 7) >>> 3));
  switch (width) {
    case 1:
      spreadOf<u8>(bitmap, bit, rows, source, present, out);
      return;
    case 2:
      spreadOf<u16>(bitmap, bit, rows, source, present, out);
      return;
    case 4:
      spreadOf<u32>(bitmap, bit, rows, source, present, out);
      return;
    case 8:
      spreadOf<u64>(bitmap, bit, rows, source, present, out);
      return;
    default:
      assert(width == 16);
      spread16(bitmap, bit, rows, source, present, out);
  }
}

// @ts-ignore: decorator
@inline
function bitAt(bitmap: usize, bit: u32): u32 {
  return (<u32>load<u8>(bitmap + (bit >>> 3)) >>> (bit & 7)) & 1;
}

// @ts-ignore: decorator
@inline
function spreadOf<T>(bitmap: usize, bit: u32, rows: u32, source: usize, present: u32, out: usize): void {
  let at = source + <usize>present * sizeof<T>();
  for (let row = rows; row > 0; row--) {
    const set = bitAt(bitmap, bit + row - 1);
    at -= <usize>set * sizeof<T>();
    store<T>(out + <usize>(row - 1) * sizeof<T>(), <T>(load<T>(at) & <T>(0 - <i64>set)));
  }
}

function spread16(bitmap: usize, bit: u32, rows: u32, source: usize, present: u32, out: usize): void {
  let at = source + (<usize>present << 4);
  for (let row = rows; row > 0; row--) {
    const set = bitAt(bitmap, bit + row - 1);
    at -= <usize>set << 4;
    v128.store(out + (<usize>(row - 1) << 4), v128.and(v128.load(at), i64x2.splat(0 - <i64>set)));
  }
}

function lanesMax(lanes: v128): u32 {
  return max(
    max<u32>(i32x4.extract_lane(lanes, 0), i32x4.extract_lane(lanes, 1)),
    max<u32>(i32x4.extract_lane(lanes, 2), i32x4.extract_lane(lanes, 3)),
  );
}

/** Least and greatest of `count` >= 1 i32 (u32 where `unsigned`), as two i64 at `out`. */
export function bounds32(data: usize, count: u32, unsigned: bool, out: usize): void {
  assert(count > 0);
  const end = data + (<usize>count << 2);
  // Signed order of values with the highest bit flipped is the unsigned order.
  const flip: u32 = unsigned ? 0x80000000 : 0;
  let least: i32 = <i32>(load<u32>(data) ^ flip);
  let greatest = least;
  if (count >= 16) {
    const flips = i32x4.splat(flip);
    let low = v128.xor(v128.load(data), flips);
    let high = low;
    let low2 = low;
    let high2 = low;
    for (; data + 32 <= end; data += 32) {
      const first = v128.xor(v128.load(data), flips);
      const second = v128.xor(v128.load(data, 16), flips);
      low = i32x4.min_s(low, first);
      high = i32x4.max_s(high, first);
      low2 = i32x4.min_s(low2, second);
      high2 = i32x4.max_s(high2, second);
    }
    low = i32x4.min_s(low, low2);
    high = i32x4.max_s(high, high2);
    least = min(min(i32x4.extract_lane(low, 0), i32x4.extract_lane(low, 1)), min(i32x4.extract_lane(low, 2), i32x4.extract_lane(low, 3)));
    greatest = max(max(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 1)), max(i32x4.extract_lane(high, 2), i32x4.extract_lane(high, 3)));
  }
  for (; data < end; data += 4) {
    const value = <i32>(load<u32>(data) ^ flip);
    least = min(least, value);
    greatest = max(greatest, value);
  }
  store<i64>(out, unsigned ? <i64><u32>(least ^ flip) : <i64>least);
  store<i64>(out, unsigned ? <i64><u32>(greatest ^ flip) : <i64>greatest, 8);
}

/**
 * What `count` >= 1 i64 lie between, as two i64 at `out`: their least and greatest where all have the same upper halves, or 0
 * and -1, else the least and greatest upper half with any lower one. A third of the work of `bounds64`.
 */
export function outerBounds64(data: usize, count: u32, out: usize): void {
  assert(count > 0);
  const start = data;
  const end = data + (<usize>count << 3);
  let least = load<i32>(data, 4);
  let greatest = least;
  let lowLeast = load<u32>(data);
  let lowGreatest = lowLeast;
  if (count >= 8) {
    let high = i32x4.splat(least);
    let high2 = high;
    let low = i32x4.splat(lowLeast);
    let low2 = low;
    for (; data + 32 <= end; data += 32) {
      const first = v128.load(data);
      const second = v128.load(data, 16);
      const highs = i32x4.shuffle(first, second, 1, 3, 5, 7);
      const lows = i32x4.shuffle(first, second, 0, 2, 4, 6);
      high = i32x4.min_s(high, highs);
      high2 = i32x4.max_s(high2, highs);
      low = i32x4.min_u(low, lows);
      low2 = i32x4.max_u(low2, lows);
    }
    least = min(min(i32x4.extract_lane(high, 0), i32x4.extract_lane(high, 1)), min(i32x4.extract_lane(high, 2), i32x4.extract_lane(high, 3)));
    greatest = max(max(i32x4.extract_lane(high2, 0), i32x4.extract_lane(high2, 1)), max(i32x4.extract_lane(high2, 2), i32x4.extract_lane(high2, 3)));
    lowLeast = min(min(<u32>i32x4.extract_lane(low, 0), <u32>i32x4.extract_lane(low, 1)), min(<u32>i32x4.extract_lane(low, 2), <u32>i32x4.extract_lane(low, 3)));
    lowGreatest = lanesMax(low2);
  }
  for (; data < end; data += 8) {
    least = min(least, load<i32>(data, 4));
    greatest = max(greatest, load<i32>(data, 4));
    lowLeast = min(lowLeast, load<u32>(data));
    lowGreatest = max(lowGreatest, load<u32>(data));
  }
  if (least == -1 && greatest == 0) {
    bounds64(start, count, out);
    return;
  }
  const same = least == greatest;
  store<u32>(out, same ? lowLeast : 0);
  store<i32>(out, least, 4);
  store<u32>(out, same ? lowGreatest : 0xffffffff, 8);
  store<i32>(out, greatest, 12);
}

/** Least and greatest of `count` >= 1 i64, as two i64 at `out`. */
export function bounds64(data: usize, count: u32, out: usize): void {
  assert(count > 0);
  const end = data + (<usize>count << 3);
  let least = load<i64>(data);
  let greatest = least;
  if (count >= 8) {
    let low = v128.load(data);
    let high = low;
    let low2 = low;
    let high2 = low;
    for (; data + 32 <= end; data += 32) {
      const first = v128.load(data);
      const second = v128.load(data, 16);
      low = v128.bitselect(first, low, i64x2.gt_s(low, first));
      high = v128.bitselect(first, high, i64x2.gt_s(first, high));
      low2 = v128.bitselect(second, low2, i64x2.gt_s(low2, second));
      high2 = v128.bitselect(second, high2, i64x2.gt_s(second, high2));
    }
    least = min(min(i64x2.extract_lane(low, 0), i64x2.extract_lane(low, 1)), min(i64x2.extract_lane(low2, 0), i64x2.extract_lane(low2, 1)));
    greatest = max(max(i64x2.extract_lane(high, 0), i64x2.extract_lane(high, 1)), max(i64x2.extract_lane(high2, 0), i64x2.extract_lane(high2, 1)));
  }
  for (; data < end; data += 8) {
    const value = load<i64>(data);
    least = min(least, value);
    greatest = max(greatest, value);
  }
  store<i64>(out, least);
  store<i64>(out, greatest, 8);
}

// ---- nested columns. Entries are what levels are given for; those that begin a value of a node are its slots: at most
// `repetition` repeated, and defined at least up to `slot`.

/** Entries defined at least up to `level`. */
export function countDefined(definitions: usize, count: u32, level: u32): u32 {
  let defined: u32 = 0;
  for (let i: u32 = 0; i < count; i++) defined += <u32>(<u32>load<u8>(definitions + i) >= level);
  return defined;
}

/**
 * Sets the bit of every slot that is defined at least up to `level`, from `bit` of `bitmap` on, which is 0 before; only counts
 * them where `bitmap` is 0. `repetitions` is 0 where nothing repeats. Returns the number of slots.
 */
export function slotBits(
  definitions: usize,
  repetitions: usize,
  count: u32,
  repetition: u32,
  slot: u32,
  level: u32,
  bitmap: usize,
  bit: u32,
): u32 {
  assert(exists(definitions, count) && exists(repetitions, count));
  const first = bit;
  for (let i: u32 = 0; i < count; i++) {
    const definition = <u32>load<u8>(definitions + i);
    if (definition < slot || (repetitions != 0 && <u32>load<u8>(repetitions + i) > repetition)) continue;
    if (bitmap != 0 && definition >= level) {
      const at = bitmap + (bit >>> 3);
      store<u8>(at, <u8>(<u32>load<u8>(at) | ((<u32>1) << (bit & 7))));
    }
    bit++;
  }
  return bit - first;
}

/**
 * Where the entries of every slot's list begin, as i32, and behind the last where they end: entries of a list are repeated at
 * most `repetition` + 1 and defined at least up to `entry`. Returns the number of slots, or -1 where an entry goes on a list
 * that has none.
 */
export function listOffsets(
  definitions: usize,
  repetitions: usize,
  count: u32,
  repetition: u32,
  slot: u32,
  entry: u32,
  offsets: usize,
): i32 {
  assert(exists(definitions, count) && exists(repetitions, count) && exists(offsets, (<u64>count + 1) << 2));
  let slots: u32 = 0;
  let entries: u32 = 0;
  let open = false;
  for (let i: u32 = 0; i < count; i++) {
    const definition = <u32>load<u8>(definitions + i);
    const repeated = <u32>load<u8>(repetitions + i);
    if (repeated <= repetition) {
      open = false;
      if (definition < slot) continue;
      store<u32>(offsets + (<usize>slots << 2), entries);
      slots++;
      open = definition >= entry;
    } else if (!open) return -1;
    if (repeated <= repetition + 1) {
      if (definition >= entry) entries++;
      else if (repeated > repetition) return -1;
    }
  }
  store<u32>(offsets + (<usize>slots << 2), entries);
  return <i32>slots;
}
