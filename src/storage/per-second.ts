/** Events in this second and in the one before it. */
export class PerSecond {
  #start: number;
  #now = 0;
  #before = 0;

  constructor(nowMs: number) {
    this.#start = nowMs;
  }

  add(nowMs: number): void {
    this.#turn(nowMs);
    this.#now += 1;
  }

  /** The larger of the two counts: a second that has just begun tells nothing yet. */
  rate(nowMs: number): number {
    this.#turn(nowMs);
    return Math.max(this.#now, this.#before);
  }

  #turn(nowMs: number): void {
    const since = nowMs - this.#start;
    if (since < 1000) return;
    this.#before = since < 2000 ? this.#now : 0;
    this.#now = 0;
    this.#start = nowMs;
  }
}
