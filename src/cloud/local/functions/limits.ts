/** Lambda's limits, bytes unless said otherwise. */
export const MAX_SYNC_PAYLOAD = 6 * 1024 * 1024;
export const MAX_EVENT_PAYLOAD = 1024 * 1024;
/** What a runtime may post as a buffered response: the payload and a little room. */
export const MAX_RUNTIME_RESPONSE = MAX_SYNC_PAYLOAD + 100;
export const MAX_STREAMED_RESPONSE = 200 * 1024 * 1024;
/** Payloads of asynchronous invocations that wait or run; beyond, callers are throttled. Ours, not Lambda's. */
export const MAX_QUEUED_EVENTS = 64 * 1024 * 1024;
export const MAX_CLIENT_CONTEXT = 3583;
/** What X-Amz-Log-Result holds of a log. */
export const LOG_TAIL = 4096;
/** Memory that comes with one vCPU, MB. */
export const MB_PER_VCPU = 1769;
/** How long a new instance may take before its first request for work, ms; then it gets a second try within the timeout. */
export const INIT_TIMEOUT_MS = 10_000;
/** Pauses before the retries of an asynchronous invocation that failed, ms. */
export const EVENT_RETRY_DELAYS_MS: readonly number[] = [60_000, 120_000];
