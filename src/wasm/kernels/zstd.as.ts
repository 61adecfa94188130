// Zstandard (RFC 8878), without dictionaries. The caller owns all memory: `scratch` holds the tables of the frame, the
// constants that the caller puts there (see the CONSTANTS below), and the literals of a block.
//
// Bit streams are read backwards in words of 64 bits that may begin up to 8 bytes before the stream: the headers that come
// before any stream are longer than that. Words read forwards may end up to 8 bytes behind `sourceEnd`.

import { xxhash64 } from './lib/xxhash64.as';

const OK: i32 = 0;
/** `source` ends inside of a frame. */
const TRUNCATED: i32 = 1;
/** `source` unpacks to another length than the target has, or than its frame says. */
const WRONG_LENGTH: i32 = 2;
/** A copy of what lies before the frame's start, or of nothing. */
const BAD_OFFSET: i32 = 3;
/** A header, a table or a bit stream that cannot be. */
const CORRUPT: i32 = 4;
const WRONG_CHECKSUM: i32 = 5;
/** The frame was made with a dictionary. */
const DICTIONARY: i32 = 6;

const FRAME_MAGIC: u32 = 0xfd2fb528;
const SKIPPABLE_MAGIC: u32 = 0x184d2a50;
const MAX_BLOCK: usize = 128 * 1024;

const MAX_LENGTH_LOG: u32 = 9;
const MAX_OFFSET_LOG: u32 = 8;
const MAX_WEIGHT_LOG: u32 = 6;
const MAX_HUFFMAN_LOG: u32 = 11;
const LITERAL_LENGTH_CODES: u32 = 36;
const MATCH_LENGTH_CODES: u32 = 53;
const OFFSET_CODES: u32 = 32;
const PREDEFINED_OFFSET_CODES: u32 = 29;

// The scratch. Entries of FSE tables are 8 bytes: u16 first next state, u8 bits of the value, u8 bits of the state, u32 value.
const LITERAL_LENGTHS: usize = 0;
const MATCH_LENGTHS: usize = 4096;
const OFFSETS: usize = 8192;
const WEIGHT_STATES: usize = 10240;
/** 2,048 times u8 symbol, u8 bits. */
const HUFFMAN: usize = 10752;
const COUNTS: usize = 14848;
const NEXT_STATES: usize = 15360;
const SPREAD: usize = 15872;
const WEIGHTS: usize = 16384;
const CONSTANTS: usize = 16640;
const LITERALS: usize = 17408;
const SCRATCH: usize = LITERALS + MAX_BLOCK + 64;

// Within the constants: u32 base and u8 bits of each length code; i8 counts of the predefined distributions.
const LITERAL_BASE: usize = CONSTANTS;
const MATCH_BASE: usize = CONSTANTS + 144;
const LITERAL_BITS: usize = CONSTANTS + 356;
const MATCH_BITS: usize = CONSTANTS + 392;
const LITERAL_COUNTS: usize = CONSTANTS + 445;
const MATCH_COUNTS: usize = CONSTANTS + 481;
const OFFSET_COUNTS: usize = CONSTANTS + 534;

/** What a copy may write past its end: literals and matches end with a whole vector, doubling words with 15 bytes. */
const MATCH_MARGIN: usize = 48;

// The frame under way.
let scratch: usize = 0;
let frameStart: usize = 0;
let blockEnd: usize = 0;
let position: usize = 0;
let written: usize = 0;
let limit: usize = 0;
/** The Huffman table's bits, 0 while there is none. */
let huffmanLog: u32 = 0;
/** Accuracy of the tables of literal lengths, match lengths and offsets; -1 while there is none. */
let literalLog: i32 = -1;
let matchLog: i32 = -1;
let offsetLog: i32 = -1;
let recent1: usize = 1;
let recent2: usize = 4;
let recent3: usize = 8;
let literals: usize = 0;
let literalsEnd: usize = 0;
/** Up to here bytes may be read behind the literals. */
let literalsLimit: usize = 0;

/** Bytes of scratch that `decompress` needs, 16-aligned. */
export function scratchBytes(): usize {
  return SCRATCH;
}

/** Where in the scratch the caller puts the constants. */
export function constantsOffset(): usize {
  return CONSTANTS;
}

/**
 * Unpacks the frames from `source` to `sourceEnd` into `target` to `targetEnd`, which they fill exactly, and returns a
 * status. Writes nothing outside but in the scratch, whatever the bytes are. 8 bytes behind the source can be read; the
 * buffers do not overlap.
 */
