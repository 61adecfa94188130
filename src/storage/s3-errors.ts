import { type ErrorDetails, SquallError, type SquallErrorOptions, type StorageError } from '../common/errors.ts';
import { about, changed, notFound, refused, type Subject, storageError } from './errors.ts';
import { redact } from './redact.ts';

/** What a request was doing, for the words of its error. */
export interface S3Request {
  readonly of: Subject;
  /** The permission it needs: `s3:GetObject`. */
  readonly action: string;
  /** Region it was signed for. */
  readonly region: string;
  readonly endpoint: string | undefined;
  /** `fallback`: unsigned because no credentials were found. */
  readonly signing: 'signed' | 'anonymous' | 'fallback';
}

/** The fields of the SDK's errors that are read here. */
interface SdkError extends Error {
  readonly code?: string;
  readonly Region?: string;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly clockSkewCorrected?: boolean;
  };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The SDK found no credentials anywhere: no request was sent. */
export const isWithoutCredentials = (error: unknown): boolean =>
  error instanceof Error &&
  error.name === 'CredentialsProviderError' &&
  error.message === 'Could not load credentials from any providers';

/** The region a redirect or refusal names, when it is not the one the request was signed for. */
export function otherRegion(thrown: unknown, region: string): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const error = thrown as SdkError;
  const status = error.$metadata?.httpStatusCode;
  if (status !== 301 && status !== 307 && status !== 400) return undefined;
  const named =
    error.$response?.headers?.['x-amz-bucket-region'] ??
    error.Region ??
    /expecting '([a-z0-9-]+)'/.exec(error.message)?.[1];
  return named === region ? undefined : named;
}

/** The bucket's region has been learned from an answer: the same call goes to the right one. */
export const wrongRegion = ({ of, region }: S3Request, other: string): StorageError =>
  storageError('SQ5006', `bucket "${of.location.bucket}" is in region ${other}, not ${region}`, {
    retryable: true,
    hint: `give the region ${other}`,
    details: { ...about(of), region: other, resend: true },
  });

/**
 * What the SDK threw, as a StorageError that names the object and says what to do. Signatures, access keys, account ids and
 * the SDK's own objects stay behind.
 */
export function s3Error(thrown: unknown, request: S3Request): SquallError {
  if (thrown instanceof SquallError) return thrown;
  const error = thrown instanceof Error ? (thrown as SdkError) : new Error(String(thrown));
  return fromCode(error, request) ?? fromStatus(error, request) ?? fromConnection(error, request);
}

function fromCode(error: SdkError, request: S3Request): StorageError | undefined {
  const { of } = request;
  const options = optionsOf(error, of);
  switch (error.name) {
    case 'NoSuchKey':
    case 'NotFound':
      return notFound(of, options);
    case 'NoSuchBucket':
      return storageError('SQ5002', `bucket "${of.location.bucket}" does not exist`, {
        hint:
          request.endpoint === undefined
            ? 'check its name'
            : `check its name, and that ${host(request)} is the right endpoint`,
        ...options,
      });
    case 'NoSuchUpload':
      return refused(of, 'the upload has ended', options);
    case 'EntityTooSmall':
      return refused(of, 'a part of the upload is too small', { ...options, hint: 'parts but the last need 5 MiB' });
    case 'InvalidObjectState':
      return refused(of, 'it is archived', { ...options, hint: 'restore it from Glacier first' });
    case 'AccessDenied':
    case 'AllAccessDisabled':
    case 'AccountProblem':
    case 'Forbidden':
      return denied(error, request);
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'TokenRefreshRequired':
      return credentials(
        error,
        request,
        'the AWS credentials have expired',
        'sign in again, for example with `aws sso login`',
      );
    case 'InvalidAccessKeyId':
    case 'InvalidToken':
    case 'InvalidClientTokenId':
      return credentials(
        error,
        request,
        'the access key is not known to the store',
        'check which credentials are in use',
      );
    case 'SignatureDoesNotMatch':
      return credentials(
        error,
        request,
        'the signature does not fit: the secret key is wrong',
        'check AWS_SECRET_ACCESS_KEY',
      );
    case 'RequestTimeTooSkewed':
    case 'RequestExpired':
      return skewed(error, request);
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return credentials(
        error,
        request,
        isWithoutCredentials(error)
          ? 'no AWS credentials were found'
          : `the AWS credentials cannot be loaded: ${redact(error.message)}`,
        SOURCES,
      );
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return lost(error, request);
    case 'BadDigest':
    case 'XAmzContentSHA256Mismatch':
    case 'XAmzContentChecksumMismatch':
      return storageError('SQ5010', `${of.uri}: what arrived at the store is not what was sent`, options);
    case 'RequestTimeout':
    case 'InternalError':
      return failed(error, request);
    case 'OperationAborted':
    case 'ConditionalRequestConflict':
      return storageError('SQ5009', `${of.uri}: another request is changing it (409 ${error.name})`, options);
    default:
      return undefined;
  }
}

function fromStatus(error: SdkError, request: S3Request): StorageError | undefined {
  const status = error.$metadata?.httpStatusCode;
  const { of } = request;
  if (status === undefined) return undefined;
  switch (status) {
    case 301:
    case 307:
      return lost(error, request);
    case 401:
    case 403:
      return denied(error, request);
    case 404:
      return notFound(of, optionsOf(error, of));
    case 412:
      return changed(of, optionsOf(error, of));
    case 429:
    case 503:
      return storageError('SQ5008', `${of.uri}: the store asks to slow down (${status}${codeOf(error)})`, {
        hint: 'use fewer workers, or spread the data over more prefixes or buckets: S3 gives a prefix 5,500 reads and 3,500 writes a second',
        ...optionsOf(error, of),
      });
  }
  if (status >= 500) return failed(error, request);
  // A 2xx that the SDK could not read is a damaged answer.
  if (status < 300) {
    return storageError(
      'SQ5010',
      `${of.uri}: the answer cannot be read: ${redact(error.message)}`,
      optionsOf(error, of),
    );
  }
  return refused(of, `the store refused the request (${status}${codeOf(error)}): ${redact(error.message)}`, {
    ...optionsOf(error, of),
    ...(status === 400 && error.name === '400' && { hint: 'the credentials may have expired, or the region be wrong' }),
  });
}

