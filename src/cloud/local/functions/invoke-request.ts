import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { assertNever } from '../../../common/errors.ts';
import { type AwsCredentials, type SignatureFailure, verifySignature } from '../sigv4.ts';
import { functionArn, resolveFunctionName } from './function-name.ts';
import { MAX_CLIENT_CONTEXT, MAX_EVENT_PAYLOAD, MAX_SYNC_PAYLOAD } from './limits.ts';
import { invalidContent, invalidParameter, payloadTooLarge, ServiceException } from './service-exception.ts';
import type { Work } from './work.ts';

export type InvocationType = 'RequestResponse' | 'Event' | 'DryRun';

/** A request of the Invoke API that is signed, complete and within the limits. */
export interface InvokeRequest {
  readonly streaming: boolean;
  readonly functionName: string;
  readonly invocationType: InvocationType;
  /** The caller wants the end of the log. */
  readonly logTail: boolean;
  readonly work: Work;
}

export interface InvokeRequestOptions {
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly exists: (functionName: string) => boolean;
}

const ROUTE =
  /^\/(?:2015-03-31\/functions\/([^/]+)\/invocations|2021-11-15\/functions\/([^/]+)\/response-streaming-invocations)$/;

/** Reads and checks a request. Throws ServiceException. */
export async function readInvokeRequest(
  request: IncomingMessage,
  requestId: string,
  options: InvokeRequestOptions,
): Promise<InvokeRequest> {
  const [rawPath, rawQuery] = splitTarget(request.url ?? '/');
  const body = await readBody(request);
  authenticate(request, rawPath, rawQuery, body.sha256, options);
  const route = ROUTE.exec(rawPath);
  const reference = route?.[1] ?? route?.[2];
  if (request.method !== 'POST' || reference === undefined) {
    throw new ServiceException(404, 'UnknownOperationException', `no operation ${request.method} ${rawPath}`);
  }
  const qualifier = new URLSearchParams(rawQuery).get('Qualifier') ?? undefined;
  const functionName = existing(decodeURIComponent(reference), qualifier, options);
  const invocationType = invocationTypeOf(request, route?.[2] !== undefined);
  checkSize(body.size, invocationType);
  if (header(request, 'x-amz-tenant-id') !== undefined) {
    throw invalidParameter(
      'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.',
    );
  }
  const clientContext = clientContextOf(header(request, 'x-amz-client-context'));
  return {
    streaming: route?.[2] !== undefined,
    functionName,
    invocationType,
    logTail: header(request, 'x-amz-log-type') === 'Tail',
    work: {
      requestId,
      event: checkedJson(body.bytes),
      functionArn: functionArn(options.region, functionName),
      traceId: header(request, 'x-amzn-trace-id') ?? newTraceId(),
      ...(clientContext !== undefined && { clientContext }),
    },
  };
}

export const newRequestId = (): string => randomUUID();

function splitTarget(url: string): [rawPath: string, rawQuery: string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

interface Body {
  /** At most what any invocation may have; `size` tells whether it is all. */
  readonly bytes: Buffer;
  readonly size: number;
  readonly sha256: string;
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
    if (size <= MAX_SYNC_PAYLOAD) chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), size, sha256: hash.digest('hex') };
}

function authenticate(
  request: IncomingMessage,
  rawPath: string,
  rawQuery: string,
  payloadHash: string,
  { region, credentials }: InvokeRequestOptions,
): void {
  const verdict = verifySignature({
    method: request.method ?? '',
    rawPath,
    rawQuery,
    headers: request.headers,
    payloadHash,
    doubleEncodePath: true,
    service: 'lambda',
    region,
    credentials,
    now: Date.now(),
  });
  if (!verdict.ok) throw new ServiceException(403, exceptionOf(verdict.reason), verdict.message);
}

function exceptionOf(reason: SignatureFailure): string {
  switch (reason) {
    case 'missing':
      return 'MissingAuthenticationTokenException';
    case 'malformed-header':
    case 'malformed-query':
      return 'IncompleteSignatureException';
    case 'unknown-key':
    case 'wrong-token':
      return 'UnrecognizedClientException';
    case 'wrong-region':
    case 'wrong-scope':
    case 'skewed':
    case 'expired':
    case 'unsigned-headers':
    case 'mismatch':
      return 'InvalidSignatureException';
    default:
      return assertNever(reason);
  }
}

function existing(reference: string, qualifier: string | undefined, options: InvokeRequestOptions): string {
  const name = resolveFunctionName(reference, qualifier, options.region);
  if (!options.exists(name)) throw functionNotFoundIn(options.region, name);
  return name;
}

const functionNotFoundIn = (region: string, name: string): ServiceException =>
  new ServiceException(404, 'ResourceNotFoundException', `Function not found: ${functionArn(region, name)}`);

function invocationTypeOf(request: IncomingMessage, streaming: boolean): InvocationType {
  const asked = header(request, 'x-amz-invocation-type') ?? 'RequestResponse';
  if (asked === 'RequestResponse' || asked === 'DryRun' || (asked === 'Event' && !streaming)) return asked;
  throw invalidParameter(`Invalid invocation type: ${asked}`);
}

function checkSize(size: number, invocationType: InvocationType): void {
  if (size > MAX_SYNC_PAYLOAD) {
    throw payloadTooLarge(`Request must be smaller than ${MAX_SYNC_PAYLOAD} bytes for the InvokeFunction operation`);
  }
  if (invocationType === 'Event' && size > MAX_EVENT_PAYLOAD) {
    throw payloadTooLarge(
      `${size} byte payload is too large for the Event invocation type (limit ${MAX_EVENT_PAYLOAD} bytes)`,
    );
  }
}

/** The payload as it came, `{}` when there is none. */
function checkedJson(bytes: Buffer): Buffer {
  if (bytes.length === 0) return Buffer.from('{}');
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return bytes;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      throw invalidContent('Could not parse request body into json: the payload is not valid JSON');
    }
    throw error;
  }
}

/** The client context as JSON in ASCII, which a header can hold. */
function clientContextOf(base64: string | undefined): string | undefined {
  if (base64 === undefined) return undefined;
  if (base64.length > MAX_CLIENT_CONTEXT) {
    throw invalidContent(`Client context must be at most ${MAX_CLIENT_CONTEXT} bytes.`);
  }
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
    return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw invalidContent('Client context must be a valid Base64-encoded JSON object.');
    }
    throw error;
  }
}

function newTraceId(): string {
  const time = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${time}-${randomBytes(12).toString('hex')};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}