export function decompress(source: usize, sourceEnd: usize, target: usize, targetEnd: usize, tables: usize): i32 {
  assert(source <= sourceEnd && target <= targetEnd);
  assert(sourceEnd <= target || targetEnd <= source);
  assert((tables & 15) == 0 && (sourceEnd + 8 <= tables || tables + SCRATCH <= source));
  scratch = tables;
  written = target;
  limit = targetEnd;
  while (source < sourceEnd) {
    if (sourceEnd - source < 8) return TRUNCATED;
    const magic = load<u32>(source);
    source += 4;
    if ((magic & 0xfffffff0) == SKIPPABLE_MAGIC) {
      const length = <usize>load<u32>(source);
      source += 4;
      if (length > sourceEnd - source) return TRUNCATED;
      source += length;
      continue;
    }
    if (magic != FRAME_MAGIC) return CORRUPT;
    const status = frame(source, sourceEnd);
    if (status != OK) return status;
    source = position;
  }
  return written == targetEnd ? OK : WRONG_LENGTH;
}

function frame(source: usize, sourceEnd: usize): i32 {
  const descriptor = <u32>load<u8>(source++);
  const sizeFlag = descriptor >>> 6;
  const singleSegment = (descriptor & 32) != 0;
  const hasChecksum = (descriptor & 4) != 0;
  const dictionaryBytes: usize = (1 << (descriptor & 3)) >>> 1;
  if ((descriptor & 8) != 0) return CORRUPT;
  const sizeBytes: usize = sizeFlag == 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag;
  const windowBytes: usize = singleSegment ? 0 : 1;
  const headerBytes = windowBytes + dictionaryBytes + sizeBytes;
  if (sourceEnd - source < headerBytes) return TRUNCATED;
  source += windowBytes;
  for (let i: usize = 0; i < dictionaryBytes; i++) if (load<u8>(source + i) != 0) return DICTIONARY;
  source += dictionaryBytes;
  let size: u64 = 0;
  if (sizeBytes == 1) size = load<u8>(source);
  else if (sizeBytes == 2) size = <u64>load<u16>(source) + 256;
  else if (sizeBytes == 4) size = load<u32>(source);
  else if (sizeBytes == 8) size = load<u64>(source);
  source += sizeBytes;
  if (size > <u64>(limit - written)) return WRONG_LENGTH;

  frameStart = written;
  huffmanLog = 0;
  literalLog = -1;
  matchLog = -1;
  offsetLog = -1;
  recent1 = 1;
  recent2 = 4;
  recent3 = 8;
  for (let last = false; !last; ) {
    if (sourceEnd - source < 3) return TRUNCATED;
    const header = <u32>load<u16>(source) | (<u32>load<u8>(source, 2) << 16);
    source += 3;
    last = (header & 1) != 0;
    const kind = (header >>> 1) & 3;
    const length = <usize>(header >>> 3);
    if (length > MAX_BLOCK) return CORRUPT;
    if (kind == 1) {
      if (source == sourceEnd) return TRUNCATED;
      if (length > limit - written) return WRONG_LENGTH;
      memory.fill(written, load<u8>(source++), length);
      written += length;
      continue;
    }
    if (kind == 3) return CORRUPT;
    if (length > sourceEnd - source) return TRUNCATED;
    if (kind == 0) {
      if (length > limit - written) return WRONG_LENGTH;
      memory.copy(written, source, length);
      written += length;
    } else {
      blockEnd = source + length;
      const status = block(source, sourceEnd);
      if (status != OK) return status;
    }
    source += length;
  }
  if (sizeBytes != 0 && size != <u64>(written - frameStart)) return WRONG_LENGTH;
  if (hasChecksum) {
    if (sourceEnd - source < 4) return TRUNCATED;
    if (load<u32>(source) != <u32>xxhash64(frameStart, written)) return WRONG_CHECKSUM;
    source += 4;
  }
  position = source;
  return OK;
}

