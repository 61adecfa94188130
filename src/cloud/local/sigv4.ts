import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a client signs with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Header names in lower case, as `node:http` gives them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The parts of a request that a signature covers, as they came over the wire. */
export interface CanonicalParts {
  readonly method: string;
  /** The request target up to `?`, still percent-encoded. */
  readonly rawPath: string;
  /** The request target after `?`, still percent-encoded; empty when there is none. */
  readonly rawQuery: string;
  readonly headers: RequestHeaders;
  /**
   * SHA-256 of the body in hex, or the constant that stands for it: `STREAMING-…`, `UNSIGNED-PAYLOAD`. For S3 it is the
   * header `x-amz-content-sha256`, or `UNSIGNED-PAYLOAD` where a presigned request has none.
   */
  readonly payloadHash: string;
  /** S3 encodes a path once (false); every other service encodes the encoded path again (true). */
  readonly doubleEncodePath: boolean;
}

export interface SignatureCheck extends CanonicalParts {
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** Wall time, ms since the Unix epoch. */
  readonly now: number;
}

export type SignatureFailure =
  | 'missing'
  | 'malformed-header'
  | 'malformed-query'
  | 'wrong-region'
  | 'wrong-scope'
  | 'unknown-key'
  | 'wrong-token'
  | 'skewed'
  | 'expired'
  | 'unsigned-headers'
  | 'mismatch';

export type SignatureVerdict =
  | {
      readonly ok: true;
      readonly kind: 'header' | 'presigned';
      /** Hex; the seed of the chunk signatures of a streamed payload. */
      readonly signature: string;
      readonly signingKey: Buffer;
      /** `YYYYMMDDTHHMMSSZ`. */
      readonly amzDate: string;
      /** `YYYYMMDD/region/service/aws4_request`. */
      readonly scope: string;
    }
  | { readonly ok: false; readonly reason: SignatureFailure; readonly message: string };

/** How far a signer's clock may be from ours. */
export const MAX_CLOCK_SKEW_MS = 15 * 60_000;
/** The longest validity a presigned URL may ask for: seven days. */
export const MAX_PRESIGNED_SECONDS = 604_800;
/** SHA-256 of the empty body. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const ALGORITHM = 'AWS4-HMAC-SHA256';

export const sha256Hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
export const hmacSha256 = (key: string | Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** Everything but RFC 3986's unreserved characters as `%XX`. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

const encodePath = (path: string): string => path.split('/').map(uriEncode).join('/');

function canonicalPath(rawPath: string, doubleEncode: boolean): string {
  if (!doubleEncode) return encodePath(decodeURIComponent(rawPath)) || '/';
  const kept: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  const slash = kept.length > 0 && rawPath.endsWith('/') ? '/' : '';
  return encodePath(`/${kept.join('/')}${slash}`);
}

function queryPairs(rawQuery: string): [name: string, value: string][] {
  return rawQuery
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
      return [decodeURIComponent(name), decodeURIComponent(value)];
    });
}

function canonicalQuery(rawQuery: string): string {
  return queryPairs(rawQuery)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]): [string, string] => [uriEncode(name), uriEncode(value)])
    .sort(([a, x], [b, y]) => (a === b ? compareAscii(x, y) : compareAscii(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compareAscii = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function headerValue(headers: RequestHeaders, name: string): string {
  const value = headers[name] ?? '';
  const values = typeof value === 'string' ? [value] : value;
  return values.map((one) => one.trim().replace(/ +/g, ' ')).join(',');
}

/**
 * The canonical request of Signature Version 4. `signedHeaders`: lower case, sorted.
 * Throws URIError when path or query hold a broken percent escape.
 */
