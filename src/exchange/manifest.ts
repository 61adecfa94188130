import { assertNever, InternalError, StorageError } from '../common/errors.ts';
import { type Field, sameType, typeName } from '../common/types.ts';
import type { Manifest, ManifestBody, ManifestPartition, OutputTarget, Task } from '../operators/task.ts';
import type { ObjectLocation, ObjectStore } from '../storage/object-store.ts';
import type { Arena } from '../wasm/arena.ts';
import type { Batch } from '../wasm/vector.ts';
import { openArrow } from './arrow-decode.ts';

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

/** One partition of a partitioned output as a manifest of its own; null when it has no rows. */
export function manifestPartition(manifest: Manifest, partition: number): Manifest | null {
  const { partitions, body, stage, task, attempt } = manifest;
  const part = partitions?.[partition];
  if (!part) throw new InternalError(`${from(manifest)} delivered no partition ${partition}`);
  if (part.rows === 0) return null;
  const { rows, offset, length } = part;
  if (body.kind === 'links') throw linked(manifest);
  const own: ManifestBody =
    body.kind === 'inline'
      ? { kind: 'inline', bytes: body.bytes.slice(offset, offset + length) }
      : { ...body, offset: (body.offset ?? 0) + offset, size: length };
  return { stage, task, attempt, rows, body: own };
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
  if (manifest.partitions)
    throw new InternalError(`${from(manifest)} delivered partitions, of which one is read at a time`);
  const stream = openArrow(bytes, arena);
  checkColumns(manifest, stream.schema, columns);
  let rows = 0;
  const mark = arena.mark();
  for (const batch of stream.batches()) {
    rows += batch.length;
    yield batch;
    arena.release(mark);
  }
  if (rows !== manifest.rows) {
    throw new InternalError(`${from(manifest)} delivered ${rows} rows, its manifest says ${manifest.rows}`);
  }
}

const linked = (manifest: Manifest) =>
  new InternalError(`${from(manifest)} sent its rows over links: there is no body`);

const from = ({ stage, task }: Manifest) => `stage ${stage}, task ${task}`;

function checkColumns(manifest: Manifest, got: readonly Field[], expected: readonly Field[]): void {
  const same = got.length === expected.length && got.every((field, i) => sameType(field.type, expected[i]!.type));
  if (same) return;
  const list = (fields: readonly Field[]) => fields.map(({ type }) => typeName(type)).join(', ');
  throw new InternalError(`${from(manifest)} delivered (${list(got)}) where (${list(expected)}) was planned`);
}

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