function block(source: usize, sourceEnd: usize): i32 {
  position = source;
  let status = readLiterals(sourceEnd);
  if (status != OK) return status;
  source = position;
  if (source == blockEnd) return CORRUPT;
  let sequences = <u32>load<u8>(source++);
  if (sequences >= 128) {
    const bytes: usize = sequences == 255 ? 2 : 1;
    if (blockEnd - source < bytes) return CORRUPT;
    if (sequences == 255) sequences = <u32>load<u16>(source) + 0x7f00;
    else sequences = ((sequences - 128) << 8) | <u32>load<u8>(source);
    source += bytes;
  }
  if (sequences == 0) {
    if (source != blockEnd) return CORRUPT;
    return lastLiterals();
  }
  if (source == blockEnd) return CORRUPT;
  const modes = <u32>load<u8>(source++);
  if ((modes & 3) != 0) return CORRUPT;
  position = source;
  literalLog = sequenceTable(modes >>> 6, LITERAL_LENGTHS, literalLog, MAX_LENGTH_LOG, LITERAL_LENGTH_CODES, LITERAL_COUNTS);
  if (literalLog < 0) return CORRUPT;
  offsetLog = sequenceTable((modes >>> 4) & 3, OFFSETS, offsetLog, MAX_OFFSET_LOG, OFFSET_CODES, OFFSET_COUNTS);
  if (offsetLog < 0) return CORRUPT;
  matchLog = sequenceTable((modes >>> 2) & 3, MATCH_LENGTHS, matchLog, MAX_LENGTH_LOG, MATCH_LENGTH_CODES, MATCH_COUNTS);
  if (matchLog < 0) return CORRUPT;
  status = runSequences(sequences);
  if (status != OK) return status;
  return lastLiterals();
}

/** Writes the literals behind the last sequence. */
function lastLiterals(): i32 {
  const length = literalsEnd - literals;
  if (length > limit - written) return WRONG_LENGTH;
  memory.copy(written, literals, length);
  written += length;
  return OK;
}

/** Reads the literals section at `position`. */
function readLiterals(sourceEnd: usize): i32 {
  let source = position;
  const available = blockEnd - source;
  if (available == 0) return CORRUPT;
  const first = <u32>load<u8>(source);
  const kind = first & 3;
  const format = (first >>> 2) & 3;
  if (kind < 2) {
    const bytes: usize = (format & 1) == 0 ? 1 : format == 1 ? 2 : 3;
    if (available < bytes) return CORRUPT;
    const word = load<u32>(source);
    const length: usize = bytes == 1 ? first >>> 3 : bytes == 2 ? (word & 0xffff) >>> 4 : (word & 0xffffff) >>> 4;
    source += bytes;
    if (length > MAX_BLOCK) return CORRUPT;
    if (kind == 0) {
      if (length > blockEnd - source) return CORRUPT;
      literals = source;
      literalsLimit = sourceEnd;
      position = source + length;
    } else {
      if (source == blockEnd) return CORRUPT;
      literals = scratch + LITERALS;
      literalsLimit = literals + MAX_BLOCK + 64;
      memory.fill(literals, load<u8>(source), length);
      position = source + 1;
    }
    literalsEnd = literals + length;
    return OK;
  }
  const bytes: usize = format < 2 ? 3 : format + 2;
  if (available < bytes) return CORRUPT;
  const bits: u64 = format < 2 ? 10 : format == 2 ? 14 : 18;
  const word = load<u64>(source);
  const length = <usize>lowBits(word >>> 4, bits);
  const packed = <usize>lowBits(word >>> (4 + bits), bits);
  source += bytes;
  if (length > MAX_BLOCK || packed > blockEnd - source) return CORRUPT;
  const end = source + packed;
  if (kind == 2) {
    position = source;
    const status = readHuffmanTable(end);
    if (status != OK) return status;
    source = position;
  } else if (huffmanLog == 0) return CORRUPT;
  literals = scratch + LITERALS;
  literalsLimit = literals + MAX_BLOCK + 64;
  literalsEnd = literals + length;
  position = end;
  return format == 0 ? oneStream(source, end) : fourStreams(source, end);
}

/** Unread bits of the backward stream from `start` to `end`; -1 when its end mark is missing. */
// @ts-ignore: decorator
@inline
function streamBits(start: usize, end: usize): i32 {
  if (end <= start) return -1;
  const last = <u32>load<u8>(end - 1);
  return last == 0 ? -1 : <i32>((end - start) << 3) - 8 + 31 - <i32>clz<u32>(last);
}

function oneStream(start: usize, end: usize): i32 {
  const bits = streamBits(start, end);
  return bits < 0 ? CORRUPT : huffmanStream(start, bits, literals, literalsEnd);
}

