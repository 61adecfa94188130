import { randomBytes } from 'node:crypto';

/** Begins the name of everything a server leaves on the machine while it lives. */
const PREFIX = 'squall-functions-';

/** A name that tells which process made it, so that what a killed server left can be found. */
export const scratchName = (): string => `${PREFIX}${process.pid}-${randomBytes(4).toString('hex')}`;

/** True for names of servers whose process is gone. */
export function isStale(name: string): boolean {
  const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
  return Number.isInteger(pid) && !isAlive(pid);
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
