// Raw Snappy (format_description.txt of google/snappy): a length, then literals and copies of what was unpacked before.
// Away from the ends of both buffers everything is copied 16 bytes at a time, past its end if need be; the loop for the
// ends copies byte by byte.
//
// A page is unpacked in steps, as far as it is wanted, from compressed bytes that pass through a window: where an element
// may go on behind the window, the caller moves what is left of it to the front, and more behind that.

const OK: i32 = 0;
/** The source ends inside of an element, or does not begin with a length. */
const TRUNCATED: i32 = 1;
/** The source unpacks to another length than the target has. */
const WRONG_LENGTH: i32 = 2;
/** A copy of what lies before the target's start, or of nothing. */
const BAD_OFFSET: i32 = 3;
/** Not an error: the window has to move on. */
const MORE: i32 = 7;

/** A literal of up to 60 bytes with its tag, and a copy; 65 bytes are read of a literal. Windows that are not the last are longer. */
const SOURCE_MARGIN: usize = 80;
/** A literal and a copy of up to 64 bytes each; the copy begins by doubling (16 + 15) and ends with a whole vector. */
const TARGET_MARGIN: usize = 160;

@unmanaged
class Page {
  /** The next compressed byte. */
  source: u32;
  /** Behind the last byte that is final. */
  target: u32;
  /** Where the page begins and ends. */
  start: u32;
  end: u32;
  /** Bytes left of a long literal. */
  literal: u32;
}

/** Begins a page from `target` to `targetEnd` with the first window of its source; returns a status. */
export function begin(state: usize, source: usize, sourceEnd: usize, target: usize, targetEnd: usize): i32 {
  assert(source <= sourceEnd && target <= targetEnd);
  let length: u64 = 0;
  for (let shift: u64 = 0; ; shift += 7) {
    if (source >= sourceEnd || shift > 28) return TRUNCATED;
    const byte = load<u8>(source++);
    length |= (<u64>(byte & 127)) << shift;
    if (byte < 128) break;
  }
  const page = changetype<Page>(state);
  page.source = <u32>source;
  page.target = <u32>target;
  page.start = <u32>target;
  page.end = <u32>targetEnd;
  page.literal = 0;
  return length == <u64>(targetEnd - target) ? OK : WRONG_LENGTH;
}

/**
 * Unpacks on at least to `until`, from a window that ends at `sourceEnd` and is the `last`, or longer than
 * SOURCE_MARGIN; returns a status. Where the page's end is wanted, the source has to end there too. Reads nothing outside of the window but
 * what has been unpacked, and writes nothing outside of the page, whatever the bytes are. The two do not overlap.
 */
export function unpack(state: usize, sourceEnd: usize, last: bool, until: usize): i32 {
  const page = changetype<Page>(state);
  const targetEnd = <usize>page.end;
  const start = <usize>page.start;
  let source = <usize>page.source;
  let target = <usize>page.target;
  assert(source <= sourceEnd && start <= target && target <= targetEnd && until <= targetEnd);
  assert(sourceEnd <= start || targetEnd <= source);
  const all = until == targetEnd;
  const sourceSafe = sourceEnd - source > SOURCE_MARGIN ? sourceEnd - SOURCE_MARGIN : 0;
  const targetSafe = min(targetEnd - target > TARGET_MARGIN ? targetEnd - TARGET_MARGIN : 0, until);
  for (;;) {
    if (page.literal == 0) {
      while (source < sourceSafe && target < targetSafe) {
        let tag = <u32>load<u8>(source);
        if ((tag & 3) == 0) {
          const size: usize = (tag >>> 2) + 1;
          v128.store(target, v128.load(source, 1));
          // Everything waits for where the next tag is: behind a short literal it is known without another load.
          if (size < 8) {
            tag = <u32>(load<u64>(source) >>> ((size + 1) << 3)) & 255;
          } else {
            if (size > 16) {
              if (size > 60) break;
              v128.store(target, v128.load(source, 17), 16);
              v128.store(target, v128.load(source, 33), 32);
              v128.store(target, v128.load(source, 49), 48);
            }
            tag = <u32>load<u8>(source + size, 1);
          }
          source += size + 1;
          target += size;
          if ((tag & 3) == 0) continue;
        }
        let size: usize;
        let offset: usize;
        if ((tag & 3) == 3) {
          size = (tag >>> 2) + 1;
          offset = load<u32>(source, 1);
          source += 5;
        } else {
          // One byte of offset or two: without branches, since neither is the rule.
          const wide = <u32>load<u16>(source, 1);
          const isWide = tag & 2;
          size = select<u32>((tag >>> 2) + 1, ((tag >>> 2) & 7) + 4, isWide != 0);
          offset = select<u32>(wide, ((tag & 0xe0) << 3) | (wide & 255), isWide != 0);
          source += 2 + (isWide >>> 1);
        }
        if (offset - 1 >= target - start) return BAD_OFFSET;
        let from = target - offset;
        if (offset >= 16) {
          v128.store(target, v128.load(from));
          if (size > 16) {
            v128.store(target, v128.load(from, 16), 16);
            v128.store(target, v128.load(from, 32), 32);
            v128.store(target, v128.load(from, 48), 48);
          }
          target += size;
        } else {
          // The first `offset` bytes repeat: each vector from the same place makes twice as many of them right.
          const end = target + size;
          let to = target;
          do {
            v128.store(to, v128.load(from));
            to += to - from;
          } while (to - from < 16);
          for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
          target = end;
        }
      }
      page.source = <u32>source;
      page.target = <u32>target;
      if (!all && target >= until) return OK;
      if (source >= sourceSafe && !last) return MORE;
      if (source >= sourceEnd) return target == targetEnd ? OK : WRONG_LENGTH;

      const tag = <u32>load<u8>(source++);
      let size: usize = (tag >>> 2) + 1;
      if ((tag & 3) != 0) {
        const bytes: usize = (tag & 3) == 3 ? 4 : tag & 3;
        if (sourceEnd - source < bytes) return TRUNCATED;
        let offset: usize;
        if ((tag & 3) == 1) {
          size = ((tag >>> 2) & 7) + 4;
          offset = ((tag >>> 5) << 8) | <u32>load<u8>(source);
        } else offset = (tag & 3) == 2 ? <u32>load<u16>(source) : load<u32>(source);
        source += bytes;
        if (offset - 1 >= target - start) return BAD_OFFSET;
        if (targetEnd - target < size) return WRONG_LENGTH;
        for (const end = target + size; target < end; target++) store<u8>(target, load<u8>(target - offset));
        continue;
      }
      if (size > 60) {
        const bytes = size - 60;
        if (sourceEnd - source < bytes) return TRUNCATED;
        size = 0;
        for (let i: usize = 0; i < bytes; i++) size |= (<usize>load<u8>(source + i)) << (i << 3);
        source += bytes;
        if (size == 0xffffffff) return TRUNCATED;
        size++;
      }
      if (targetEnd - target < size) return last && sourceEnd - source < size ? TRUNCATED : WRONG_LENGTH;
      page.literal = <u32>size;
    }
    const left = <usize>page.literal;
    const size = min(left, sourceEnd - source);
    memory.copy(target, source, size);
    source += size;
    target += size;
    page.source = <u32>source;
    page.target = <u32>target;
    page.literal = <u32>(left - size);
    if (page.literal > 0) break;
  }
  return last ? TRUNCATED : MORE;
}
