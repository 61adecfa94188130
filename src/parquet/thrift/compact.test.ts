import { describe, expect, it } from 'vitest';
import { ExecutionError } from '../../common/errors.ts';
import { CompactReader, WIRE } from './compact-reader.ts';
import { encodeThrift } from './compact-writer.ts';

const reader = (bytes: Uint8Array | readonly number[]) =>
  new CompactReader(Uint8Array.from(bytes), (why) => new ExecutionError('SQ3102', why));

describe('what is written is read', () => {
  it.each([0, 1, -1, 63, 64, -64, -65, 2147483647, -2147483648])('i32 %i', (value) => {
    const read = reader(encodeThrift({ 1: { i32: value } }));
    read.struct(WIRE.STRUCT, (_id, type) => expect(read.i32(type)).toBe(value));
  });

  it.each([0, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 40 + 1, 2 ** 52 - 1, -(2 ** 52) + 1])('i64 %d', (value) => {
    const read = reader(encodeThrift({ 1: { i64: value } }));
    read.struct(WIRE.STRUCT, (_id, type) => expect(read.i64(type)).toBe(value));
  });

  it('fields far apart, bools, bytes, strings and lists', () => {
    const list = Array.from({ length: 20 }, (_, i) => ({ i32: i }));
    const bytes = encodeThrift({
      1: { bool: true },
      2: { bool: false },
      3: { i8: -7 },
      40: { binary: 'ü' },
      41: { list },
    });
    const read = reader(bytes);
    const seen: unknown[] = [];
    read.struct(WIRE.STRUCT, (id, type) => {
      if (id <= 2) seen.push(read.bool(type));
      else if (id === 3) seen.push(read.i8(type));
      else if (id === 40) seen.push(read.string(type));
      else read.list(type, (element) => seen.push(read.i32(element)));
    });
    expect(seen).toEqual([true, false, -7, 'ü', ...list.map(({ i32 }) => i32)]);
    expect(read.remaining).toBe(0);
  });

  it('unknown fields of every type are skipped', () => {
    const known = { 1: { list: [{ bool: true }, { bool: false }] }, 2: { struct: { 1: { i64: 5 } } }, 3: { i8: 1 } };
    const double = [0x47, 0, 0, 0, 0, 0, 0, 0, 0];
    const map = [0x1b, 2, 0x58, 2, 1, 97, 4, 1, 98];
    const emptyMap = [0x1b, 0];
    const uuid = [0x1d, ...Array.from({ length: 16 }, () => 9)];
    const bytes = [...encodeThrift(known).subarray(0, -1), ...double, ...map, ...emptyMap, ...uuid, 0];
    const read = reader(bytes);
    const ids: number[] = [];
    read.struct(WIRE.STRUCT, (id, type) => {
      ids.push(id);
      read.skip(type);
    });
    expect(ids).toEqual([1, 2, 3, 7, 8, 9, 10]);
    expect(read.remaining).toBe(0);
  });
});

describe('what is refused', () => {
  it.each<[string, readonly number[], string]>([
    ['an end inside a struct', [0x15], 'unexpected end at byte 1'],
    [
      'a number without end',
      [0x15, ...Array.from({ length: 11 }, () => 0xff)],
      'a number of more than 64 bits at byte 11',
    ],
    ['a number of 64 bits', [0x16, ...Array.from({ length: 9 }, () => 0xff), 1], 'a number beyond 53 bits at byte 11'],
    ['an i32 of 33 bits', [0x15, 0xff, 0xff, 0xff, 0xff, 0x1f], 'a number beyond 32 bits at byte 6'],
    ['bytes longer than what is left', [0x18, 100, 1], '100 bytes where 1 are left at byte 2'],
    [
      'a list longer than what is left',
      [0x19, 0xf5, 0xff, 0xff, 3, 0],
      'a list of 65535 elements in 1 bytes at byte 5',
    ],
    ['another type', [0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0], 'an i32 was expected, not wire type 7 at byte 1'],
  ])('%s', (_what, bytes, message) => {
    const read = reader(bytes);
    const run = () =>
      read.struct(WIRE.STRUCT, (_id, type) => {
        if (type === WIRE.BINARY) read.binary(type);
        else if (type === WIRE.LIST) read.list(type, (element) => read.skip(element, true));
        else if (type === WIRE.I64) read.i64(type);
        else read.i32(type);
      });
    expect(run).toThrow(new ExecutionError('SQ3102', message));
  });

  it('an unknown wire type, a list or map beyond the end, lists nested without end', () => {
    expect(() => reader([0]).skip(15)).toThrow('unknown wire type 15 at byte 0');
    expect(() => reader([0xff, 1]).skip(WIRE.MAP)).toThrow('a map of 255 entries in 0 bytes at byte 2');
    expect(() => reader(Array.from({ length: 100 }, () => 0x19)).skip(WIRE.LIST)).toThrow(
      'structures nested deeper than 32 at byte 32',
    );
  });
});
