import { InternalError } from '../../common/errors.ts';
import type { Arena } from '../../wasm/arena.ts';

import type { Pointer } from '../../wasm/vector.ts';
import type { JoinKernel } from './join-kernel.ts';
import type { KeyRange, Pairs } from './join-keys.ts';

/** The words of build rows, in stretches of consecutive rows. */
export interface WordChunk {
  readonly words: Pointer;
  readonly firstRow: number;
  readonly count: number;
}

/** What probe rows meet: `count` rows from place `first` of the table's `rows` on. */
export interface Matches {
  readonly first: Pointer;
  readonly counts: Pointer;
}

/** From words to build rows. */
export interface JoinTable {
  readonly kind: 'direct' | 'ranked' | 'hashed';
  /** No word has two rows. */
  readonly unique: boolean;
  /** See the kernel's `expand`. */
  readonly rows: Pointer;
  readonly single: boolean;
  /** The build row, or NO_ROW, of every word; only of a unique table. In `arena`. */
  find(words: Pointer, count: number, arena: Arena): Pointer;
  /** The pairs of the words' rows (`rows` 0: 0, 1, 2 …) and build rows, into lists with room for all; only of a unique table. */
  findPairs(words: Pointer, rows: Pointer, count: number, pairs: Pairs, arena: Arena): number;
  findMany(words: Pointer, count: number, arena: Arena): Matches;
}

/** Ranges up to this many words are addressed directly whatever they hold. */
const SMALL_RANGE = 65_536;
/** Beyond this an entry of 4 bytes a word is no longer found in the cache, but a quarter of a byte a word still is. */
const DIRECT_EXTENT = 1 << 19;
/** Entries of 4 bytes a row: no more than a hash table takes. */
const DIRECT_PER_ROW = 8;
/** A block of 16 bytes for 64 words: no more than a hash table takes. */
const RANKED_PER_ROW = 64;
/** And in the nearer caches, or read in order, such blocks are better than a hash table that takes as much: 40 bytes a row. */
const NEAR_PER_ROW = 160;
const NEAR_EXTENT = 1 << 23;
/** Blocks of so few words are in the cache whatever they hold, and tell words that are not there apart without a miss or a guess. */
const SMALL_RANKED = 1 << 20;
const MAX_EXTENT = 0x7fffffff;
/** Hash tables up to this are in the cache with room to spare, so that most words meet their own slot or an empty one. */
const CACHED_BYTES = 1 << 19;
const SLOT_BYTES = 16;
/** Words are looked up by runs when these are fewer by this factor. */
const RUNS_PAY = 0.7;
/** After so many words a filter that lets most of them pass is left out. */
const FILTER_TRIAL = 200_000;

/**
 * A table over the words of build rows, in the arena. `exact`: a word is a key, and keys may lie so densely that they are addresses;
 * else it is a hash. `scratch` is released.
 */
export function buildTable(
  kernel: JoinKernel,
  arena: Arena,
  scratch: Arena,
  chunks: readonly WordChunk[],
  exact: boolean,
): JoinTable {
  const count = chunks.reduce((sum, chunk) => sum + chunk.count, 0);
  const range = exact && count > 0 ? measureWords(kernel, scratch, chunks) : null;
  const extent = range ? range.max - range.min + 1n : 0n;
  const place = { kernel, arena, chunks, count };
  if (range && extent <= Math.min(DIRECT_EXTENT, Math.max(SMALL_RANGE, count * DIRECT_PER_ROW))) {
    return directTable(place, range.min, Number(extent));
  }
  const ranked = Math.max(SMALL_RANKED, count * RANKED_PER_ROW, Math.min(NEAR_EXTENT, count * NEAR_PER_ROW));
  if (range && extent <= Math.min(MAX_EXTENT, ranked)) {
    return rankedTable(place, range.min, Number(extent));
  }
  return hashedTable(place, !exact);
}

/** Bytes that a table of so many rows takes at most, roughly. */
export const tableBytes = (rows: number) => rows * 40;

interface Place {
  readonly kernel: JoinKernel;
  readonly arena: Arena;
  readonly chunks: readonly WordChunk[];
  readonly count: number;
}

