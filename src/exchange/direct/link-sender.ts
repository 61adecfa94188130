import type { Duplex } from 'node:stream';
import { toWireError } from '../../common/errors.ts';
import { encodeWire } from '../../common/wire.ts';
import { FrameSocket } from './frame-socket.ts';
import { creditOf, endFrame, errorFrame, FRAME, type Frame, pieceFrame, readNumber, signalFrame } from './frames.ts';
import { linkLost, linkMismatch } from './link-errors.ts';
import { peerError } from './peer-error.ts';

const BEAT = signalFrame(FRAME.beat);

export interface LinkSenderOptions {
  /** As errors name it. */
  readonly name: string;
  /** The consumer has chosen this connection, out of those that came about. */
  onAccepted(): void;
  /** The connection is closed; before it was accepted that is no harm. */
  onClosed(): void;
  /** The link broke, or the consumer has failed, after it was accepted and before it was done. */
  onLost(error: Error): void;
}

type SenderState = 'offered' | 'open' | 'ending' | 'done' | 'stopped' | 'closed';

/** The producer's end of a link: sends as much as the consumer gives credit for. */
export class LinkSender {
  readonly #socket: FrameSocket;
  readonly #options: LinkSenderOptions;
  #state: SenderState = 'offered';
  #credit = 0;
  readonly #waiting: (() => void)[] = [];
  #sent = { rows: 0, bytes: 0, pieces: 0 };
  #onDone: () => void = () => undefined;
  readonly #done = new Promise<void>((resolve) => {
    this.#onDone = resolve;
  });

  constructor(socket: Duplex, options: LinkSenderOptions) {
    this.#options = options;
    this.#socket = new FrameSocket(socket, {
      onFrame: (frame) => this.#receive(frame),
      onClose: (why, cause) => this.#closed(why, cause),
    });
  }

  /** The consumer wants no more rows. */
  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  /**
   * Sends one Arrow IPC stream when there is credit: while any is left the next piece may overdraw it, so that a piece larger than
   * all credit passes too. Resolves when the system has taken the bytes; at once when the consumer wants no more, or the link is lost.
   */
  async send(bytes: Uint8Array, rows: number): Promise<void> {
    while (this.#state === 'open' && this.#credit <= 0)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#state !== 'open') return;
    this.#credit -= creditOf(bytes.length);
    this.#sent.rows += rows;
    this.#sent.bytes += bytes.length;
    this.#sent.pieces++;
    await this.#socket.write(pieceFrame(bytes, rows));
  }

  /** Sends the end; resolves when the consumer has verified it, has stopped, or is lost. */
  async end(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'ending';
      void this.#socket.write(endFrame(this.#sent));
    }
    await this.#done;
  }

  /** Tells the consumer why there will be no more. */
  async fail(error: unknown): Promise<void> {
    if (this.#state !== 'open' && this.#state !== 'ending') return;
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
    switch (kind) {
      case FRAME.accept:
        if (this.#state !== 'offered') {
          this.#refuse('it was accepted twice');
          return;
        }
        this.#state = 'open';
        this.#grant(body);
        this.#options.onAccepted();
        return;
      case FRAME.credit:
        this.#grant(body);
        return;
      case FRAME.done:
        if (this.#state !== 'ending') {
          this.#refuse('it was done before its end');
          return;
        }
        this.#end('done');
        return;
      case FRAME.stop:
        this.#end('stopped');
        return;
      case FRAME.error:
        this.#lose(peerError(this.#options.name, body));
        return;
      case FRAME.beat:
        return;
      default:
        this.#refuse(`a frame of kind ${kind}`);
        return;
    }
  }

  #grant(body: Uint8Array): void {
    const bytes = readNumber(body);
    if (bytes === null) {
      this.#refuse('a credit that is no number');
      return;
    }
    this.#credit += bytes;
    this.#wake();
  }

  #refuse(why: string): void {
    this.#lose(linkMismatch(this.#options.name, why));
  }

  #end(state: 'done' | 'stopped'): void {
    this.#state = state;
    this.#socket.destroy(state);
    this.#wake();
    this.#onDone();
  }

  #lose(error: Error): void {
    const wasOpen = this.#state === 'open' || this.#state === 'ending';
    if (this.#state !== 'done' && this.#state !== 'stopped') this.#state = 'closed';
    this.#socket.destroy(error.message);
    this.#wake();
    if (wasOpen) this.#options.onLost(error);
    this.#onDone();
  }

  #closed(why: string, cause: Error | undefined): void {
    this.#lose(linkLost(this.#options.name, why, cause));
    this.#options.onClosed();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
