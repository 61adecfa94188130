import type { Cloud } from '../cloud.ts';
import { FairSlots } from './fair-slots.ts';
import { LaunchPace } from './launch-pace.ts';
import { Ramp } from './ramp.ts';

/** What all queries of a session share when they start functions of one cloud. */
export interface Launcher {
  readonly slots: FairSlots;
  readonly ramp: Ramp;
  readonly pace: LaunchPace;
}

const launchers = new WeakMap<Cloud, Launcher>();

export function launcherOf(cloud: Cloud): Launcher {
  const known = launchers.get(cloud);
  if (known) return known;
  const { clock, limits } = cloud;
  const ramp = new Ramp(limits.ramp ?? null, clock);
  const slots = new FairSlots({ limit: limits.concurrency, ramp, clock });
  const launcher = { slots, ramp, pace: new LaunchPace(clock) };
  launchers.set(cloud, launcher);
  return launcher;
}
