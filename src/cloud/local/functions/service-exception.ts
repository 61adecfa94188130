import { InvokeError } from '../../../common/errors.ts';

/** An answer of the Invoke API that is not about what the function did: HTTP status, exception name and body as on AWS. */
export class ServiceException extends InvokeError {
  readonly status: number;
  readonly type: string;
  readonly body: Readonly<Record<string, string>>;

  constructor(status: number, type: string, message: string, more: Readonly<Record<string, string>> = {}) {
    super('SQ6021', message, { details: { status, errorType: type } });
    this.status = status;
    this.type = type;
    this.body = { Type: status < 500 ? 'User' : 'Service', message, ...more };
  }
}

export const functionNotFound = (arn: string): ServiceException =>
  new ServiceException(404, 'ResourceNotFoundException', `Function not found: ${arn}`);

export type ThrottleReason = 'ConcurrentInvocationLimitExceeded' | 'ReservedFunctionConcurrentInvocationLimitExceeded';

export const throttled = (reason: ThrottleReason): ServiceException =>
  new ServiceException(429, 'TooManyRequestsException', 'Rate Exceeded.', { Reason: reason });

export const payloadTooLarge = (message: string): ServiceException =>
  new ServiceException(413, 'RequestEntityTooLargeException', message);

export const invalidParameter = (message: string): ServiceException =>
  new ServiceException(400, 'InvalidParameterValueException', message);

export const invalidContent = (message: string): ServiceException =>
  new ServiceException(400, 'InvalidRequestContentException', message);