/** Decodes symbols to fill `out` to `outEnd`, for which all `bits` of the stream at `start` must be used. */
function huffmanStream(start: usize, bits: i32, out: usize, outEnd: usize): i32 {
  const table = scratch + HUFFMAN;
  const shift = <u64>(64 - huffmanLog);
  while (out < outEnd) {
    if (bits < 0) return CORRUPT;
    const byteEnd = start + (<usize>(bits + 7) >>> 3);
    let word = load<u64>(byteEnd - 8) << <u64>(-bits & 7);
    const stop = min(out + 5, outEnd);
    for (; out < stop; out++) {
      const entry = <u32>load<u16>(table + (<usize>(word >>> shift) << 1));
      store<u8>(out, entry);
      word <<= <u64>(entry >>> 8);
      bits -= <i32>(entry >>> 8);
    }
  }
  return bits == 0 ? OK : CORRUPT;
}

/** The first word of a backward stream, its unread bits at the top, and below the lowest a 1. */
// @ts-ignore: decorator
@inline
function firstWord(end: usize): u64 {
  return (load<u64>(end - 8) | 1) << <u64>(8 - (31 - clz<u32>(<u32>load<u8>(end - 1))));
}

/** Unread bits of a stream from `start` whose word was loaded from `at`. */
// @ts-ignore: decorator
@inline
function bitsLeft(start: usize, at: usize, word: u64): i32 {
  return ((<i32>(at + 8 - start)) << 3) - <i32>ctz(word);
}

function fourStreams(source: usize, end: usize): i32 {
  if (end - source < 6) return CORRUPT;
  const length = literalsEnd - literals;
  const quarter = (length + 3) >>> 2;
  if (quarter * 3 > length) return CORRUPT;
  const start1 = source + 6;
  const start2 = start1 + <usize>load<u16>(source);
  const start3 = start2 + <usize>load<u16>(source, 2);
  const start4 = start3 + <usize>load<u16>(source, 4);
  if (start4 > end) return CORRUPT;
  if (streamBits(start1, start2) < 0 || streamBits(start2, start3) < 0) return CORRUPT;
  if (streamBits(start3, start4) < 0 || streamBits(start4, end) < 0) return CORRUPT;

  const table = scratch + HUFFMAN;
  const shift = <u64>(64 - huffmanLog);
  const out1 = literals;
  const out2 = out1 + quarter;
  const out3 = out2 + quarter;
  const out4 = out3 + quarter;
  let word1 = firstWord(start2);
  let word2 = firstWord(start3);
  let word3 = firstWord(start4);
  let word4 = firstWord(end);
  let at1 = start2 - 8;
  let at2 = start3 - 8;
  let at3 = start4 - 8;
  let at4 = end - 8;
  let done: usize = 0;
  const last = literalsEnd - out4;
  // Each round takes five symbols, 55 bits at most, from every stream; the first stream has the least room before it.
  while (done + 5 <= last && at1 >= start1 + 8 && at2 >= start2 && at3 >= start3 && at4 >= start4) {
    for (const stop = done + 5; done < stop; done++) {
      const entry1 = <u32>load<u16>(table + (<usize>(word1 >>> shift) << 1));
      const entry2 = <u32>load<u16>(table + (<usize>(word2 >>> shift) << 1));
      const entry3 = <u32>load<u16>(table + (<usize>(word3 >>> shift) << 1));
      const entry4 = <u32>load<u16>(table + (<usize>(word4 >>> shift) << 1));
      store<u8>(out1 + done, entry1);
      store<u8>(out2 + done, entry2);
      store<u8>(out3 + done, entry3);
      store<u8>(out4 + done, entry4);
      word1 <<= <u64>(entry1 >>> 8);
      word2 <<= <u64>(entry2 >>> 8);
      word3 <<= <u64>(entry3 >>> 8);
      word4 <<= <u64>(entry4 >>> 8);
    }
    const used1 = <usize>ctz(word1);
    const used2 = <usize>ctz(word2);
    const used3 = <usize>ctz(word3);
    const used4 = <usize>ctz(word4);
    at1 -= used1 >>> 3;
    at2 -= used2 >>> 3;
    at3 -= used3 >>> 3;
    at4 -= used4 >>> 3;
    word1 = (load<u64>(at1) | 1) << <u64>(used1 & 7);
    word2 = (load<u64>(at2) | 1) << <u64>(used2 & 7);
    word3 = (load<u64>(at3) | 1) << <u64>(used3 & 7);
    word4 = (load<u64>(at4) | 1) << <u64>(used4 & 7);
  }
  let status = huffmanStream(start1, bitsLeft(start1, at1, word1), out1 + done, out2);
  status |= huffmanStream(start2, bitsLeft(start2, at2, word2), out2 + done, out3);
  status |= huffmanStream(start3, bitsLeft(start3, at3, word3), out3 + done, out4);
  status |= huffmanStream(start4, bitsLeft(start4, at4, word4), out4 + done, literalsEnd);
  return status == OK ? OK : CORRUPT;
}