export function canonicalRequest(parts: CanonicalParts, signedHeaders: readonly string[]): string {
  return [
    parts.method,
    canonicalPath(parts.rawPath, parts.doubleEncodePath),
    canonicalQuery(parts.rawQuery),
    ...signedHeaders.map((name) => `${name}:${headerValue(parts.headers, name)}`),
    '',
    signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n');
}

export function stringToSign(amzDate: string, scope: string, canonical: string): string {
  return [ALGORITHM, amzDate, scope, sha256Hex(canonical)].join('\n');
}

/** The key derived for one day, region and service. `date`: `YYYYMMDD`. */
export function signingKey(secretAccessKey: string, date: string, region: string, service: string): Buffer {
  const regionKey = hmacSha256(hmacSha256(`AWS4${secretAccessKey}`, date), region);
  return hmacSha256(hmacSha256(regionKey, service), 'aws4_request');
}

/** What a request claims about its own signature. */
interface Claim {
  readonly kind: 'header' | 'presigned';
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly amzDate: string;
  readonly token: string | undefined;
  readonly expiresSeconds: number | undefined;
}

type Denied = Extract<SignatureVerdict, { ok: false }>;
const denied = (reason: SignatureFailure, message: string): Denied => ({ ok: false, reason, message });

function headerClaim(authorization: string, headers: RequestHeaders): Claim | Denied {
  const match = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(authorization);
  if (!match) return denied('malformed-header', `Authorization header must start with ${ALGORITHM}`);
  const fields = new Map(
    match[1]!.split(',').map((field): [string, string] => {
      const at = field.indexOf('=');
      return [field.slice(0, at).trim(), field.slice(at + 1).trim()];
    }),
  );
  const credential = fields.get('Credential');
  const signedHeaders = fields.get('SignedHeaders');
  const signature = fields.get('Signature');
  if (!credential || !signedHeaders || !signature)
    return denied('malformed-header', 'Authorization header requires Credential, SignedHeaders and Signature');
  return {
    kind: 'header',
    credential,
    signedHeaders: signedHeaders.split(';'),
    signature,
    amzDate: headerValue(headers, 'x-amz-date') || amzDateOf(headerValue(headers, 'date')),
    token: headers['x-amz-security-token'] === undefined ? undefined : headerValue(headers, 'x-amz-security-token'),
    expiresSeconds: undefined,
  };
}

function amzDateOf(httpDate: string): string {
  const time = Date.parse(httpDate);
  return Number.isNaN(time) ? '' : new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function queryClaim(query: ReadonlyMap<string, string>): Claim | Denied {
  const [credential, signedHeaders, signature, amzDate, expires] = [
    'X-Amz-Credential',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
    'X-Amz-Date',
    'X-Amz-Expires',
  ].map((name) => query.get(name));
  if (!credential || !signedHeaders || !signature || !amzDate || !expires)
    return denied(
      'malformed-query',
      'Query-string authentication requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders and X-Amz-Expires parameters',
    );
  if (query.get('X-Amz-Algorithm') !== ALGORITHM)
    return denied('malformed-query', `X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const seconds = Number(expires);
  if (!/^\d+$/.test(expires) || seconds < 1 || seconds > MAX_PRESIGNED_SECONDS)
    return denied('malformed-query', `X-Amz-Expires must be between 1 and ${MAX_PRESIGNED_SECONDS} seconds`);
  return {
    kind: 'presigned',
    credential,
    signedHeaders: signedHeaders.split(';'),
    signature,
    amzDate,
    token: query.get('X-Amz-Security-Token'),
    expiresSeconds: seconds,
  };
}

function parseAmzDate(amzDate: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(amzDate);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [number, ...number[]];
  return Date.UTC(year, month! - 1, day, hour, minute, second);
}

function claimOf(check: SignatureCheck): Claim | Denied {
  const query = new Map(queryPairs(check.rawQuery));
  if (check.headers.authorization !== undefined)
    return headerClaim(headerValue(check.headers, 'authorization'), check.headers);
  if (query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature')) return queryClaim(query);
  return denied('missing', 'Request is missing Authentication Token');
}

function checkTime(claim: Claim, signedAt: number, now: number): Denied | undefined {
  if (claim.expiresSeconds !== undefined) {
    if (signedAt > now + MAX_CLOCK_SKEW_MS) return denied('skewed', 'Request is not valid yet');
    if (now > signedAt + claim.expiresSeconds * 1000) return denied('expired', 'Request has expired');
    return undefined;
  }
  if (Math.abs(now - signedAt) <= MAX_CLOCK_SKEW_MS) return undefined;
  return denied('skewed', 'The difference between the request time and the current time is too large.');
}

function checkScope(claim: Claim, check: SignatureCheck): Denied | undefined {
  const malformed = claim.kind === 'header' ? 'malformed-header' : 'malformed-query';
  const parts = claim.credential.split('/');
  if (parts.length !== 5 || parts[4] !== 'aws4_request')
    return denied(malformed, 'The credential must be of the form <key>/YYYYMMDD/<region>/<service>/aws4_request');
  const [key, date, region, service] = parts as [string, string, string, string, string];
  if (date !== claim.amzDate.slice(0, 8))
    return denied(malformed, `The date in the credential scope, '${date}', is not the date of the request`);
  if (key !== check.credentials.accessKeyId)
    return denied('unknown-key', 'The security token included in the request is invalid.');
  if (claim.token !== check.credentials.sessionToken)
    return denied('wrong-token', 'The security token included in the request is invalid.');
  if (region !== check.region)
    return denied('wrong-region', `The credential names region '${region}'; expecting '${check.region}'`);
  if (service !== check.service)
    return denied('wrong-scope', `The credential names service '${service}'; expecting '${check.service}'`);
  return undefined;
}

/** Signers leave these out although their names begin with `x-amz-`. */
const UNSIGNED_AMZ_HEADERS: ReadonlySet<string> = new Set(['x-amz-user-agent', 'x-amz-content-sha256']);

function checkSignedHeaders(claim: Claim, headers: RequestHeaders): Denied | undefined {
  const signed = new Set(claim.signedHeaders);
  const unsigned = Object.keys(headers).filter(
    (name) => !signed.has(name) && (name === 'host' || (name.startsWith('x-amz-') && !UNSIGNED_AMZ_HEADERS.has(name))),
  );
  if (unsigned.length === 0) return undefined;
  return denied(
    'unsigned-headers',
    `There were headers present in the request which were not signed: ${unsigned.sort().join(', ')}`,
  );
}

/**
 * Checks an AWS Signature Version 4, in the Authorization header or in the query string. That the body has the signed
 * hash is the caller's to prove: pass the hash of the body that was read, or compare it with the header afterwards.
 */
export function verifySignature(check: SignatureCheck): SignatureVerdict {
  let claim: Claim | Denied;
  try {
    claim = claimOf(check);
  } catch (error) {
    if (error instanceof URIError) return denied('malformed-query', 'The query string holds a broken percent escape');
    throw error;
  }
  if ('ok' in claim) return claim;
  const signedAt = parseAmzDate(claim.amzDate);
  if (signedAt === undefined)
    return denied(
      claim.kind === 'header' ? 'malformed-header' : 'malformed-query',
      'AWS authentication requires a valid Date or x-amz-date header',
    );
  const refused =
    checkScope(claim, check) ?? checkTime(claim, signedAt, check.now) ?? checkSignedHeaders(claim, check.headers);
  if (refused) return refused;

  const date = claim.amzDate.slice(0, 8);
  const scope = `${date}/${check.region}/${check.service}/aws4_request`;
  let canonical: string;
  try {
    canonical = canonicalRequest(check, claim.signedHeaders);
  } catch (error) {
    if (error instanceof URIError) return denied('mismatch', 'The request path holds a broken percent escape');
    throw error;
  }
  const key = signingKey(check.credentials.secretAccessKey, date, check.region, check.service);
  const expected = hmacSha256(key, stringToSign(claim.amzDate, scope, canonical)).toString('hex');
  if (!sameText(expected, claim.signature))
    return denied(
      'mismatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    );
  return { ok: true, kind: claim.kind, signature: expected, signingKey: key, amzDate: claim.amzDate, scope };
}

function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
