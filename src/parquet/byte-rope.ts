import { InternalError } from '../common/errors.ts';

/** Bytes that lie in one piece or in several. */
export class ByteRope {
  readonly length: number;
  readonly #pieces: readonly Uint8Array[];

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
    this.length = pieces.reduce((total, { length }) => total + length, 0);
  }

  /** Views of the pieces of `from` to `to`. */
  *pieces(from: number, to: number): Generator<Uint8Array> {
    if (from < 0 || to > this.length) throw new InternalError(`bytes ${from} to ${to} of ${this.length}`);
    let start = 0;
    for (const piece of this.#pieces) {
      const end = start + piece.length;
      if (start < to && end > from) yield piece.subarray(Math.max(from - start, 0), Math.min(to, end) - start);
      start = end;
    }
  }

  rope(from: number, to: number): ByteRope {
    return new ByteRope([...this.pieces(from, to)]);
  }

  /** Bytes `from` to `to`: a view where they lie in one piece, else a copy. */
  slice(from = 0, to = this.length): Uint8Array {
    const pieces = [...this.pieces(from, to)];
    if (pieces.length <= 1) return pieces[0] ?? new Uint8Array();
    const whole = new Uint8Array(to - from);
    this.copyTo(whole, from);
    return whole;
  }

  /** Fills `target` with the bytes from `from` on. */
  copyTo(target: Uint8Array, from: number): void {
    let at = 0;
    for (const piece of this.pieces(from, from + target.length)) {
      target.set(piece, at);
      at += piece.length;
    }
  }
}
