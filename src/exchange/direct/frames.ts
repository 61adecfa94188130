/**
 * What goes over a link, after TLS. A frame is: length of the body (u32), kind (u8), body; little endian.
 *
 *     accept  consumer -> producer   u32 bytes that may be on their way: this connection is the pair's, and the only one
 *     piece   producer -> consumer   u32 rows, one Arrow IPC stream
 *     credit  consumer -> producer   u32 more bytes that may come
 *     end     producer -> consumer   u64 rows, u64 bytes, u32 pieces: all that was sent
 *     done    consumer -> producer   the end is verified
 *     stop    consumer -> producer   no more rows are wanted
 *     error   either                 a WireError as JSON: why the sender gives up
 *     beat    either                 still alive
 */
export const FRAME = { accept: 1, piece: 2, credit: 3, end: 4, done: 5, stop: 6, error: 7, beat: 8 } as const;

export const FRAME_HEADER = 5;
const PIECE_HEADER = FRAME_HEADER + 4;

/** What a piece takes of the credit: an empty one is not free, or there could be any number of them. */
export const creditOf = (bytes: number) => bytes + PIECE_HEADER;

/** Above the largest piece there can be; more is not a frame. */
const MAX_BODY = 0x7fff_ffff;

export interface Frame {
  readonly kind: number;
  readonly body: Uint8Array;
}

export interface EndOfLink {
  readonly rows: number;
  readonly bytes: number;
  readonly pieces: number;
}

function frame(kind: number, bodyBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER + bodyBytes);
  bytes.writeUInt32LE(bodyBytes, 0);
  bytes.writeUInt8(kind, 4);
  return bytes;
}

export const signalFrame = (kind: number) => frame(kind, 0);

export function numberFrame(kind: number, value: number): Buffer {
  const bytes = frame(kind, 4);
  bytes.writeUInt32LE(value, FRAME_HEADER);
  return bytes;
}

/** A piece as one buffer: the bytes given are copied, and free when this returns. */
export function pieceFrame(piece: Uint8Array, rows: number): Buffer {
  const bytes = frame(FRAME.piece, 4 + piece.length);
  bytes.writeUInt32LE(rows, FRAME_HEADER);
  bytes.set(piece, PIECE_HEADER);
  return bytes;
}

export function endFrame({ rows, bytes, pieces }: EndOfLink): Buffer {
  const end = frame(FRAME.end, 20);
  end.writeBigUInt64LE(BigInt(rows), FRAME_HEADER);
  end.writeBigUInt64LE(BigInt(bytes), FRAME_HEADER + 8);
  end.writeUInt32LE(pieces, FRAME_HEADER + 16);
  return end;
}

export function errorFrame(text: string): Buffer {
  const json = Buffer.from(text);
  const bytes = frame(FRAME.error, json.length);
  bytes.set(json, FRAME_HEADER);
  return bytes;
}

const view = (body: Uint8Array) => new DataView(body.buffer, body.byteOffset, body.byteLength);

/** The number of an accept or credit frame; null when its body is not one. */
export const readNumber = (body: Uint8Array) => (body.length === 4 ? view(body).getUint32(0, true) : null);

export function readPiece(body: Uint8Array): { readonly rows: number; readonly bytes: Uint8Array } | null {
  return body.length < 4 ? null : { rows: view(body).getUint32(0, true), bytes: body.subarray(4) };
}

export function readEnd(body: Uint8Array): EndOfLink | null {
  if (body.length !== 20) return null;
  const data = view(body);
  return {
    rows: Number(data.getBigUint64(0, true)),
    bytes: Number(data.getBigUint64(8, true)),
    pieces: data.getUint32(16, true),
  };
}

/** Cuts a byte stream into frames; each body has memory of its own. */
export class FrameParser {
  readonly #header = new Uint8Array(FRAME_HEADER);
  #headerBytes = 0;
  #body: Uint8Array | null = null;
  #bodyBytes = 0;

  /** Bytes of a frame that is not complete are kept. */
  get midFrame(): boolean {
    return this.#headerBytes > 0;
  }

  /** Throws a RangeError for a length that no frame has. */
  *push(chunk: Uint8Array): Generator<Frame> {
    let at = 0;
    while (at < chunk.length || this.#body?.length === this.#bodyBytes) {
      if (this.#body === null) {
        const taken = chunk.subarray(at, at + FRAME_HEADER - this.#headerBytes);
        this.#header.set(taken, this.#headerBytes);
        this.#headerBytes += taken.length;
        at += taken.length;
        if (this.#headerBytes < FRAME_HEADER) return;
        const length = view(this.#header).getUint32(0, true);
        if (length > MAX_BODY) throw new RangeError(`a frame of ${length} bytes`);
        this.#body = new Uint8Array(length);
        this.#bodyBytes = 0;
        continue;
      }
      const taken = chunk.subarray(at, at + this.#body.length - this.#bodyBytes);
      this.#body.set(taken, this.#bodyBytes);
      this.#bodyBytes += taken.length;
      at += taken.length;
      if (this.#bodyBytes < this.#body.length) return;
      const complete = { kind: this.#header[4]!, body: this.#body };
      this.#body = null;
      this.#headerBytes = 0;
      yield complete;
    }
  }
}
