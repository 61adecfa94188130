import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStale, scratchName } from './scratch-names.ts';

export type CgroupVersion = 'cgroup-v1' | 'cgroup-v2';

/** A folder of a control group hierarchy in which we may make groups that have the controller. */
interface Hierarchy {
  readonly version: CgroupVersion;
  readonly folder: string;
}

/** Where this process can cap memory and CPU of others; absent where it can not. */
export interface Cgroups {
  readonly memory?: Hierarchy;
  readonly cpu?: Hierarchy;
}

type Controller = keyof Cgroups;

const FILES: Record<Controller, Record<CgroupVersion, string>> = {
  memory: { 'cgroup-v1': 'memory.limit_in_bytes', 'cgroup-v2': 'memory.max' },
  cpu: { 'cgroup-v1': 'cpu.cfs_quota_us', 'cgroup-v2': 'cpu.max' },
};

/** Length of the scheduler's accounting period, µs, and the smallest quota it takes. */
const CPU_PERIOD_US = 100_000;
const MIN_CPU_QUOTA_US = 1_000;
/** Together a second: a killed process leaves its group within milliseconds. */
const MAX_REMOVE_TRIES = 200;

/** Finds out by making a group in each candidate, and removes what killed servers left there. */
export function detectCgroups(root = '/sys/fs/cgroup', self = '/proc/self/cgroup'): Cgroups {
  if (!existsSync(self)) return {};
  const lines = readFileSync(self, 'utf8').split('\n');
  const memory = detect('memory', root, lines);
  const cpu = detect('cpu', root, lines);
  return { ...(memory && { memory }), ...(cpu && { cpu }) };
}

function detect(controller: Controller, root: string, selfLines: readonly string[]): Hierarchy | undefined {
  for (const candidate of candidates(controller, root, selfLines)) {
    if (!canCreate(controller, candidate)) continue;
    for (const name of readdirSync(candidate.folder).filter(isStale)) tryRemove(join(candidate.folder, name));
    return candidate;
  }
  return undefined;
}

/** Version 2 first. Beside our own group as well as in it: a version 2 group that holds processes can not have children with controllers. */
function* candidates(controller: Controller, root: string, selfLines: readonly string[]): Generator<Hierarchy> {
  const unified = selfLines.find((line) => line.startsWith('0::'))?.slice(3);
  if (unified !== undefined) {
    for (const top of [root, join(root, 'unified')]) {
      const own = join(top, unified);
      yield { version: 'cgroup-v2', folder: own };
      if (own !== top) yield { version: 'cgroup-v2', folder: dirname(own) };
    }
  }
  const line = selfLines.find((one) => one.split(':')[1]?.split(',').includes(controller));
  if (line !== undefined) {
    const top = join(root, controller);
    yield { version: 'cgroup-v1', folder: join(top, line.split(':').slice(2).join(':')) };
    yield { version: 'cgroup-v1', folder: top };
  }
}

function canCreate(controller: Controller, { version, folder }: Hierarchy): boolean {
  const probe = join(folder, scratchName());
  try {
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    mkdirSync(probe);
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
  try {
    accessSync(join(probe, FILES[controller][version]), constants.W_OK);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  } finally {
    tryRemove(probe);
  }
}

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

function tryRemove(folder: string): 'removed' | 'busy' {
  try {
    rmdirSync(folder);
    return 'removed';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'removed';
    if (code === 'EBUSY' || code === 'EPERM' || code === 'EACCES') return 'busy';
    throw error;
  }
}

/** The control groups of one instance: a folder in each hierarchy that is there. */
export class InstanceCgroups {
  readonly #memory: Hierarchy | undefined;
  readonly #cpu: Hierarchy | undefined;

  /** Makes the groups and sets the memory limit. CPU is not limited before `limitCpu`. */
  constructor(cgroups: Cgroups, memoryBytes: number) {
    const name = scratchName();
    this.#memory = cgroups.memory && inside(cgroups.memory, name);
    this.#cpu = cgroups.cpu && cgroups.cpu.folder === cgroups.memory?.folder ? this.#memory : undefined;
    if (cgroups.cpu && !this.#cpu) this.#cpu = inside(cgroups.cpu, name);
    if (!this.#memory) return;
    const { folder, version } = this.#memory;
    writeFileSync(join(folder, FILES.memory[version]), String(memoryBytes));
    const [swapFile, swapBytes] =
      version === 'cgroup-v1' ? ['memory.memsw.limit_in_bytes', memoryBytes] : ['memory.swap.max', 0];
    if (existsSync(join(folder, swapFile))) writeFileSync(join(folder, swapFile), String(swapBytes));
  }

  /** Moves a process in, with all its threads. One that has ended already is no error. */
  add(pid: number): void {
    for (const folder of this.#folders()) {
      try {
        writeFileSync(join(folder, 'cgroup.procs'), String(pid));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  limitCpu(vcpus: number): void {
    if (!this.#cpu) return;
    const quota = Math.max(MIN_CPU_QUOTA_US, Math.round(vcpus * CPU_PERIOD_US));
    const { folder, version } = this.#cpu;
    if (version === 'cgroup-v1') writeFileSync(join(folder, 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
    const value = version === 'cgroup-v1' ? String(quota) : `${quota} ${CPU_PERIOD_US}`;
    writeFileSync(join(folder, FILES.cpu[version]), value);
  }

  /** Whether the kernel has killed a process of the group at its memory limit. */
  outOfMemory(): boolean {
    if (!this.#memory) return false;
    const file = this.#memory.version === 'cgroup-v1' ? 'memory.oom_control' : 'memory.events';
    return /^oom_kill [1-9]/m.test(readFileSync(join(this.#memory.folder, file), 'utf8'));
  }

  /** Kills what is still inside and removes the groups. One that the kernel does not let go of is left to a later server. */
  async remove(): Promise<void> {
    for (const folder of this.#folders()) {
      for (let tries = 0; tries < MAX_REMOVE_TRIES && tryRemove(folder) === 'busy'; tries++) {
        for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
          killProcess(Number(pid));
        }
        await sleep(5);
      }
    }
  }

  #folders(): Set<string> {
    return new Set([this.#memory, this.#cpu].flatMap((hierarchy) => (hierarchy ? [hierarchy.folder] : [])));
  }
}

function inside({ version, folder }: Hierarchy, name: string): Hierarchy {
  const made = join(folder, name);
  mkdirSync(made);
  return { version, folder: made };
}

/** SIGKILL for a process, or with a negative id for a process group; one that is gone is no error. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // macOS answers EPERM for a group whose processes have all ended.
    if (code !== 'ESRCH' && !(code === 'EPERM' && pid < 0)) throw error;
  }
}
