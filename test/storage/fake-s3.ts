import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compareKeys } from '../../src/storage/keys.ts';

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  readonly time: Date;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface SeenRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** Answers a request its own way and returns true, or returns false to let the server do its work. */
export type Fault = (request: SeenRequest, response: ServerResponse, serve: () => void) => boolean;

/** A tiny S3 in memory, path style, that believes every signature: for faults that a real server does not make. */
export class FakeS3 {
  readonly #server = createServer((request, response) => this.#receive(request, response));
  readonly #objects = new Map<string, Map<string, Stored>>([['bucket', new Map()]]);
  readonly #uploads = new Map<string, { metadata: Record<string, string>; parts: Map<number, Buffer> }>();
  readonly seen: SeenRequest[] = [];
  fault: Fault = () => false;

  static async start(): Promise<FakeS3> {
    const fake = new FakeS3();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  put(key: string, body: string): void {
    this.#store('bucket', key, Buffer.from(body), {});
  }

  /** Fails the next requests, one after the other. */
  failNext(...faults: Fault[]): void {
    this.fault = (request, response, serve) => faults.shift()?.(request, response, serve) ?? false;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers };
      this.seen.push(seen);
      const serve = () => this.#serve(seen, Buffer.concat(chunks), response);
      if (!this.fault(seen, response, serve)) serve();
    });
  }

  #serve({ method, url: target, headers }: SeenRequest, body: Buffer, response: ServerResponse): ServerResponse {
    const [path = '', search = ''] = target.split('?');
    const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(path)) ?? [];
    const query = new URLSearchParams(search);
    const objects = this.#objects.get(bucket);
    if (!objects) return fail(response, 404, 'NoSuchBucket', method);
    const metadata = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith('x-amz-meta-') ? [[name.slice('x-amz-meta-'.length), String(value)]] : [],
      ),
    );
    if (key === '') {
      if (method === 'POST' && query.has('delete')) {
        for (const [, name = ''] of body.toString().matchAll(/<Key>(.*?)<\/Key>/gs)) objects.delete(unescaped(name));
        return xml(response, '<DeleteResult></DeleteResult>');
      }
      return xml(response, listing(objects, query));
    }
    const uploadId = query.get('uploadId') ?? '';
    const upload = this.#uploads.get(uploadId);
    if (uploadId !== '' && !upload) return fail(response, 404, 'NoSuchUpload', method);
    if (method === 'POST' && query.has('uploads')) {
      const id = `upload-${this.#uploads.size}`;
      this.#uploads.set(id, { metadata, parts: new Map() });
      return xml(response, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    if (upload && method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body);
      return response.setHeader('ETag', etagOf(body)).end();
    }
    if (upload && method === 'POST') {
      const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => Number(number));
      const parts = numbers.map((number) => upload.parts.get(number) as Buffer);
      this.#store(bucket, key, Buffer.concat(parts), upload.metadata);
      this.#uploads.delete(uploadId);
      return xml(response, '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
    }
    if (upload && method === 'DELETE') {
      this.#uploads.delete(uploadId);
      return response.writeHead(204).end();
    }
    const found = objects.get(key);
    if (method === 'PUT') {
      if (headers['if-none-match'] === '*' && found) return fail(response, 412, 'PreconditionFailed', method);
      const { etag } = this.#store(bucket, key, body, metadata);
      return response.setHeader('ETag', etag).end();
    }
    if (!found) return fail(response, 404, 'NoSuchKey', method);
    if (headers['if-match'] !== undefined && headers['if-match'] !== found.etag) {
      return fail(response, 412, 'PreconditionFailed', method);
    }
    response.setHeader('ETag', found.etag).setHeader('Last-Modified', found.time.toUTCString());
    for (const [name, value] of Object.entries(found.metadata)) response.setHeader(`x-amz-meta-${name}`, value);
    const range = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '');
    if (!range) {
      return response.setHeader('Content-Length', found.body.length).end(method === 'HEAD' ? undefined : found.body);
    }
    const size = found.body.length;
    const start = range[1] === '' ? Math.max(0, size - Number(range[2])) : Number(range[1]);
    const end = range[1] === '' ? size : Math.min(size, Number(range[2]) + 1);
    if (start >= size) return fail(response, 416, 'InvalidRange', method);
    response.writeHead(206, { 'Content-Range': `bytes ${start}-${end - 1}/${size}`, 'Content-Length': end - start });
    return response.end(found.body.subarray(start, end));
  }

  #store(bucket: string, key: string, body: Buffer, metadata: Readonly<Record<string, string>>): Stored {
    const stored = { body, etag: etagOf(body), time: new Date(), metadata };
    this.#objects.get(bucket)?.set(key, stored);
    return stored;
  }
}

