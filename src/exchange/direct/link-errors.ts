import { InvokeError, SquallError } from '../../common/errors.ts';

/** The other end of a link died or fell silent before all was there; an error of ours, that closed it, is itself. */
export function linkLost(pair: string, why: string, cause?: unknown): SquallError {
  if (cause instanceof SquallError) return cause;
  return new InvokeError('SQ6010', `the link ${pair} is lost: ${why}`, {
    retryable: true,
    details: { link: pair },
    ...(cause !== undefined && { cause }),
  });
}

/** A task of a gang cannot learn where its peers are. */
export const notMet = (who: string, why: string, cause?: unknown) =>
  new InvokeError('SQ6011', `${who} does not meet its peers: ${why}`, {
    retryable: true,
    ...(cause !== undefined && { cause }),
  });

/** Fewer or other bytes than the sender counted, or no frames at all. */
export const linkMismatch = (pair: string, why: string) =>
  new InvokeError('SQ6012', `the link ${pair} delivered something else than was sent: ${why}`, {
    retryable: true,
    details: { link: pair },
  });
