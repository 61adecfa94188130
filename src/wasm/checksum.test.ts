import { expect, it } from 'vitest';
import { seededRandom } from '../common/clock.ts';
import { crc32c, crc64nvme } from './checksum.ts';

const text = (value: string) => new TextEncoder().encode(value);

it.each([
  ['', 0, 0n],
  ['123456789', 0xe3069283, 0xae8b14860a799888n],
  ['a', 0xc1d04330, bitwise64(text('a'))],
])('has the published values of %j', (input, narrow, wide) => {
  expect(crc32c(text(input))).toBe(narrow);
  expect(crc64nvme(text(input))).toBe(wide);
});

it('has the values of RFC 3720 for 32 bytes', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

it('agrees with one bit at a time, in one piece and in any two', () => {
  const bytes = seededRandom(7).bytes(300);
  for (let length = 0; length <= bytes.length; length += 7) {
    const data = bytes.subarray(0, length);
    const [narrow, wide] = [bitwise32(data), bitwise64(data)];
    expect(crc32c(data)).toBe(narrow);
    expect(crc64nvme(data)).toBe(wide);
    const cut = length >> 1;
    expect(crc32c(data.subarray(cut), crc32c(data.subarray(0, cut)))).toBe(narrow);
    expect(crc64nvme(data.subarray(cut), crc64nvme(data.subarray(0, cut)))).toBe(wide);
  }
});

it('takes more than fits the staging area', () => {
  const bytes = seededRandom(8).bytes(600_001);
  const pieces = [bytes.subarray(0, 99_999), bytes.subarray(99_999, 100_000), bytes.subarray(100_000)];
  expect(pieces.reduce((crc, piece) => crc32c(piece, crc), 0)).toBe(crc32c(bytes));
  expect(pieces.reduce((crc, piece) => crc64nvme(piece, crc), 0n)).toBe(crc64nvme(bytes));
  expect(crc32c(bytes)).toBe(bitwise32(bytes));
});

function bitwise32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

function bitwise64(data: Uint8Array): bigint {
  let crc = 0xffffffffffffffffn;
  for (const byte of data) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x9a6c9329ac4bc9b5n : 0n);
  }
  return BigInt.asUintN(64, ~crc);
}
