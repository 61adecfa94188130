import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { Arena } from '../../wasm/arena.ts';
import { hybrid, packBits, varint } from '../fixtures/encode.ts';
import { decodeKernels, SLACK } from './kernels.ts';

const arena = new Arena();
const { hybrid: kernel, rows: rowsKernel } = decodeKernels(arena.memory);

function open(bytes: Uint8Array, width: number): number {
  arena.reset();
  const data = arena.allocate(bytes.length + SLACK, 1);
  arena
    .bytes(data, bytes.length + SLACK)
    .fill(0xff)
    .set(bytes);
  const state = arena.allocate(kernel.stateBytes());
  kernel.hybridInit(state, data, data + bytes.length, width);
  return state;
}

const words = (pointer: number, count: number) => Array.from(new Uint32Array(arena.memory.buffer, pointer, count));

describe('codes', () => {
  it.each(Array.from({ length: 33 }, (_, width) => width))('of %d bits, in pieces', (width) => {
    const random = seededRandom(width);
    const values = Array.from({ length: 3000 }, () => Math.floor(random.next() ** 3 * 2 ** width));
    const bytes = hybrid(values, width, random);
    for (const piece of [3000, 1, 7, 33, 500]) {
      const state = open(bytes, width);
      const out = arena.allocate(piece * 4 + SLACK);
      const actual: number[] = [];
      while (actual.length < values.length) {
        const count = Math.min(piece, values.length - actual.length);
        expect(kernel.hybridCodes(state, 0xffffffff, out, count)).toBe(0);
        actual.push(...words(out, count));
        if (random.next() < 0.5) continue;
        const skipped = Math.min(Math.floor(random.next() * piece), values.length - actual.length);
        expect(kernel.hybridSkip(state, skipped)).toBe(0);
        actual.push(...values.slice(actual.length, actual.length + skipped));
      }
      expect(actual).toEqual(values);
    }
  });

  it.each([1, 2, 4, 8, 12, 16])('gather entries of %d bytes', (width) => {
    const random = seededRandom(width);
    const entries = 300;
    const codes = Array.from({ length: 5000 }, () => Math.floor(random.next() ** 3 * entries));
    const bytes = hybrid(codes, 9, random);
    const state = open(bytes, 9);
    const dictionary = arena.allocate(entries * width);
    arena.bytes(dictionary, entries * width).set(random.bytes(entries * width));
    const block = arena.allocate(kernel.blockCodes() * 4);
    const out = arena.allocate(codes.length * width + SLACK);
    const first = 2500;
    expect(kernel.hybridGather(state, dictionary, entries, width, block, out, first)).toBe(0);
    const rest = codes.length - first;
    expect(kernel.hybridGather(state, dictionary, entries, width, block, out + first * width, rest)).toBe(0);
    const expected = Buffer.concat(codes.map((code) => arena.bytes(dictionary + code * width, width)));
    expect(Buffer.compare(arena.bytes(out, codes.length * width), expected)).toBe(0);
  });

  it('beyond the dictionary are noticed, padding is not', () => {
    const packed = Uint8Array.of(...varint(3), ...packBits([1, 2, 3, 7, 7, 7, 7, 7], 3));
    const state = open(packed, 3);
    const out = arena.allocate(64);
    expect(kernel.hybridCodes(state, 4, out, 3)).toBe(0);
    expect(words(out, 3)).toEqual([1, 2, 3]);
    expect(kernel.hybridCodes(state, 4, out, 1)).toBe(2);
    const dictionary = arena.allocate(64);
    const block = arena.allocate(kernel.blockCodes() * 4);
    for (const repeats of [4, 100]) {
      const run = open(Uint8Array.of(...varint(repeats * 2), 4), 3);
      expect(kernel.hybridGather(run, dictionary, 4, 8, block, out, 4)).toBe(2);
    }
  });

  it.each<[string, Uint8Array, number]>([
    ['nothing', Uint8Array.of(), 3],
    ['a header that does not end', Uint8Array.of(0x80, 0x80), 3],
    ['a header of more than 32 bits', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x01), 3],
    ['a run without its value', Uint8Array.of(8), 3],
    ['empty runs only', Uint8Array.of(0, 1, 0, 1, 1, 1), 3],
    ['a packed run that is cut off', Uint8Array.of(3, 0xff), 3],
    ['half of a value', Uint8Array.of(8, 1), 9],
  ])('%s ends too early', (_what, bytes, width) => {
    const state = open(bytes, width);
    const target = arena.allocate(1024);
    expect(kernel.hybridCodes(state, 1000, target, 4)).toBe(1);
    expect(kernel.hybridSkip(open(bytes, width), 4)).toBe(1);
  });
});

