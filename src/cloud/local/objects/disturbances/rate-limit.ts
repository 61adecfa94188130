import { assertNever } from '../../../../common/errors.ts';
import type { RequestClass } from '../../../../storage/object-store.ts';
import type { S3Request } from '../request/s3-request.ts';
import { S3Error } from '../s3-error.ts';

/** Requests per second of one prefix: a bucket, and its keys up to their last slash. S3 gives 5,500 and 3,500. */
export interface RateLimitOptions {
  /** GET, HEAD and LIST. */
  readonly reads?: number;
  /** PUT and DELETE. */
  readonly writes?: number;
}

interface Tokens {
  left: number;
  /** ms since the Unix epoch. */
  filledAt: number;
}

/** A token bucket for each prefix and kind, as large as what flows into it in a second. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #now: () => number;
  readonly #tokens = new Map<string, Tokens>();

  constructor(options: RateLimitOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** Throws SlowDown when the prefix has had its share. */
  take(request: S3Request, requestClass: RequestClass): void {
    const kind = kindOf(requestClass);
    const rate = this.#options[kind];
    if (rate === undefined) return;
    const path = request.key === '' ? (request.query.get('prefix') ?? '') : request.key;
    const name = `${kind} ${request.bucket}/${path.slice(0, path.lastIndexOf('/') + 1)}`;
    const now = this.#now();
    const tokens = this.#tokens.get(name) ?? { left: rate, filledAt: now };
    this.#tokens.set(name, tokens);
    tokens.left = Math.min(rate, tokens.left + ((now - tokens.filledAt) / 1000) * rate);
    tokens.filledAt = now;
    if (tokens.left < 1) throw slowDown();
    tokens.left -= 1;
  }
}

function kindOf(requestClass: RequestClass): 'reads' | 'writes' {
  switch (requestClass) {
    case 'GET':
    case 'HEAD':
    case 'LIST':
      return 'reads';
    case 'PUT':
    case 'DELETE':
      return 'writes';
    default:
      return assertNever(requestClass);
  }
}

export const slowDown = () => new S3Error('SlowDown', 'Please reduce your request rate.');
