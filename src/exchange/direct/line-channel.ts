import type { TLSSocket } from 'node:tls';

/** Longer than any message; what does not end before is not one of ours. */
const MAX_LINE = 1 << 20;

export interface LineChannelOptions {
  /** One message, as JSON has it. What it throws closes the channel. */
  onMessage(message: unknown): void;
  onClose(cause: Error | undefined): void;
}

/** JSON messages, one a line, over a connection that is proven. */
export class LineChannel {
  readonly #socket: TLSSocket;
  #rest = '';

  constructor(socket: TLSSocket, { onMessage, onClose }: LineChannelOptions) {
    this.#socket = socket;
    let failure: Error | undefined;
    socket.setEncoding('utf8');
    socket.setKeepAlive(true, 10_000);
    socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() as string;
      try {
        if (this.#rest.length > MAX_LINE) throw new RangeError('a message that does not end');
        for (const line of lines) onMessage(JSON.parse(line));
      } catch (error) {
        failure = error as Error;
        socket.destroy();
      }
    });
    socket.on('error', (error) => {
      failure ??= error;
    });
    socket.once('end', () => socket.destroy());
    socket.once('close', () => onClose(failure));
  }

  /** Resolves when the system has taken it, or the channel is closed. */
  send(message: unknown): Promise<void> {
    if (this.#socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#socket.write(`${JSON.stringify(message)}\n`, () => resolve()));
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