/** The least and the greatest word, taken as signed; there is one. `scratch` is released. */
export function measureWords(kernel: JoinKernel, scratch: Arena, chunks: readonly WordChunk[]): KeyRange {
  const mark = scratch.mark();
  const range = scratch.allocate(16);
  const view = scratch.view();
  view.setBigInt64(range, 2n ** 63n - 1n, true);
  view.setBigInt64(range + 8, -(2n ** 63n), true);
  for (const { words, count } of chunks) kernel.measure(words, count, range);
  const measured = { min: view.getBigInt64(range, true), max: view.getBigInt64(range + 8, true) };
  scratch.release(mark);
  return measured;
}

function zeros(arena: Arena, bytes: number): Pointer {
  const pointer = arena.allocate(bytes, 64);
  arena.bytes(pointer, bytes).fill(0);
  return pointer;
}

function directTable({ kernel, arena, chunks, count }: Place, base: bigint, extent: number): JoinTable {
  const mark = arena.mark();
  const entries = zeros(arena, extent * 4);
  let duplicates = 0;
  for (const chunk of chunks) {
    duplicates += kernel.directInsert(chunk.words, chunk.firstRow, chunk.count, entries, base);
    if (duplicates > 0) break;
  }
  if (duplicates === 0) {
    return {
      ...UNIQUE,
      kind: 'direct',
      find(words, n, out) {
        const found = out.allocate(n * 4);
        kernel.directLookup(words, n, entries, base, extent, found);
        return found;
      },
      findPairs: (words, probeRows, n, pairs) =>
        kernel.directPairs(words, probeRows, n, entries, base, extent, pairs.probe, pairs.build),
    };
  }
  arena.release(mark);
  const rows = arena.allocate(count * 4);
  const starts = zeros(arena, (extent + 2) * 4);
  for (const chunk of chunks) kernel.directCount(chunk.words, chunk.count, starts, base);
  kernel.sumStarts(starts, extent);
  for (const chunk of chunks) kernel.directPlace(chunk.words, chunk.firstRow, chunk.count, starts, base, rows);
  return {
    ...manyIn(rows),
    kind: 'direct',
    findMany(words, n, out) {
      const matches = newMatches(out, n);
      kernel.directLookupMany(words, n, starts, base, extent, matches.first, matches.counts);
      return matches;
    },
  };
}

function rankedTable({ kernel, arena, chunks, count }: Place, base: bigint, extent: number): JoinTable {
  const blockCount = Math.ceil(extent / 64);
  const blocks = zeros(arena, blockCount * 16);
  let duplicates = 0;
  for (const chunk of chunks) duplicates += kernel.rankInsert(chunk.words, chunk.count, blocks, base);
  kernel.rankSum(blocks, blockCount);
  if (duplicates === 0) {
    const mark = arena.mark();
    const byRank = arena.allocate(count * 4);
    let inOrder = true;
    for (const chunk of chunks) {
      const same = kernel.rankPlace(chunk.words, chunk.firstRow, chunk.count, blocks, base, byRank);
      inOrder &&= same !== 0;
    }
    if (inOrder) arena.release(mark);
    const rows = inOrder ? 0 : byRank;
    return {
      ...UNIQUE,
      kind: 'ranked',
      find(words, n, out) {
        const found = out.allocate(n * 4);
        kernel.rankLookup(words, n, blocks, base, extent, rows, found);
        return found;
      },
      findPairs: (words, probeRows, n, pairs) =>
        kernel.rankPairs(words, probeRows, n, blocks, base, extent, rows, pairs.probe, pairs.build),
    };
  }
  const groups = count - duplicates;
  const rows = arena.allocate(count * 4);
  const starts = zeros(arena, (groups + 2) * 4);
  for (const chunk of chunks) kernel.rankCount(chunk.words, chunk.count, blocks, base, starts);
  kernel.sumStarts(starts, groups);
  for (const chunk of chunks) {
    kernel.rankPlaceMany(chunk.words, chunk.firstRow, chunk.count, blocks, base, starts, rows);
  }
  return {
    ...manyIn(rows),
    kind: 'ranked',
    findMany(words, n, out) {
      const matches = newMatches(out, n);
      kernel.rankLookupMany(words, n, blocks, base, extent, starts, matches.first, matches.counts);
      return matches;
    },
  };
}

