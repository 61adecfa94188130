/** What one end of an edge has done. */
export interface LinkSummary {
  /** Rows and bytes of Arrow data sent, or received, over links and through objects. */
  readonly rows: number;
  readonly bytes: number;
  /** Pairs with a link. */
  readonly connected: number;
  /** Pairs that went through the store, as `stage 1 task 3 -> stage 2 task 0`. */
  readonly fellBack: readonly string[];
  /** Most descriptors open at once. */
  readonly descriptorsPeak: number;
}
