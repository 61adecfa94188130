// Set operations over rows whose distinct values are numbered: one u64 a group says how many rows of the right side are left to match,
// or that the group has been delivered.

const NONE: u32 = 0xffffffff;

// @ts-ignore: decorator
@inline
function rowAt(rows: usize, i: usize): u32 {
  return rows ? load<u32>(rows + (i << 2)) : <u32>i;
}

/** Adds 1, or what `amounts` (i64 by row; 0: none) says, to each row's group. */
export function addCounts(groups: usize, count: i32, amounts: usize, counters: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = counters + (<usize>load<u32>(groups + (i << 2)) << 3);
    store<u64>(at, load<u64>(at) + (amounts ? load<u64>(amounts + (i << 3)) : 1));
  }
}

/** Rows of groups with a counter of 0, which becomes 1: those not seen before. Returns how many. */
export function takeUnseen(groups: usize, rows: usize, count: i32, counters: usize, out: usize): i32 {
  let to = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = counters + (<usize>load<u32>(groups + (i << 2)) << 3);
    store<u32>(to, rowAt(rows, i));
    if (load<u64>(at) == 0) {
      store<u64>(at, 1);
      to += 4;
    }
  }
  return <i32>((to - out) >> 2);
}

/** Rows of groups whose counter is above 0; it becomes 0 where `once`, else one less. */
export function takeMatched(groups: usize, rows: usize, count: i32, once: i32, counters: usize, out: usize): i32 {
  let to = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const group = load<u32>(groups + (i << 2));
    if (group == NONE) continue;
    const at = counters + (<usize>group << 3);
    const left = load<u64>(at);
    if (left == 0) continue;
    store<u64>(at, once ? 0 : left - 1);
    store<u32>(to, rowAt(rows, i));
    to += 4;
  }
  return <i32>((to - out) >> 2);
}

/** Rows without a group, or whose group's counter is 0; others take 1 off it. */
export function takeUnmatched(groups: usize, rows: usize, count: i32, counters: usize, out: usize): i32 {
  let to = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const group = load<u32>(groups + (i << 2));
    store<u32>(to, rowAt(rows, i));
    if (group == NONE) {
      to += 4;
      continue;
    }
    const at = counters + (<usize>group << 3);
    const left = load<u64>(at);
    if (left == 0) to += 4;
    else store<u64>(at, left - 1);
  }
  return <i32>((to - out) >> 2);
}
