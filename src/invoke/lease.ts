/** After its deadline a task has so long to report, ms: then it is over, and its function is gone. */
export const LEASE_MARGIN_MS = 5_000;