/** Reads a Huffman tree description at `position`, which ends before `end`, and builds its table. */
function readHuffmanTable(end: usize): i32 {
  huffmanLog = 0;
  let source = position;
  if (source == end) return CORRUPT;
  const header = <u32>load<u8>(source++);
  const weights = scratch + WEIGHTS;
  let symbols: u32;
  if (header >= 128) {
    symbols = header - 127;
    const bytes = <usize>((symbols + 1) >>> 1);
    if (bytes > end - source) return CORRUPT;
    for (let i: u32 = 0; i < symbols; i += 2) {
      const pair = load<u8>(source + <usize>(i >>> 1));
      store<u8>(weights + i, pair >>> 4);
      store<u8>(weights + i, pair & 15, 1);
    }
    position = source + bytes;
  } else {
    if (<usize>header > end - source) return CORRUPT;
    position = source;
    symbols = readWeights(source + <usize>header);
    if (symbols == 0) return CORRUPT;
    position = source + <usize>header;
  }
  return buildHuffmanTable(symbols);
}

/** Reads weights of symbols, compressed with FSE, from `position` to `end`; returns how many there are, 0 when damaged. */
function readWeights(end: usize): u32 {
  const log = readCounts(end, MAX_WEIGHT_LOG, 16);
  if (log < 0) return 0;
  const table = scratch + WEIGHT_STATES;
  buildStates(table, <u32>log, 16, 0, 0);
  const start = position;
  let bits = streamBits(start, end) - 2 * log;
  if (bits < 0) return 0;
  const mask: u32 = (1 << log) - 1;
  let state1 = <u32>(load<u64>(start + (<usize>(bits + log) >>> 3)) >>> <u64>((bits + log) & 7)) & mask;
  let state2 = <u32>(load<u64>(start + (<usize>bits >>> 3)) >>> <u64>(bits & 7)) & mask;
  const weights = scratch + WEIGHTS;
  let count: u32 = 0;
  while (count < 254) {
    const entry = table + (<usize>state1 << 3);
    store<u8>(weights + count++, load<u32>(entry, 4));
    const taken = <i32>load<u8>(entry, 3);
    bits -= taken;
    if (bits < 0) {
      store<u8>(weights + count++, load<u32>(table + (<usize>state2 << 3), 4));
      return count;
    }
    const value = <u32>(load<u64>(start + (<usize>bits >>> 3)) >>> <u64>(bits & 7)) & ((1 << taken) - 1);
    state1 = state2;
    state2 = <u32>load<u16>(entry) + value;
  }
  return 0;
}