describe('levels', () => {
  it('are bits from any bit on', () => {
    const random = seededRandom(5);
    for (let i = 0; i < 50; i++) {
      const share = random.next();
      const levels = Array.from({ length: 400 }, () => (random.next() < share ? 1 : 0));
      const state = open(hybrid(levels, 1, random), 1);
      const bitmap = arena.allocate(64 + 8);
      arena.bytes(bitmap, 72).fill(0);
      const from = Math.floor(random.next() * 20);
      let present = 0;
      for (let at = 0; at < levels.length; ) {
        const count = Math.min(1 + Math.floor(random.next() * 150), levels.length - at);
        present += kernel.hybridLevels(state, bitmap, from + at, count);
        at += count;
      }
      expect(present).toBe(levels.filter((level) => level === 1).length);
      const bits = Array.from(
        { length: 64 * 8 },
        (_, bit) => ((arena.bytes(bitmap, 64)[bit >>> 3] as number) >>> (bit & 7)) & 1,
      );
      expect(bits.slice(from, from + 400)).toEqual(levels);
      expect(bits.filter(Boolean)).toHaveLength(present);
    }
  });

  it('other than 0 and 1 are refused', () => {
    expect(kernel.hybridLevels(open(Uint8Array.of(16, 2), 1), 0, 0, 8)).toBe(-1);
    expect(kernel.hybridLevels(open(Uint8Array.of(16, 1), 1), 0, 0, 9)).toBe(-1);
  });
});

it.each([1, 2, 4, 8, 16])('rows of %d bytes are spread in place and elsewhere', (width) => {
  const random = seededRandom(width);
  for (let i = 0; i < 20; i++) {
    arena.reset();
    const rows = 1 + Math.floor(random.next() * 200);
    const from = Math.floor(random.next() * 9);
    const bits = Array.from({ length: rows }, () => random.next() < 0.6);
    const present = bits.filter(Boolean).length;
    const bitmap = arena.allocate(64);
    arena.bytes(bitmap, 64).set(packBits([...new Array(from).fill(1), ...bits.map(Number)], 1));
    const values = random.bytes(present * width);
    const data = arena.allocate(rows * width + SLACK);
    arena.bytes(data, values.length).set(values);
    const other = arena.allocate(rows * width + SLACK);
    rowsKernel.spread(bitmap, from, rows, data, present, other, width);
    rowsKernel.spread(bitmap, from, rows, data, present, data, width);
    let next = 0;
    const positions = bits.map((bit) => (bit ? next++ : -1));
    const expected = Buffer.concat(
      positions.map((at) => (at < 0 ? new Uint8Array(width) : values.subarray(at * width, (at + 1) * width))),
    );
    expect(Buffer.compare(arena.bytes(data, rows * width), expected)).toBe(0);
    expect(Buffer.compare(arena.bytes(other, rows * width), expected)).toBe(0);
  }
});

it('bounds are the least and the greatest value', () => {
  const random = seededRandom(9);
  for (let count = 1; count < 70; count++) {
    arena.reset();
    const data = arena.allocate(count * 8);
    const out = arena.allocate(16);
    arena.bytes(data, count * 8).set(random.bytes(count * 8));
    const read = () => [arena.view().getBigInt64(out, true), arena.view().getBigInt64(out + 8, true)];
    const check = (values: readonly (number | bigint)[]) => {
      const sorted = values.map(BigInt).sort((a, b) => (a < b ? -1 : 1));
      expect(read()).toEqual([sorted[0], sorted.at(-1)]);
    };
    rowsKernel.bounds64(data, count, out);
    check([...new BigInt64Array(arena.memory.buffer, data, count)]);
    for (const shift of [0n, 20n, 33n, 40n, 63n]) {
      const values = new BigInt64Array(arena.memory.buffer, data, count);
      values.set(values.map((value) => value >> shift));
      rowsKernel.outerBounds64(data, count, out);
      const [least, greatest] = read() as [bigint, bigint];
      const sorted = [...values].sort((a, b) => (a < b ? -1 : 1)) as [bigint, ...bigint[]];
      const [low, high] = [sorted[0], sorted.at(-1) as bigint];
      expect([least <= low, greatest >= high, least >> 32n, greatest >> 32n]).toEqual([
        true,
        true,
        low >> 32n,
        high >> 32n,
      ]);
      if (low >> 32n === high >> 32n || (low >> 32n === -1n && high >> 32n === 0n)) {
        expect([least, greatest]).toEqual([low, high]);
      }
      arena.bytes(data, count * 8).set(random.bytes(count * 8));
    }
    rowsKernel.bounds32(data, count, false, out);
    check([...new Int32Array(arena.memory.buffer, data, count)]);
    rowsKernel.bounds32(data, count, true, out);
    check([...new Uint32Array(arena.memory.buffer, data, count)]);
  }
});
