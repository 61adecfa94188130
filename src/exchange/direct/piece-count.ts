import type { InvokeError } from '../../common/errors.ts';
import { readEnd, readPiece } from './frames.ts';
import { linkMismatch } from './link-errors.ts';

/** Counts what came from a producer, over a link or through an object, against what its end frame says. */
export class PieceCount {
  readonly #pair: string;
  #rows = 0;
  #bytes = 0;
  #pieces = 0;

  constructor(pair: string) {
    this.#pair = pair;
  }

  piece(body: Uint8Array): { readonly rows: number; readonly bytes: Uint8Array } {
    const piece = readPiece(body);
    if (!piece) throw this.mismatch('a piece without its rows');
    this.#rows += piece.rows;
    this.#bytes += piece.bytes.length;
    this.#pieces++;
    return piece;
  }

  /** Throws InvokeError SQ6012 when something else came than was sent. */
  end(body: Uint8Array): void {
    const end = readEnd(body);
    if (!end) throw this.mismatch('an end without its counts');
    const text = (rows: number, bytes: number, pieces: number) => `${rows} rows in ${bytes} bytes and ${pieces} pieces`;
    const [came, sent] = [text(this.#rows, this.#bytes, this.#pieces), text(end.rows, end.bytes, end.pieces)];
    if (came !== sent) throw this.mismatch(`${came} came, ${sent} were sent`);
  }

  mismatch(why: string): InvokeError {
    return linkMismatch(this.#pair, why);
  }
}
