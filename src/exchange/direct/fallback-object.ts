import { StorageError } from '../../common/errors.ts';
import type { TaskId } from '../../common/ids.ts';
import type { ResolveUri } from '../manifest.ts';
import { endFrame, FRAME, FrameParser, pieceFrame } from './frames.ts';
import { gangId, type LinkEdge, type LinkSelf } from './link-pair.ts';
import type { FallbackPart } from './meeting.ts';
import { PieceCount } from './piece-count.ts';

interface Kept {
  readonly frames: Uint8Array[];
  rows: number;
  bytes: number;
}

/** The rows of a producer's pairs that did not connect: kept until they are all there, then put as one object, pair after pair. */
export class FallbackObject {
  readonly #edge: LinkEdge;
  readonly #self: LinkSelf;
  readonly #resolve: ResolveUri;
  readonly #pairs = new Map<TaskId, Kept>();

  constructor(edge: LinkEdge, self: LinkSelf, resolve: ResolveUri) {
    this.#edge = edge;
    this.#self = self;
    this.#resolve = resolve;
  }

  /** Keeps a copy of a piece. */
  add(consumer: TaskId, bytes: Uint8Array, rows: number): void {
    const kept = this.#pairs.get(consumer) ?? { frames: [], rows: 0, bytes: 0 };
    this.#pairs.set(consumer, kept);
    kept.frames.push(pieceFrame(bytes, rows));
    kept.rows += rows;
    kept.bytes += bytes.length;
  }

  /** Puts the object, unless none of the consumers has rows in it, and says where each one's part lies. */
  async put(consumers: readonly TaskId[], signal: AbortSignal): Promise<Map<TaskId, FallbackPart>> {
    const { gang, from, to } = this.#edge;
    const { task, attempt } = this.#self;
    const uri = `${gang.fallback}${gangId(gang)}/${from}-${to}/task-${task}.attempt-${attempt}`;
    const frames: Uint8Array[] = [];
    const places: {
      readonly consumer: TaskId;
      readonly offset: number;
      readonly length: number;
      readonly rows: number;
    }[] = [];
    let size = 0;
    for (const consumer of consumers) {
      const kept = this.#pairs.get(consumer);
      const offset = size;
      if (kept) {
        const { rows, bytes } = kept;
        for (const frame of [...kept.frames, endFrame({ rows, bytes, pieces: kept.frames.length })]) {
          frames.push(frame);
          size += frame.length;
        }
      }
      places.push({ consumer, offset, length: size - offset, rows: kept?.rows ?? 0 });
    }
    this.#pairs.clear();
    const { store, location } = this.#resolve(uri);
    const { etag } = size === 0 ? { etag: '' } : await store.put(location, Buffer.concat(frames, size), { signal });
    return new Map(places.map(({ consumer, ...place }) => [consumer, { uri, etag, ...place }]));
  }
}

/** The pieces of a part, with one GET. Throws StorageError, and InvokeError SQ6012 when they are not what was sent. */
export async function readFallback(
  pair: string,
  part: FallbackPart,
  resolve: ResolveUri,
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly rows: number }[]> {
  const { uri, etag, offset, length } = part;
  if (length === 0) return [];
  const { store, location } = resolve(uri);
  const { body } = await store.getRange(location, { kind: 'range', offset, length }, { ifMatch: etag, signal });
  if (body.length !== length) {
    const options = { retryable: true, details: { object: uri } };
    throw new StorageError('SQ5010', `${uri}: ${body.length} of ${length} bytes arrived`, options);
  }
  return piecesOf(pair, body);
}

function piecesOf(pair: string, body: Uint8Array): { readonly bytes: Uint8Array; readonly rows: number }[] {
  const count = new PieceCount(pair);
  const pieces: { readonly bytes: Uint8Array; readonly rows: number }[] = [];
  let ended = false;
  for (const frame of new FrameParser().push(body)) {
    if (ended) throw count.mismatch('frames after the end');
    if (frame.kind === FRAME.piece) {
      pieces.push(count.piece(frame.body));
    } else if (frame.kind === FRAME.end) {
      count.end(frame.body);
      ended = true;
    } else throw count.mismatch(`a frame of kind ${frame.kind}`);
  }
  if (!ended) throw count.mismatch('no end');
  return pieces;
}
