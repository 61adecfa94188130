import type { Clock } from '../../common/clock.ts';

/** What happened when, in virtual time: one line an event. Two runs of one seed have the same text. */
export class Trace {
  readonly #clock: Clock;
  readonly #lines: string[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(event: string): void {
    this.#lines.push(`${this.#clock.monotonic().toFixed(3).padStart(10)} ${event}`);
  }

  get text(): string {
    return this.#lines.join('\n');
  }
}