/** A fault that answers with an S3 error, or with an empty body to HEAD. */
export const answer =
  (status: number, code: string, more: { headers?: Record<string, string>; message?: string } = {}): Fault =>
  ({ method }, response) => {
    for (const [name, value] of Object.entries(more.headers ?? {})) response.setHeader(name, value);
    fail(response, status, code, method, more.message);
    return true;
  };

/** A fault that cuts the connection without an answer. */
export const hangUp: Fault = (_request, response) => {
  response.socket?.destroy();
  return true;
};

/** A fault that does the work and then cuts the connection. */
export const serveThenHangUp: Fault = (_request, response, serve) => {
  const { socket } = response;
  response.end = (() => response) as typeof response.end;
  serve();
  socket?.destroy();
  return true;
};

/** A fault that announces `length` bytes, sends fewer, and cuts the connection. */
export const truncated =
  (length: number, sent: string): Fault =>
  (_request, response) => {
    const range = { 'Content-Range': `bytes 0-${length - 1}/${length}`, ETag: '"e"' };
    response.writeHead(206, { 'Content-Length': length, ...range });
    response.write(sent, () => response.socket?.destroy());
    return true;
  };

function fail(response: ServerResponse, status: number, code: string, method: string, message = 'no'): ServerResponse {
  response.statusCode = status;
  if (method === 'HEAD') return response.setHeader('Content-Length', 0).end();
  return xml(response, `<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`);
}

function xml(response: ServerResponse, body: string): ServerResponse {
  return response.setHeader('Content-Type', 'application/xml').end(`<?xml version="1.0"?>${body}`);
}

const etagOf = (body: Buffer) => `"${createHash('md5').update(body).digest('hex')}"`;

function listing(objects: ReadonlyMap<string, Stored>, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const max = Number(query.get('max-keys') ?? 1000);
  const items: string[] = [];
  let last = after;
  let truncated = false;
  for (const key of [...objects.keys()].sort(compareKeys)) {
    if (!key.startsWith(prefix) || compareKeys(key, last) <= 0) continue;
    if (delimiter !== '' && last.endsWith(delimiter) && last.length > prefix.length && key.startsWith(last)) continue;
    truncated = items.length === max;
    if (truncated) break;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    last = end < 0 ? key : key.slice(0, end + delimiter.length);
    items.push(
      end < 0
        ? content(key, objects.get(key) as Stored)
        : `<CommonPrefixes><Prefix>${urlEncoded(last)}</Prefix></CommonPrefixes>`,
    );
  }
  const token = truncated ? `<NextContinuationToken>${escaped(last)}</NextContinuationToken>` : '';
  const head = `<EncodingType>url</EncodingType><IsTruncated>${truncated}</IsTruncated>${token}`;
  return `<ListBucketResult>${head}${items.join('')}</ListBucketResult>`;
}

const content = (key: string, { body, etag, time }: Stored) =>
  `<Contents><Key>${urlEncoded(key)}</Key><Size>${body.length}</Size><ETag>${escaped(etag)}</ETag>` +
  `<LastModified>${time.toISOString()}</LastModified></Contents>`;

const urlEncoded = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const unescaped = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
