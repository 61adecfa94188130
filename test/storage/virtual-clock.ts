import { VirtualClock as SimulatedClock } from '../../src/cloud/sim/virtual-clock.ts';

/** The simulator's clock, which remembers the waits that were asked for. */
export class VirtualClock extends SimulatedClock {
  /** Every wait, ms, in order. */
  readonly slept: number[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(ms);
    return super.sleep(ms, signal);
  }
}