const CONNECTION = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_AGAIN|UND_ERR|ERR_STREAM_PREMATURE_CLOSE|HPE_)/;

function fromConnection(error: SdkError, request: S3Request): StorageError {
  const { of } = request;
  const options = optionsOf(error, of);
  const code = error.code ?? '';
  // The SDK gives this name to ECONNRESET and EPIPE too.
  if (error.name === 'TimeoutError' && code !== 'ECONNRESET' && code !== 'EPIPE') {
    return storageError('SQ5009', `${of.uri}: ${host(request)} did not answer in time`, options);
  }
  if (code === 'ECONNREFUSED') {
    return storageError('SQ5009', `${of.uri}: nothing listens at ${host(request)}`, {
      hint: 'check the endpoint',
      ...options,
    });
  }
  if (code === 'ENOTFOUND') {
    return storageError('SQ5009', `${of.uri}: there is no host ${host(request)}`, {
      ...options,
      retryable: false,
      hint: 'check the endpoint and the region',
    });
  }
  if (CONNECTION.test(code) || error.message === 'socket hang up' || error.message === 'aborted') {
    return storageError(
      'SQ5009',
      `${of.uri}: the connection to ${host(request)} broke (${code || error.message})`,
      options,
    );
  }
  return storageError('SQ5009', `${of.uri}: ${host(request)} cannot be used: ${redact(error.message)}`, {
    ...options,
    retryable: false,
  });
}

function denied(error: SdkError, request: S3Request): StorageError {
  const { of, signing } = request;
  if (signing === 'fallback') {
    return credentials(error, request, 'it is not public, and no AWS credentials were found', SOURCES);
  }
  const said = /User: (\S+) is not authorized to perform: (\S+)(?: on resource: "?([^"\s]+))?/.exec(error.message);
  const action = said?.[2] ?? request.action;
  const resource = said?.[3] ?? resourceOf(request);
  const principal = signing === 'anonymous' ? 'unsigned requests' : said?.[1];
  const who = principal === undefined ? '' : ` for ${redact(principal)}`;
  const statement = JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource });
  return storageError(
    'SQ5003',
    `access to ${of.uri} was denied: ${action} on ${redact(resource)} is not allowed${who}`,
    {
      hint: signing === 'anonymous' ? 'use credentials' : `add to the principal's policy: ${statement}`,
      ...optionsOf(error, of, { action, resource: redact(resource) }),
    },
  );
}

function resourceOf({ of, action }: S3Request): string {
  const { bucket, key } = of.location;
  return action === 's3:ListBucket' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
}

const SOURCES =
  'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; looked at were the environment, the shared config and ' +
  'credentials files, web identity, and the metadata service of the container or instance';

const credentials = (error: SdkError, { of }: S3Request, why: string, hint: string): StorageError =>
  storageError('SQ5004', `${of.uri}: ${why}`, { hint, ...optionsOf(error, of) });

/** The SDK measures the difference from the answer and signs the next request with it. */
function skewed(error: SdkError, { of }: S3Request): StorageError {
  const corrected = error.$metadata?.clockSkewCorrected === true;
  return storageError('SQ5004', `${of.uri}: this computer's clock differs too much from the store's`, {
    hint: 'set the clock',
    retryable: corrected,
    ...optionsOf(error, of, corrected ? { resend: true } : {}),
  });
}

const lost = (error: SdkError, { of, region }: S3Request): StorageError =>
  storageError(
    'SQ5006',
    `bucket "${of.location.bucket}" is not in region ${region}, and the store does not say where it is`,
    {
      hint: "give the bucket's region",
      ...optionsOf(error, of),
    },
  );

const failed = (error: SdkError, { of }: S3Request): StorageError =>
  storageError(
    'SQ5009',
    `${of.uri}: the store failed (${error.$metadata?.httpStatusCode ?? 'no status'}${codeOf(error)})`,
    optionsOf(error, of),
  );

/** ' SlowDown'; nothing where the SDK had no code and named the error by its status. */
const codeOf = ({ name }: Error) =>
  /^[A-Z][A-Za-z]+$/.test(name) && name !== 'Error' && name !== 'Unknown' ? ` ${name}` : '';

function optionsOf(
  error: SdkError,
  of: Subject,
  more: ErrorDetails = {},
): SquallErrorOptions & { details: ErrorDetails } {
  const { httpStatusCode: status, requestId } = error.$metadata ?? {};
  const retryAfter = Number(error.$response?.headers?.['retry-after']);
  return {
    cause: Object.assign(new Error(redact(error.message)), { name: error.name }),
    details: {
      ...about(of),
      ...(status !== undefined && { status }),
      ...(requestId !== undefined && { requestId }),
      ...(retryAfter > 0 && { retryAfterMs: retryAfter * 1000 }),
      ...more,
    },
  };
}

/** Host and port only: the rest of an endpoint may carry a password. */
function host({ endpoint }: S3Request): string {
  if (endpoint === undefined) return 'Amazon S3';
  return (URL.canParse(endpoint) && new URL(endpoint).host) || 'the endpoint';
}