/** Builds the table from the weights of all symbols but the last, which has what is left. */
function buildHuffmanTable(symbols: u32): i32 {
  const weights = scratch + WEIGHTS;
  const ranks = scratch + COUNTS;
  memory.fill(ranks, 0, 64);
  let total: u32 = 0;
  for (let i: u32 = 0; i < symbols; i++) {
    const weight = <u32>load<u8>(weights + i);
    if (weight > MAX_HUFFMAN_LOG) return CORRUPT;
    total += (1 << weight) >>> 1;
    const rank = ranks + (<usize>weight << 2);
    store<u32>(rank, load<u32>(rank) + 1);
  }
  if (total == 0) return CORRUPT;
  const log: u32 = 32 - clz<u32>(total);
  if (log > MAX_HUFFMAN_LOG) return CORRUPT;
  const left: u32 = (1 << log) - total;
  if ((left & (left - 1)) != 0) return CORRUPT;
  const lastWeight: u32 = 32 - clz<u32>(left);
  store<u8>(weights + symbols, lastWeight);
  const lastRank = ranks + (<usize>lastWeight << 2);
  store<u32>(lastRank, load<u32>(lastRank) + 1);
  const longest = load<u32>(ranks, 4);
  if (longest < 2 || (longest & 1) != 0) return CORRUPT;

  // A symbol of weight w has the code of log + 1 - w bits and so 2^(w - 1) entries; the lowest weights come first.
  let next: u32 = 0;
  for (let weight: u32 = 1; weight <= log; weight++) {
    const rank = ranks + (<usize>weight << 2);
    const count = load<u32>(rank);
    store<u32>(rank, next);
    next += count << (weight - 1);
  }
  const table = scratch + HUFFMAN;
  for (let symbol: u32 = 0; symbol <= symbols; symbol++) {
    const weight = <u32>load<u8>(weights + symbol);
    if (weight == 0) continue;
    const rank = ranks + (<usize>weight << 2);
    const from = load<u32>(rank);
    const entries: u32 = 1 << (weight - 1);
    store<u32>(rank, from + entries);
    const entry = symbol | ((log + 1 - weight) << 8);
    let at = table + (<usize>from << 1);
    if (entries < 8) for (let i: u32 = 0; i < entries; i++, at += 2) store<u16>(at, entry);
    else {
      const vector = i16x8.splat(<i16>entry);
      for (let i: u32 = 0; i < entries; i += 8, at += 16) v128.store(at, vector);
    }
  }
  huffmanLog = log;
  return OK;
}

/**
 * Makes the table that a sequences section names: predefined, of one symbol, described at `position`, or the one before.
 * Returns its accuracy, -1 when damaged.
 */
function sequenceTable(mode: u32, offset: usize, known: i32, maxLog: u32, codes: u32, predefined: usize): i32 {
  const table = scratch + offset;
  const base = offset == LITERAL_LENGTHS ? scratch + LITERAL_BASE : offset == MATCH_LENGTHS ? scratch + MATCH_BASE : 0;
  const bits = offset == LITERAL_LENGTHS ? scratch + LITERAL_BITS : offset == MATCH_LENGTHS ? scratch + MATCH_BITS : 0;
  if (mode == 3) return known;
  if (mode == 1) {
    if (position == blockEnd) return -1;
    const symbol = <u32>load<u8>(position++);
    if (symbol >= codes) return -1;
    storeState(table, offset, symbol, 0, 0, base, bits);
    return 0;
  }
  let log: i32;
  if (mode == 0) {
    const count = predefined == OFFSET_COUNTS ? PREDEFINED_OFFSET_CODES : codes;
    const counts = scratch + COUNTS;
    for (let i: u32 = 0; i < count; i++) store<i16>(counts + (i << 1), load<i8>(scratch + predefined + i));
    for (let i = count; i < codes; i++) store<i16>(counts + (i << 1), 0);
    log = predefined == OFFSET_COUNTS ? 5 : 6;
  } else {
    log = readCounts(blockEnd, maxLog, codes);
    if (log < 0) return -1;
  }
  buildStates(table, <u32>log, codes, base, bits);
  return log;
}

/**
 * Reads the description of an FSE table at `position`, which ends before `end`: a count for each of at most `codes`
 * symbols into COUNTS, -1 for a symbol with less than one state. Returns its accuracy, -1 when damaged.
 */
function readCounts(end: usize, maxLog: u32, codes: u32): i32 {
  const start = position;
  if (start >= end) return -1;
  const available = <u32>(end - start) << 3;
  const counts = scratch + COUNTS;
  const log = <u32>(load<u8>(start) & 15) + 5;
  if (log > maxLog) return -1;
  let bit: u32 = 4;
  let left: i32 = 1 << log;
  let symbol: u32 = 0;
  while (left > 0) {
    if (symbol >= codes || bit > available) return -1;
    const width: u32 = 32 - clz<u32>(<u32>left + 1);
    const low: u32 = (1 << (width - 1)) - 1;
    const threshold: u32 = (1 << width) - 2 - <u32>left;
    let value: u32 = (load<u32>(start + (bit >>> 3)) >>> (bit & 7)) & ((1 << width) - 1);
    if ((value & low) < threshold) {
      value &= low;
      bit += width - 1;
    } else {
      if (value > low) value -= threshold;
      bit += width;
    }
    const count = <i32>value - 1;
    left -= count < 0 ? 1 : count;
    store<i16>(counts + (symbol++ << 1), <i16>count);
    if (count == 0) {
      for (let repeat: u32 = 3; repeat == 3; ) {
        if (bit > available) return -1;
        repeat = (<u32>load<u16>(start + (bit >>> 3)) >>> (bit & 7)) & 3;
        bit += 2;
        if (symbol + repeat > codes) return -1;
        for (let i: u32 = 0; i < repeat; i++) store<i16>(counts + (symbol++ << 1), 0);
      }
    }
  }
  if (left != 0 || bit > available) return -1;
  for (; symbol < codes; symbol++) store<i16>(counts + (symbol << 1), 0);
  position = start + ((bit + 7) >>> 3);
  return <i32>log;
}

