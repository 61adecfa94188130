import type { Clock } from '../../common/clock.ts';

/** Each end of a link writes at least so often, ms, and is taken for dead after so many beats of silence. */
const BEAT_MS = 2_000;
export const SILENT_BEATS = 10;

/** Calls `beat` at an even beat until the signal fires. */
export async function beats(clock: Clock, signal: AbortSignal, beat: () => void): Promise<void> {
  const again = () => true;
  const over = () => false;
  while (await clock.sleep(BEAT_MS, signal).then(again, over)) beat();
}