function hashedTable({ kernel, arena, chunks, count }: Place, isHash: boolean): JoinTable {
  const least = powerOfTwo(Math.max(16, count * 1.5));
  const capacity = least * 2 * SLOT_BYTES <= CACHED_BYTES ? least * 2 : least;
  const mask = capacity - 1;
  const slots = zeros(arena, capacity * SLOT_BYTES);
  let duplicates = 0;
  for (const chunk of chunks) {
    duplicates += kernel.hashInsert(chunk.words, chunk.firstRow, chunk.count, slots, mask, isHash);
  }
  const filter = bloomFilter(kernel, arena, chunks, count, isHash);
  if (duplicates === 0) {
    const find = (words: Pointer, n: number, out: Arena): Pointer => {
      const found = out.allocate(n * 4);
      const { inRuns, positions, left } = candidates(kernel, filter, words, n, out);
      if (positions) out.bytes(found, n * 4).fill(0xff);
      kernel.hashLookup(words, positions, left, slots, mask, isHash, out.allocate(left * 4 + 4), found);
      if (inRuns) kernel.fillRuns(words, n, found);
      return found;
    };
    return {
      ...UNIQUE,
      kind: 'hashed',
      find,
      findPairs: (words, probeRows, n, { probe, build }, out) =>
        kernel.foundPairs(find(words, n, out), probeRows, n, probe, build),
    };
  }
  const rows = arena.allocate(kernel.hashStarts(slots, mask) * 4);
  for (const chunk of chunks) {
    kernel.hashPlace(chunk.words, chunk.firstRow, chunk.count, slots, mask, isHash, rows);
  }
  kernel.hashRewind(slots, mask);
  return {
    ...manyIn(rows),
    kind: 'hashed',
    single: true,
    findMany(words, n, out) {
      const matches = newMatches(out, n);
      const { inRuns, positions, left } = candidates(kernel, filter, words, n, out);
      if (positions) out.bytes(matches.counts, n * 4).fill(0);
      const pending = out.allocate(left * 4 + 4);
      kernel.hashLookupMany(words, positions, left, slots, mask, isHash, pending, matches.first, matches.counts);
      if (inRuns) {
        kernel.fillRuns(words, n, matches.first);
        kernel.fillRuns(words, n, matches.counts);
      }
      return matches;
    },
  };
}

/** Which of the words (by position; 0: all) may be in the table, and how many; words in runs stand for the whole run. */
function candidates(kernel: JoinKernel, filter: Filter, words: Pointer, count: number, out: Arena) {
  const starts = out.allocate(count * 4 + 4);
  const runs = kernel.runStarts(words, count, starts);
  const inRuns = runs < count * RUNS_PAY;
  return { inRuns, ...(inRuns ? filter(words, starts, runs, starts) : filter(words, 0, count, starts)) };
}

/** Narrows positions (0: all) to the words that may be in the table; `out` has room for them. */
type Filter = (
  words: Pointer,
  positions: Pointer,
  count: number,
  out: Pointer,
) => { readonly positions: Pointer; readonly left: number };

/**
 * Two bytes a row. Words that are not in the table are left out without a miss of the cache, or a search whose length cannot be foreseen.
 */
function bloomFilter(
  kernel: JoinKernel,
  arena: Arena,
  chunks: readonly WordChunk[],
  rows: number,
  isHash: boolean,
): Filter {
  const size = powerOfTwo(rows / 4);
  const filter = zeros(arena, size * 8);
  for (const { words, count } of chunks) kernel.bloomInsert(words, count, filter, size - 1, isHash);
  let tested = 0;
  let passed = 0;
  return (words, positions, count, out) => {
    if (tested > FILTER_TRIAL && passed > tested * 0.7) return { positions, left: count };
    const left = kernel.bloomSelect(words, positions, count, filter, size - 1, isHash, out);
    tested += count;
    passed += left;
    return { positions: out, left };
  };
}

const UNIQUE = {
  unique: true,
  rows: 0,
  single: false,
  findMany(): never {
    throw new InternalError('a table without duplicates has no groups');
  },
} as const;

const manyIn = (rows: Pointer) => ({
  unique: false,
  rows,
  single: false,
  find: severalRows,
  findPairs: severalRows,
});

function severalRows(): never {
  throw new InternalError('a table with duplicates has more than one row a word');
}

const newMatches = (arena: Arena, count: number): Matches => ({
  first: arena.allocate(count * 4),
  counts: arena.allocate(count * 4),
});

const powerOfTwo = (least: number) => 2 ** Math.max(0, Math.ceil(Math.log2(least)));

/** The matches of rows that all meet the same `rows` build rows from 0 on. */
export function allRows(arena: Arena, count: number, rows: number): Matches {
  const matches = newMatches(arena, count);
  arena.bytes(matches.first, count * 4).fill(0);
  new Uint32Array(arena.memory.buffer, matches.counts, count).fill(rows);
  return matches;
}
