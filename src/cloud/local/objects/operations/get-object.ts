import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Exchange } from '../exchange.ts';
import type { S3Request } from '../request/s3-request.ts';
import { type ResponseHeaders, sendEmpty, writeHead } from '../response/send.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import type { ObjectRecord } from '../store/object-record.ts';
import { type ByteSpan, readRange } from './byte-range.ts';
import { checksumHeaders, describingHeaders } from './object-headers.ts';
import { etagMatches, readConditions, requireConditions } from './read-conditions.ts';

/** Read from a file at a time. */
const PIECE_BYTES = 1 << 19;

export async function getObject(exchange: Exchange): Promise<void> {
  const { request, response, store } = exchange;
  const { record, handle } = await store.open(request.bucket, request.key);
  try {
    const answer = plan(request, record);
    const first = await readPiece(handle, answer.span, 0);
    writeHead(response, answer.status, answer.headers);
    await sendFile(exchange, handle, answer.span, first);
  } finally {
    await handle.close();
  }
}

export async function headObject({ request, response, store }: Exchange): Promise<void> {
  const record = await store.find(request.bucket, request.key);
  if (!record) {
    await store.requireBucket(request.bucket);
    throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  }
  const { status, headers } = plan(request, record);
  if (status === 304) return sendEmpty(response, status, headers);
  writeHead(response, status, headers);
  response.end();
}

interface Answer {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly span: ByteSpan;
}

function plan(request: S3Request, record: ObjectRecord): Answer {
  if (request.header('x-amz-server-side-encryption-customer-algorithm') !== undefined) throw notImplemented('SSE-C');
  requireConditions(readConditions(request.header), record);
  const part = partSpan(request, record);
  const span = part ?? requestedRange(request, record);
  const whole = { offset: 0, length: record.size };
  const wantsChecksum = request.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    status: span ? 206 : 200,
    span: span ?? whole,
    headers: {
      ...describingHeaders(request, record),
      'Content-Length': (span ?? whole).length,
      // The last byte of an empty part would be before the first.
      ...(span &&
        span.length > 0 && {
          'Content-Range': `bytes ${span.offset}-${span.offset + span.length - 1}/${record.size}`,
        }),
      ...(part && record.partSizes && { 'x-amz-mp-parts-count': record.partSizes.length }),
      ...(wantsChecksum && (!span || span.length === record.size) && checksumHeaders(record)),
    },
  };
}

function requestedRange(request: S3Request, record: ObjectRecord): ByteSpan | undefined {
  const ifRange = request.headers['if-range'];
  if (ifRange !== undefined && !etagMatches(ifRange, record.etag)) return undefined;
  return readRange(request.header('range'), record.size);
}

function partSpan(request: S3Request, record: ObjectRecord): ByteSpan | undefined {
  const text = request.query.get('partNumber');
  if (text === undefined) return undefined;
  if (request.headers.range !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  const sizes = record.partSizes ?? [record.size];
  const length = /^\d{1,5}$/.test(text) ? sizes[Number(text) - 1] : undefined;
  if (length === undefined) {
    throw new S3Error('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
      fields: { PartNumberRequested: text, ActualPartCount: String(sizes.length) },
    });
  }
  const offset = sizes.slice(0, Number(text) - 1).reduce((sum, size) => sum + size, 0);
  return { offset, length };
}

/** Sends the span, of which `first` is the beginning. Throws when the file has become shorter. */
async function sendFile(exchange: Exchange, handle: FileHandle, span: ByteSpan, first: Buffer): Promise<void> {
  const { response, meter } = exchange;
  const cut = exchange.disturbance === 'truncate' ? Math.floor(span.length / 2) : undefined;
  let piece = first;
  for (let sent = 0; ; ) {
    if (cut !== undefined && sent + piece.length > cut) return breakOff(response, piece.subarray(0, cut - sent));
    sent += piece.length;
    meter.sent(piece.length);
    if (sent === span.length) {
      response.end(piece);
      return;
    }
    const isFull = !response.write(piece);
    const next = await readPiece(handle, span, sent);
    if (isFull && response.writableNeedDrain) await drained(response);
    if (response.destroyed) return;
    piece = next;
  }
}

function breakOff(response: ServerResponse, last: Buffer): void {
  response.flushHeaders();
  response.write(last, () => response.destroy());
}

async function readPiece(handle: FileHandle, span: ByteSpan, sent: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, span.length - sent));
  for (let filled = 0; filled < piece.length; ) {
    const { bytesRead } = await handle.read(piece, filled, piece.length - filled, span.offset + sent + filled);
    if (bytesRead === 0) throw new S3Error('InternalError', 'The file of the object became shorter while it was read');
    filled += bytesRead;
  }
  return piece;
}

/** Resolves when more may be written, or when nobody is there to read it. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
    if (response.destroyed) done();
  });
}
