/** Pieces that have come and are not read yet; how many there can be is bounded by the credit that was given. */
export class PieceQueue<T> {
  readonly #pieces: T[] = [];
  #wake: () => void = () => undefined;
  #ended = false;
  #failure: unknown;

  push(piece: T): void {
    this.#pieces.push(piece);
    this.#wake();
  }

  /** Nothing more comes. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** What has come is worth nothing: the next read throws. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#pieces.length = 0;
    this.#wake();
  }

  /** The next piece; undefined after the last. */
  async next(): Promise<T | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const piece = this.#pieces.shift();
      if (piece !== undefined || this.#ended) return piece;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
