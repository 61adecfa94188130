import type { Duplex } from 'node:stream';
import { type Frame, FrameParser } from './frames.ts';

export interface FrameSocketOptions {
  onFrame(frame: Frame): void;
  /** The connection is closed, for good; `midFrame`: in the middle of something. */
  onClose(why: string, cause: Error | undefined): void;
}

/** Frames over a connection. After `ticks` without a byte from the other end it is taken for dead. */
export class FrameSocket {
  readonly #socket: Duplex;
  readonly #options: FrameSocketOptions;
  readonly #parser = new FrameParser();
  #error: Error | undefined;
  #why: string | undefined;
  #silentTicks = 0;
  #wrote = false;

  constructor(socket: Duplex, options: FrameSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.once('end', () => socket.destroy());
    socket.once('close', () => this.#options.onClose(this.#why ?? this.#reason(), this.#error));
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  /** Resolves when the system has taken the bytes, or the connection is closed. */
  write(bytes: Uint8Array): Promise<void> {
    this.#wrote = true;
    if (this.#socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /**
   * Called at an even beat. Counted are beats, not milliseconds: a process that was busy for long finds what came meanwhile before
   * the next one.
   */
  tick(beat: Uint8Array, silentTicks: number): void {
    if (!this.#wrote) void this.write(beat);
    this.#wrote = false;
    this.#silentTicks++;
    if (this.#silentTicks > silentTicks) this.destroy('nothing has come from it for too long');
  }

  destroy(why: string): void {
    this.#why ??= why;
    this.#socket.destroy();
  }

  #reason(): string {
    if (this.#error) return this.#error.message;
    return this.#parser.midFrame ? 'it was closed within a frame' : 'it was closed';
  }

  #read(chunk: Uint8Array): void {
    this.#silentTicks = 0;
    try {
      for (const frame of this.#parser.push(chunk)) this.#options.onFrame(frame);
    } catch (error) {
      this.#error = error as Error;
      this.destroy((error as Error).message);
    }
  }
}
