import { describe, expect, it } from 'vitest';
import { ByteRope } from './byte-rope.ts';

const BYTES = Uint8Array.from({ length: 10 }, (_, i) => i);
const cut = (...at: readonly number[]) =>
  new ByteRope([0, ...at].map((from, i) => BYTES.subarray(from, at[i] ?? BYTES.length)));
const bytes = (from: number, to: number) => [...BYTES.subarray(from, to)];

describe.each([
  ['in one piece', cut()],
  ['in two', cut(4)],
  ['in four, one of them empty', cut(2, 2, 7)],
])('bytes %s', (_, rope) => {
  it('are the same from anywhere to anywhere, in ropes of ropes too', () => {
    for (let from = 0; from <= 10; from++) {
      for (let to = from; to <= 10; to++) {
        const part = rope.rope(from, to);
        expect(part.length).toBe(to - from);
        expect([...rope.slice(from, to)]).toEqual(bytes(from, to));
        expect([...part.slice()]).toEqual(bytes(from, to));
        expect(part.pieces(0, to - from).flatMap((piece) => [...piece])).toEqual(bytes(from, to));
        const target = new Uint8Array(to - from);
        part.copyTo(target, 0);
        expect([...target]).toEqual(bytes(from, to));
        if (part.whole) expect([...part.whole]).toEqual(bytes(from, to));
        const middle = part.rope(part.length >> 1, part.length);
        expect([...middle.slice()]).toEqual(bytes(from + (part.length >> 1), to));
      }
    }
  });

  it('end where the rope ends, not where its pieces do', () => {
    const part = rope.rope(2, 6);
    expect(() => part.slice(0, 5)).toThrow('bytes 0 to 5 of 4');
    expect(() => part.rope(-1, 3)).toThrow('bytes -1 to 3 of 4');
    expect(() => part.pieces(3, 5)).toThrow('bytes 3 to 5 of 4');
    expect(() => part.copyTo(new Uint8Array(3), 2)).toThrow('bytes 2 to 5 of 4');
  });
});

it('tells bytes in one piece from others', () => {
  expect(cut().rope(3, 5).whole).toEqual(BYTES.subarray(3, 5));
  expect(cut(4).whole).toBeNull();
  expect(new ByteRope([]).whole).toBeNull();
  expect(new ByteRope([]).slice()).toEqual(new Uint8Array());
});
