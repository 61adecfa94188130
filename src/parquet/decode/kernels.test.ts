import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { Arena } from '../../wasm/arena.ts';
import { signedBigEndian } from '../encoded-values.ts';
import { byteStreamSplit, packBits } from '../fixtures/encode.ts';
import { decodeKernels, SLACK } from './kernels.ts';

const arena = new Arena();
const { values, convert } = decodeKernels(arena.memory);

/** The bytes at any address, with bytes behind that mean nothing. */
function place(bytes: Uint8Array, align = 1): number {
  const pointer = arena.allocate(bytes.length + SLACK, align);
  arena
    .bytes(pointer, bytes.length + SLACK)
    .fill(0xbf)
    .set(bytes);
  return pointer;
}

describe('UTF-8', () => {
  const isText = (bytes: Uint8Array): boolean => {
    arena.reset();
    const pointer = place(bytes);
    const view = arena.allocate(8);
    arena.view().setUint32(view, pointer, true);
    arena.view().setUint32(view + 4, bytes.length, true);
    return values.areText(view, 1) !== 0;
  };

  it('of every sequence of two bytes, and of three and four with bytes of interest', () => {
    const bytes = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1];
    bytes.push(0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff);
    const check = (sequence: readonly number[]) => {
      const text = Uint8Array.from(sequence);
      if (isText(text) !== isUtf8(text)) expect(sequence).toBe(isUtf8(text) ? 'UTF-8' : 'not UTF-8');
    };
    for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) check([a, b]);
    for (const a of bytes) {
      for (const b of bytes) {
        for (const c of bytes) {
          check([a, b, c]);
          for (const d of bytes) if (a >= 0xf0) check([a, b, c, d]);
        }
      }
    }
  });

  it('at any place of strings of any length', () => {
    const random = seededRandom(1);
    const letters = [
      'a',
      'ż',
      '漢',
      '🦆',
      '\0',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
    ];
    let invalid = 0;
    for (let i = 0; i < 5000; i++) {
      const ascii = random.next();
      const text = Array.from({ length: Math.floor(random.next() * 40) }, () =>
        random.next() < ascii ? 'x' : (letters[Math.floor(random.next() * letters.length)] as string),
      ).join('');
      const bytes = Uint8Array.from(Buffer.from(text));
      if (random.next() < 0.5 && bytes.length > 0) {
        bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
      }
      const cut = random.next() < 0.3 ? bytes.subarray(0, Math.floor(random.next() * bytes.length)) : bytes;
      if (!isUtf8(cut)) invalid++;
      expect(isText(cut), Buffer.from(cut).toString('hex')).toBe(isUtf8(cut));
    }
    expect(invalid).toBeGreaterThan(1000);
  });

  it('of byte arrays behind their lengths, long ones too', () => {
    const random = seededRandom(2);
    for (let i = 0; i < 300; i++) {
      arena.reset();
      const strings = Array.from({ length: 1 + Math.floor(random.next() * 150) }, () =>
        Buffer.from((random.next() < 0.1 ? 'ü' : 'u').repeat(Math.floor(random.next() ** 4 * 300))),
      );
      const broken = random.next() < 0.3;
      const last = strings.at(-1) as Buffer;
      if (broken) strings[strings.length - 1] = Buffer.concat([last, Buffer.from([0xe2, 0x82])]);
      const lengths = strings.map(({ length }) => Uint8Array.of(length & 255, length >> 8, 0, 0));
      const page = Buffer.concat(strings.flatMap((string, s) => [lengths[s] as Uint8Array, string]));
      const start = place(page);
      const views = arena.allocate(strings.length * 8);
      const end = start + page.length;
      const state = arena.allocate(values.plainBytes());
      const begin = () => values.plainInit(state, start, end);
      begin();
      expect(values.plainViews(state, end, strings.length, true, views)).toBe(broken ? -2 : strings.length);
      begin();
      expect(values.plainSkip(state, end, strings.length)).toBe(strings.length);
      begin();
      let done = 0;
      for (let ready = start; done < strings.length; ready += Math.floor(random.next() * (end - ready + 1))) {
        done += values.plainViews(state, ready, strings.length - done, false, views + done * 8);
      }
      const seen = strings.map((_, s) =>
        arena.bytes(arena.view().getUint32(views + s * 8, true), arena.view().getUint32(views + s * 8 + 4, true)),
      );
      expect(Buffer.compare(Buffer.concat(seen), Buffer.concat(strings))).toBe(0);
    }
  });
});

it.each(Array.from({ length: 20 }, (_, i) => i + 1))('big-endian integers of %d bytes', (length) => {
  const random = seededRandom(length);
  const limit = 10n ** 38n;
  for (let i = 0; i < 60; i++) {
    arena.reset();
    const bytes = random.bytes(length * 3);
    // Long ones fit only when their first bytes repeat the sign.
    for (let value = 0; value < 3; value++) {
      const sign = random.next() < 0.5 ? 0 : 255;
      const small = Math.floor(random.next() * length);
      bytes.fill(sign, value * length, value * length + Math.max(small, length - 15));
    }
    const source = place(bytes);
    const parameters = arena.allocate(64);
    const out = arena.allocate(48);
    const set = (at: number, value: bigint) => {
      arena.view().setBigUint64(at, BigInt.asUintN(64, value), true);
      arena.view().setBigInt64(at + 8, BigInt.asIntN(64, value >> 64n), true);
    };
    const get = (at: number) => (arena.view().getBigInt64(at + 8, true) << 64n) | arena.view().getBigUint64(at, true);
    const factor = 10n ** BigInt(Math.floor(random.next() * 3));
    set(parameters, factor);
    set(parameters + 16, limit / factor);
    const expected = [0, 1, 2].map((n) => signedBigEndian(bytes.subarray(n * length, (n + 1) * length)));
    const bad = expected.findIndex((value) => value >= limit / factor || value <= -limit / factor);
    expect(convert.decimals(4, source, length, 3, parameters, 16, out)).toBe(bad);
    if (bad >= 0) continue;
    const scaled = expected.map((value) => value * factor);
    expect([0, 1, 2].map((n) => get(out + n * 16))).toEqual(scaled);
    const sorted = scaled.sort((a, b) => (a < b ? -1 : 1));
    expect([get(parameters + 32), get(parameters + 48)]).toEqual([sorted[0], sorted[2]]);
  }
});

it.each([1, 2, 3, 4, 8, 16])('streams of %d bytes are joined from any value on', (width) => {
  const random = seededRandom(width);
  for (const count of [1, 15, 16, 17, 100]) {
    arena.reset();
    const plain = random.bytes(count * width);
    const split = byteStreamSplit(
      Array.from({ length: count }, (_, i) => plain.subarray(i * width, (i + 1) * width)),
      width,
    );
    const source = place(split);
    const out = arena.allocate(count * width + SLACK);
    for (const from of [0, Math.floor(count / 3)]) {
      values.joinStreams(source, count, from, count - from, width, out);
      expect(Buffer.compare(arena.bytes(out, (count - from) * width), plain.subarray(from * width))).toBe(0);
    }
  }
});

it('bits become bytes, from any bit on', () => {
  const random = seededRandom(3);
  const bits = Array.from({ length: 100 }, () => (random.next() < 0.5 ? 1 : 0));
  const source = place(packBits(bits, 1));
  const out = arena.allocate(128);
  for (let from = 0; from < 20; from++) {
    for (const count of [0, 1, 7, 8, 9, 80]) {
      values.unpackBits(source, from, count, out);
      expect([...arena.bytes(out, count)]).toEqual(bits.slice(from, from + count));
    }
  }
});
