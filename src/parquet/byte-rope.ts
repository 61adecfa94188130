import { InternalError } from '../common/errors.ts';

/** Bytes that lie in one piece or in several. */
export class ByteRope {
  readonly length: number;
  readonly #pieces: readonly Uint8Array[];
  /** Where the rope begins in its pieces. */
  readonly #start: number;

  /** Of the pieces' bytes those from `start` on, `length` of them; default all. */
  constructor(pieces: readonly Uint8Array[], start = 0, length = totalLength(pieces) - start) {
    this.#pieces = pieces;
    this.#start = start;
    this.length = length;
  }

  /** Views of the pieces of `from` to `to`. */
  pieces(from: number, to: number): readonly Uint8Array[] {
    this.#check(from, to);
    const first = this.#start + from;
    const last = this.#start + to;
    const views: Uint8Array[] = [];
    let start = 0;
    for (const piece of this.#pieces) {
      const end = start + piece.length;
      if (start < last && end > first)
        views.push(piece.subarray(Math.max(first - start, 0), Math.min(last, end) - start));
      start = end;
    }
    return views;
  }

  rope(from: number, to: number): ByteRope {
    this.#check(from, to);
    return new ByteRope(this.#pieces, this.#start + from, to - from);
  }

  /** Bytes `from` to `to`: a view where they lie in one piece, else a copy. */
  slice(from = 0, to = this.length): Uint8Array {
    const pieces = this.pieces(from, to);
    if (pieces.length <= 1) return pieces[0] ?? new Uint8Array();
    const whole = new Uint8Array(to - from);
    this.copyTo(whole, from);
    return whole;
  }

  /** Fills `target` with the bytes from `from` on. */
  copyTo(target: Uint8Array, from: number): void {
    const [piece] = this.#pieces;
    if (piece && this.#pieces.length === 1) {
      this.#check(from, from + target.length);
      const start = this.#start + from;
      target.set(piece.subarray(start, start + target.length));
      return;
    }
    let at = 0;
    for (const piece of this.pieces(from, from + target.length)) {
      target.set(piece, at);
      at += piece.length;
    }
  }

  /** All of it as one view; null where it lies in several pieces. */
  get whole(): Uint8Array | null {
    const [piece] = this.#pieces;
    if (piece === undefined || this.#pieces.length > 1) return null;
    return piece.subarray(this.#start, this.#start + this.length);
  }

  #check(from: number, to: number): void {
    if (from < 0 || to > this.length) throw new InternalError(`bytes ${from} to ${to} of ${this.length}`);
  }
}

const totalLength = (pieces: readonly Uint8Array[]) => pieces.reduce((total, { length }) => total + length, 0);
