import type { RequestClass } from '../../../storage/object-store.ts';

/** Since the server started. */
export interface ObjectServerStats {
  /** Requests that were authenticated, by class; those that failed too. */
  readonly requests: Readonly<Record<RequestClass, number>>;
  /** Answers that are errors, by S3's code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Bytes of request bodies, without their framing. */
  readonly bytesReceived: number;
  /** Bytes of objects sent. */
  readonly bytesSent: number;
}

export class Meter {
  readonly #requests: Record<RequestClass, number> = { GET: 0, HEAD: 0, PUT: 0, LIST: 0, DELETE: 0 };
  readonly #errors: Record<string, number> = {};
  #bytesReceived = 0;
  #bytesSent = 0;

  request(requestClass: RequestClass): void {
    this.#requests[requestClass]++;
  }

  error(code: string): void {
    this.#errors[code] = (this.#errors[code] ?? 0) + 1;
  }

  received(bytes: number): void {
    this.#bytesReceived += bytes;
  }

  sent(bytes: number): void {
    this.#bytesSent += bytes;
  }

  get stats(): ObjectServerStats {
    return {
      requests: { ...this.#requests },
      errors: { ...this.#errors },
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
    };
  }
}
