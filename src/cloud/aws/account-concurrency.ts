/** An account's default concurrency. */
export const DEFAULT_CONCURRENCY = 1_000;
