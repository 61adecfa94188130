import { assertNever } from '../../../../common/errors.ts';
import { type AwsCredentials, type SignatureVerdict, verifySignature } from '../../sigv4.ts';
import { S3Error, type S3ErrorOptions } from '../s3-error.ts';
import type { S3Request } from './s3-request.ts';

/** A signature that was found right. */
export type Signed = Extract<SignatureVerdict, { ok: true }>;
type Denied = Extract<SignatureVerdict, { ok: false }>;

export interface Authority {
  readonly credentials: AwsCredentials;
  readonly region: string;
  /** Wall time, ms since the Unix epoch. */
  readonly now: () => number;
}

/** Checks who sends a request. Throws S3Error with the code S3 gives for the reason. */
export function authenticate(request: S3Request, authority: Authority): Signed {
  if (isSignatureVersion2(request)) {
    throw new S3Error(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    );
  }
  const verdict = verifySignature({
    method: request.method,
    rawPath: request.rawPath,
    rawQuery: request.rawQuery,
    headers: request.headers,
    payloadHash: request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
    doubleEncodePath: false,
    service: 's3',
    region: authority.region,
    credentials: authority.credentials,
    now: authority.now(),
  });
  if (!verdict.ok) throw denial(verdict, request, authority);
  if (verdict.kind === 'header' && request.headers['x-amz-content-sha256'] === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return verdict;
}

/** As old clients sign, and boto3 a URL for us-east-1 unless told otherwise; newer regions refuse it in the same way. */
const isSignatureVersion2 = ({ headers, query }: S3Request): boolean =>
  headers.authorization?.startsWith('AWS ') === true || (query.has('AWSAccessKeyId') && query.has('Signature'));

function denial({ reason, message }: Denied, request: S3Request, authority: Authority): S3Error {
  const region: S3ErrorOptions = { fields: { Region: authority.region } };
  switch (reason) {
    case 'missing':
      return new S3Error('AccessDenied', 'Access Denied');
    case 'malformed-header':
      return new S3Error('AuthorizationHeaderMalformed', message);
    case 'malformed-query':
      return new S3Error('AuthorizationQueryParametersError', message);
    case 'wrong-region':
    case 'wrong-scope': {
      const isHeader = request.headers.authorization !== undefined;
      const code = isHeader ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError';
      return new S3Error(code, message, region);
    }
    case 'unknown-key':
      return new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
    case 'wrong-token':
      return new S3Error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
    case 'skewed':
      if (request.headers.authorization === undefined) return new S3Error('AccessDenied', message);
      return new S3Error('RequestTimeTooSkewed', message, {
        fields: { ServerTime: new Date(authority.now()).toISOString(), MaxAllowedSkewMilliseconds: '900000' },
      });
    case 'expired':
    case 'unsigned-headers':
      return new S3Error('AccessDenied', message);
    case 'mismatch':
      return new S3Error('SignatureDoesNotMatch', message);
    default:
      return assertNever(reason);
  }
}
