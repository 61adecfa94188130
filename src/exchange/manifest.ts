import { assertNever, InternalError, StorageError } from '../common/errors.ts';
import type { Field } from '../common/types.ts';
import type {
  Manifest,
  ManifestBody,
  ManifestPartition,
  OutputTarget,
  PartitionSlice,
  Task,
} from '../operators/task.ts';
import type { ObjectLocation, ObjectStore } from '../storage/object-store.ts';
import type { Arena } from '../wasm/arena.ts';
import type { Batch } from '../wasm/vector.ts';
import { arrowBatches } from './arrow-read.ts';

/** Finds the store and location of a URI; `Stores.resolve` does. */
export type ResolveUri = (uri: string) => { readonly store: ObjectStore; readonly location: ObjectLocation };

export interface WriteOutputOptions {
  readonly target: OutputTarget;
  /** Who delivers. */
  readonly task: Pick<Task, 'stage' | 'task' | 'attempt'>;
  readonly resolve: ResolveUri;
  readonly signal?: AbortSignal;
}

/** An Arrow IPC stream, or one per partition. */
export interface OutputBody {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly partitions?: readonly ManifestPartition[];
}

/** Delivers an output: inside the manifest while it is small, else as one object, with one PUT. Throws StorageError. */
export async function writeOutput(output: OutputBody, options: WriteOutputOptions): Promise<Manifest> {
  const { target, resolve, signal } = options;
  const { stage, task, attempt } = options.task;
  const { bytes, rows, partitions } = output;
  const of = { stage, task, attempt, rows, ...(partitions && { partitions }) };
  if (bytes.length <= target.maxInlineBytes) return { ...of, body: { kind: 'inline', bytes } };
  const { store, location } = resolve(target.uri);
  const contentType = 'application/vnd.apache.arrow.stream';
  const { etag } = await store.put(location, bytes, { contentType, ...(signal && { signal }) });
  return { ...of, body: { kind: 'object', uri: target.uri, etag, size: bytes.length } };
}

/** Bytes of a manifest's body. */
export function bodySize({ body }: Manifest): number {
  switch (body.kind) {
    case 'inline':
      return body.bytes.length;
    case 'object':
      return body.size;
    case 'links':
      return 0;
    default:
      return assertNever(body);
  }
}

/**
 * Adjacent partitions of a partitioned output as a manifest of their own: one range of its bytes, with one Arrow IPC stream or more. Null
 * when they have no rows.
 */
export function manifestSlice(manifest: Manifest, { from, to }: PartitionSlice): Manifest | null {
  const { partitions, body, stage, task, attempt } = manifest;
  const parts = (partitions ?? []).slice(from, to);
  if (from < 0 || from >= to || parts.length !== to - from) {
    throw new InternalError(`${source(manifest)} delivered no partitions ${from} to ${to - 1}`);
  }
  const filled = parts.filter((part) => part.rows > 0);
  const [first, last] = [filled[0], filled.at(-1)];
  if (!first || !last) return null;
  const rows = filled.reduce((sum, part) => sum + part.rows, 0);
  const { offset } = first;
  const length = last.offset + last.length - offset;
  return { stage, task, attempt, rows, body: bodySlice(manifest, body, offset, length) };
}

function bodySlice(manifest: Manifest, body: ManifestBody, offset: number, length: number): ManifestBody {
  switch (body.kind) {
    case 'inline':
      return { kind: 'inline', bytes: body.bytes.subarray(offset, offset + length) };
    case 'object':
      return { ...body, offset: (body.offset ?? 0) + offset, size: length };
    case 'links':
      throw linked(manifest);
    default:
      return assertNever(body);
  }
}

/** The body of a manifest: no request for an inline one, else one GET with If-Match. Throws StorageError. */
export async function fetchBody(manifest: Manifest, resolve: ResolveUri, signal?: AbortSignal): Promise<Uint8Array> {
  const { body } = manifest;
  if (body.kind === 'inline') return body.bytes;
  if (body.kind === 'links') throw linked(manifest);
  const { store, location } = resolve(body.uri);
  const options = { ifMatch: body.etag, ...(signal && { signal }) };
  const range = { kind: 'range', offset: body.offset ?? 0, length: body.size } as const;
  const { body: bytes } = await store.getRange(location, range, options);
  if (bytes.length === body.size) return bytes;
  throw new StorageError('SQ5010', `${body.uri}: ${bytes.length} of ${body.size} bytes arrived`, {
    retryable: true,
    details: { object: body.uri },
  });
}

/**
 * The batches of a fetched body, each put into the arena as it is pulled and given back at the next pull. Throws
 * InternalError when the columns are not the expected ones, or the rows not as many as the manifest says.
 */
export function* manifestBatches(
  manifest: Manifest,
  bytes: Uint8Array,
  columns: readonly Field[],
  arena: Arena,
): Generator<Batch> {
  let rows = 0;
  for (const batch of arrowBatches(bytes, columns, arena, source(manifest))) {
    rows += batch.length;
    yield batch;
  }
  if (rows !== manifest.rows) {
    throw new InternalError(`${source(manifest)} delivered ${rows} rows, its manifest says ${manifest.rows}`);
  }
}

const linked = (manifest: Manifest) =>
  new InternalError(`${source(manifest)} sent its rows over links: there is no body`);

const source = ({ stage, task }: Manifest) => `stage ${stage}, task ${task}`;

export interface ReadManifestOptions {
  readonly columns: readonly Field[];
  readonly resolve: ResolveUri;
  readonly arena: Arena;
  readonly signal?: AbortSignal;
}

/** Fetches and reads one manifest; a batch is valid until the next is pulled. */
export async function* readManifest(manifest: Manifest, options: ReadManifestOptions): AsyncGenerator<Batch> {
  const bytes = await fetchBody(manifest, options.resolve, options.signal);
  yield* manifestBatches(manifest, bytes, options.columns, options.arena);
}
