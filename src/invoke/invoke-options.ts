export interface InvokeOptions {
  readonly signal: AbortSignal;
  /** Told before an object is written on the way: a task or a report that is too large for a message. */
  readonly wrote: (uri: string) => void;
  /**
   * Told before the call fails when its function may still run and write: the signal fired while it ran, or the connection was lost.
   * The promise resolves when the function has ended, as far as that can be known; it never rejects.
   */
  readonly lingers?: (gone: Promise<void>) => void;
  /** Told of a throttled invocation (429); it is sent again when the promise resolves. Absent: after a pause of the invoker's own. */
  readonly throttled?: () => Promise<void>;
}