/** Builds the FSE table of the counts in COUNTS, whose sizes add up to 2^log. */
function buildStates(table: usize, log: u32, codes: u32, base: usize, valueBits: usize): void {
  const counts = scratch + COUNTS;
  const next = scratch + NEXT_STATES;
  const spread = scratch + SPREAD;
  const size: u32 = 1 << log;
  const mask = size - 1;
  const kind = table - scratch;
  let high = size;
  for (let symbol: u32 = 0; symbol < codes; symbol++) {
    const count = load<i16>(counts + (symbol << 1));
    store<u16>(next + (symbol << 1), count < 0 ? 1 : <u16>count);
    if (count < 0) store<u8>(spread + --high, symbol);
  }
  const step = (size >>> 1) + (size >>> 3) + 3;
  let at: u32 = 0;
  for (let symbol: u32 = 0; symbol < codes; symbol++) {
    const count = <i32>load<i16>(counts + (symbol << 1));
    for (let i: i32 = 0; i < count; i++) {
      store<u8>(spread + at, symbol);
      do at = (at + step) & mask;
      while (at >= high);
    }
  }
  for (let state: u32 = 0; state < size; state++) {
    const symbol = <u32>load<u8>(spread + state);
    const to = next + (symbol << 1);
    const number = <u32>load<u16>(to);
    store<u16>(to, number + 1);
    const bits = log - (31 - clz<u32>(number));
    storeState(table + (<usize>state << 3), kind, symbol, (number << bits) - size, bits, base, valueBits);
  }
}

// @ts-ignore: decorator
@inline
function storeState(entry: usize, kind: usize, symbol: u32, next: u32, bits: u32, base: usize, valueBits: usize): void {
  store<u16>(entry, next);
  store<u8>(entry, bits, 3);
  if (base != 0) {
    store<u8>(entry, load<u8>(valueBits + symbol), 2);
    store<u32>(entry, load<u32>(base + (symbol << 2)), 4);
  } else if (kind == OFFSETS) {
    store<u8>(entry, symbol, 2);
    store<u32>(entry, 1 << symbol, 4);
  } else store<u32>(entry, symbol, 4);
}

// @ts-ignore: decorator
@inline
function lowBits(word: u64, bits: u64): u64 {
  return word & (((<u64>1) << bits) - 1);
}

