import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  creditOf,
  endFrame,
  errorFrame,
  FRAME,
  FrameParser,
  numberFrame,
  pieceFrame,
  readEnd,
  readNumber,
  readPiece,
  signalFrame,
} from './frames.ts';

const parse = (parser: FrameParser, ...chunks: Uint8Array[]) => chunks.flatMap((chunk) => [...parser.push(chunk)]);

describe('frames', () => {
  it('come out as they went in, wherever the bytes are cut', () => {
    const piece = fc.record({
      bytes: fc.uint8Array({ maxLength: 40 }),
      rows: fc.integer({ min: 0, max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.integer({ min: 1, max: 12 })), (pieces, cuts) => {
        const all = Buffer.concat([
          ...pieces.map(({ bytes, rows }) => pieceFrame(bytes, rows)),
          signalFrame(FRAME.beat),
        ]);
        const parser = new FrameParser();
        const frames = [];
        for (let at = 0, i = 0; at < all.length; i++) {
          const size = cuts.length === 0 ? all.length : cuts[i % cuts.length]!;
          frames.push(...parser.push(all.subarray(at, at + size)));
          at += size;
        }
        expect(frames.pop()).toEqual({ kind: FRAME.beat, body: new Uint8Array(0) });
        expect(frames.map(({ body }) => readPiece(body))).toEqual(pieces);
        expect(parser.midFrame).toBe(false);
      }),
    );
  });

  it('know when they are cut short', () => {
    const parser = new FrameParser();
    const bytes = pieceFrame(new Uint8Array([1, 2, 3]), 1);
    expect(parse(parser, bytes.subarray(0, 7))).toEqual([]);
    expect(parser.midFrame).toBe(true);
    expect(parse(parser, bytes.subarray(7))).toHaveLength(1);
    expect(parser.midFrame).toBe(false);
  });

  it('of a length that none has are refused before memory is taken', () => {
    const header = Buffer.from([0xff, 0xff, 0xff, 0xff, FRAME.piece]);
    expect(() => parse(new FrameParser(), header)).toThrow(new RangeError('a frame of 4294967295 bytes'));
  });

  it('with bodies of another size are none', () => {
    expect(readNumber(new Uint8Array(3))).toBeNull();
    expect(readPiece(new Uint8Array(3))).toBeNull();
    expect(readEnd(new Uint8Array(19))).toBeNull();
  });

  it('count beyond 32 bits', () => {
    const end = { rows: 2 ** 40 + 1, bytes: 2 ** 45 + 3, pieces: 7 };
    expect(readEnd(parse(new FrameParser(), endFrame(end))[0]!.body)).toEqual(end);
    expect(readNumber(parse(new FrameParser(), numberFrame(FRAME.credit, 4_000_000_000))[0]!.body)).toBe(4_000_000_000);
  });

  it('copy what they are given', () => {
    const bytes = new Uint8Array([1, 2]);
    const frame = pieceFrame(bytes, 1);
    bytes.fill(9);
    expect(readPiece(parse(new FrameParser(), frame)[0]!.body)?.bytes).toEqual(new Uint8Array([1, 2]));
    expect(parse(new FrameParser(), errorFrame('é'))[0]!.body).toEqual(new Uint8Array(Buffer.from('é')));
  });

  it('cost credit even when they are empty', () => expect(creditOf(0)).toBe(9));
});
