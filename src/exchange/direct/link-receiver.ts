import type { Duplex } from 'node:stream';
import { toWireError } from '../../common/errors.ts';
import { encodeWire } from '../../common/wire.ts';
import { FrameSocket } from './frame-socket.ts';
import { creditOf, errorFrame, FRAME, type Frame, numberFrame, signalFrame } from './frames.ts';
import { linkLost } from './link-errors.ts';
import { peerError } from './peer-error.ts';
import { PieceCount } from './piece-count.ts';

const BEAT = signalFrame(FRAME.beat);

export interface ReceivedPiece {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** Called when the piece is used up: the producer may send as much again. */
  release(): void;
}

export interface LinkReceiverOptions {
  /** As errors name it. */
  readonly name: string;
  /** Bytes that may be on their way or wait here; one piece more may overdraw it. */
  readonly window: number;
  onPiece(piece: ReceivedPiece): void;
  /** All that was sent has come. */
  onEnd(): void;
  onLost(error: Error): void;
}

type ReceiverState = 'open' | 'ended' | 'stopped' | 'closed';

/** The consumer's end of a link: takes the connection, gives credit, and verifies the end. */
export class LinkReceiver {
  readonly #socket: FrameSocket;
  readonly #options: LinkReceiverOptions;
  readonly #count: PieceCount;
  #state: ReceiverState = 'open';
  #owed = 0;
  #onClosed: () => void = () => undefined;
  /** The connection is closed. */
  readonly closed = new Promise<void>((resolve) => {
    this.#onClosed = resolve;
  });

  constructor(socket: Duplex, options: LinkReceiverOptions) {
    this.#options = options;
    this.#count = new PieceCount(options.name);
    this.#socket = new FrameSocket(socket, {
      onFrame: (frame) => this.#receive(frame),
      onClose: (why, cause) => {
        this.#lose(linkLost(options.name, why, cause));
        this.#onClosed();
      },
    });
    void this.#socket.write(numberFrame(FRAME.accept, options.window));
  }

  /** Tells the producer that no more rows are wanted; what still comes is dropped. */
  stop(): void {
    if (this.#state !== 'open') return;
    this.#state = 'stopped';
    void this.#socket.write(signalFrame(FRAME.stop));
  }

  /** Tells the producer why no more rows are taken. */
  async fail(error: unknown): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    await this.#socket.write(errorFrame(encodeWire(toWireError(error))));
  }

  tick(silentTicks: number): void {
    this.#socket.tick(BEAT, silentTicks);
  }

  destroy(why: string): void {
    this.#socket.destroy(why);
  }

  #receive({ kind, body }: Frame): void {
    if (this.#state !== 'open') return;
    switch (kind) {
      case FRAME.piece: {
        const { rows, bytes } = this.#count.piece(body);
        this.#options.onPiece({ rows, bytes, release: () => this.#release(creditOf(bytes.length)) });
        return;
      }
      case FRAME.end:
        this.#count.end(body);
        this.#state = 'ended';
        void this.#socket.write(signalFrame(FRAME.done));
        this.#options.onEnd();
        return;
      case FRAME.error:
        this.#lose(peerError(this.#options.name, body));
        return;
      case FRAME.beat:
        return;
      default:
        throw this.#count.mismatch(`a frame of kind ${kind}`);
    }
  }

  /** Credit goes back in lots; what is owed stays below a quarter of the window, so that the producer never waits for it. */
  #release(credit: number): void {
    this.#owed += credit;
    if (this.#state !== 'open' || this.#owed < this.#options.window / 4) return;
    void this.#socket.write(numberFrame(FRAME.credit, this.#owed));
    this.#owed = 0;
  }

  #lose(error: Error): void {
    const wasOpen = this.#state === 'open';
    if (wasOpen) this.#state = 'closed';
    this.#socket.destroy(error.message);
    if (wasOpen) this.#options.onLost(error);
  }
}