/** Executes the sequences in the bit stream from `position` to `blockEnd`. Exported so that it is compiled by itself: it is hot. */
export function runSequences(sequences: u32): i32 {
  const start = position;
  let left = streamBits(start, blockEnd);
  if (left < 0) return CORRUPT;
  const literalTable = scratch + LITERAL_LENGTHS;
  const matchTable = scratch + MATCH_LENGTHS;
  const offsetTable = scratch + OFFSETS;
  let target = written;
  let from = literals;
  // Unread are the lowest `available` bits of `word`, which was loaded from `at`, and what comes before it.
  let at = blockEnd - 8;
  let word = load<u64>(at);
  let available = <u64>(left - ((<i32>(at - start)) << 3));
  available -= literalLog;
  let literalState = <usize>lowBits(word >>> available, literalLog);
  available -= offsetLog;
  let offsetState = <usize>lowBits(word >>> available, offsetLog);
  available -= matchLog;
  let matchState = <usize>lowBits(word >>> available, matchLog);
  let offset1 = recent1;
  let offset2 = recent2;
  let offset3 = recent3;
  for (;;) {
    let used = (64 - available) >>> 3;
    at -= <usize>used;
    if (at + 8 < start) return CORRUPT;
    available += used << 3;
    word = load<u64>(at);

    const offsetEntry = load<u64>(offsetTable + (offsetState << 3));
    const matchEntry = load<u64>(matchTable + (matchState << 3));
    const literalEntry = load<u64>(literalTable + (literalState << 3));
    const offsetBits = (offsetEntry >>> 16) & 255;
    const matchBits = (matchEntry >>> 16) & 255;
    const literalBits = (literalEntry >>> 16) & 255;
    available -= offsetBits;
    let offset = <usize>((offsetEntry >>> 32) + lowBits(word >>> available, offsetBits));
    if (offsetBits + matchBits + literalBits > 31) {
      used = (64 - available) >>> 3;
      at -= <usize>used;
      if (at + 8 < start) return CORRUPT;
      available += used << 3;
      word = load<u64>(at);
    }
    available -= matchBits;
    const matchLength = <usize>((matchEntry >>> 32) + lowBits(word >>> available, matchBits));
    available -= literalBits;
    const literalLength = <usize>((literalEntry >>> 32) + lowBits(word >>> available, literalBits));

    if (offsetBits == 1) {
      if (literalLength == 0) offset++;
      const known = offset == 2 ? offset2 : offset == 3 ? offset3 : offset1 - 1;
      if (offset != 2) offset3 = offset2;
      offset2 = offset1;
      offset1 = known;
    } else {
      // New, the last one, or the one before that when there are no literals: without branches, since none is the rule.
      const isNew: usize = 0 - <usize>(offset > 3);
      const shift = isNew | (0 - <usize>(literalLength == 0));
      const known = offset1 ^ ((offset1 ^ offset2) & shift);
      const next = known ^ ((known ^ (offset - 3)) & isNew);
      offset3 ^= (offset3 ^ offset2) & isNew;
      offset2 ^= (offset2 ^ offset1) & shift;
      offset1 = next;
    }
    offset = offset1;

    if (sequences > 1) {
      if (offsetBits + matchBits + literalBits > 31) {
        used = (64 - available) >>> 3;
        at -= <usize>used;
        if (at + 8 < start) return CORRUPT;
        available += used << 3;
        word = load<u64>(at);
      }
      const literalStateBits = (literalEntry >>> 24) & 255;
      available -= literalStateBits;
      literalState = <usize>((literalEntry & 0xffff) + lowBits(word >>> available, literalStateBits));
      const matchStateBits = (matchEntry >>> 24) & 255;
      available -= matchStateBits;
      matchState = <usize>((matchEntry & 0xffff) + lowBits(word >>> available, matchStateBits));
      const offsetStateBits = (offsetEntry >>> 24) & 255;
      available -= offsetStateBits;
      offsetState = <usize>((offsetEntry & 0xffff) + lowBits(word >>> available, offsetStateBits));
    }

    if (literalLength > literalsEnd - from) return CORRUPT;
    const room = limit - target;
    if (room < literalLength + matchLength + MATCH_MARGIN || literalLength + 16 > literalsLimit - from) {
      if (room < literalLength + matchLength) return WRONG_LENGTH;
      memory.copy(target, from, literalLength);
      target += literalLength;
      from += literalLength;
      if (offset - 1 >= target - frameStart) return BAD_OFFSET;
      for (const end = target + matchLength; target < end; target++) store<u8>(target, load<u8>(target - offset));
    } else {
      v128.store(target, v128.load(from));
      for (let i: usize = 16; i < literalLength; i += 16) v128.store(target + i, v128.load(from + i));
      target += literalLength;
      from += literalLength;
      if (offset - 1 >= target - frameStart) return BAD_OFFSET;
      let copy = target - offset;
      const end = target + matchLength;
      if (offset >= 8) {
        store<u64>(target, load<u64>(copy));
        store<u64>(target, load<u64>(copy, 8), 8);
        if (matchLength > 16) {
          target += 16;
          copy += 16;
          if (offset >= 16) for (; target < end; target += 16, copy += 16) v128.store(target, v128.load(copy));
          else for (; target < end; target += 8, copy += 8) store<u64>(target, load<u64>(copy));
        }
      } else {
        // The first `offset` bytes repeat: each word from the same place makes twice as many of them right.
        do {
          store<u64>(target, load<u64>(copy));
          target += target - copy;
        } while (target - copy < 8);
        for (; target < end; target += 8, copy += 8) store<u64>(target, load<u64>(copy));
      }
      target = end;
    }
    if (--sequences == 0) break;
  }
  if (((<i32>(at - start)) << 3) + <i32>available != 0) return CORRUPT;
  recent1 = offset1;
  recent2 = offset2;
  recent3 = offset3;
  literals = from;
  written = target;
  return OK;
}
