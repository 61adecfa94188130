import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Cgroups, type CgroupVersion, detectCgroups } from './cgroups.ts';
import { MB_PER_VCPU } from './limits.ts';
import { WATCHDOG_NODE_OPTION } from './watchdog.ts';

/** What this machine offers to hold an instance in check; absolute paths of the tools where they work. */
export interface HostCaps {
  readonly prlimit?: string;
  /**
   * Private memory that counts for RLIMIT_DATA although a runtime does not use it, MB: stacks, and the range that V8
   * keeps for code. From 120 MB (Node.js 20) to over 600 (24), so it has to be measured.
   */
  readonly unusedDataMb?: number;
  readonly setpriv?: string;
  readonly cgroups: Cgroups;
}

/** Which caps are in force. */
export interface FunctionLimits {
  /** `heap`: V8's own limit; `rlimit-data`: all private memory, with some slack; `cgroup-…`: exactly what is used. */
  readonly memory: readonly ('heap' | 'rlimit-data' | CgroupVersion)[];
  /** How an instance is held to its share of a CPU, memory / 1,769 MB. */
  readonly cpu: CgroupVersion | 'none';
  /** What ends an instance whose server was killed: a signal of the kernel's, or a thread that watches a pipe. */
  readonly orphans: 'pdeathsig' | 'watchdog';
}

const MIB = 1024 * 1024;
/** Stacks of the four threads with which Node.js reads files; they start when first needed. */
const FILE_THREADS_MB = 32;
/** V8's share of a function's memory, as in Lambda's Node.js runtimes. */
const HEAP_SHARE = 0.9;

/** Tries every tool once. */
export async function detectHostCaps(): Promise<HostCaps> {
  if (process.platform !== 'linux') return { cgroups: {} };
  const [prlimit, setpriv, unusedDataMb] = await Promise.all([
    working('prlimit', [`--data=${1024 * MIB}`, 'true']),
    working('setpriv', ['--pdeathsig', 'KILL', 'true']),
    measureUnusedData(),
  ]);
  return {
    cgroups: detectCgroups(),
    ...(prlimit !== undefined && unusedDataMb !== undefined && { prlimit, unusedDataMb }),
    ...(setpriv !== undefined && { setpriv }),
  };
}

/** As a Node.js process has it that has just begun, with such threads, like an instance: this one may hold any amount. */
async function measureUnusedData(): Promise<number | undefined> {
  const print = "require('fs').readFile('/proc/self/status', (_, status) => process.stdout.write(status))";
  const { stdout: status } = await promisify(execFile)(process.execPath, ['-e', print], { env: {} });
  const [data, resident] = [/^VmData:\s+(\d+) kB/m, /^RssAnon:\s+(\d+) kB/m].map((field) => field.exec(status)?.[1]);
  if (data === undefined || resident === undefined) return undefined;
  return Math.ceil((Number(data) - Number(resident)) / 1024) + FILE_THREADS_MB;
}

async function working(tool: string, args: readonly string[]): Promise<string | undefined> {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, tool))
    .find(isExecutable);
  if (path === undefined) return undefined;
  const ran = promisify(execFile)(path, args).then(
    () => true,
    () => false,
  );
  return (await ran) ? path : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) return false;
    throw error;
  }
}

export function limitsOf(caps: HostCaps): FunctionLimits {
  return {
    memory: [
      'heap',
      ...(caps.prlimit === undefined ? [] : (['rlimit-data'] as const)),
      ...(caps.cgroups.memory ? [caps.cgroups.memory.version] : []),
    ],
    cpu: caps.cgroups.cpu?.version ?? 'none',
    orphans: caps.setpriv === undefined ? 'watchdog' : 'pdeathsig',
  };
}

/** vCPUs of a function, never more than the machine has. */
export const vcpusOf = (memoryMb: number): number => Math.min(memoryMb / MB_PER_VCPU, availableParallelism());

/** V8's limit goes by the environment, so that it reaches any runtime that is Node. */
export function nodeOptions(caps: HostCaps, memoryMb: number, own: string | undefined): string {
  const heap = `--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`;
  const watchdog = caps.setpriv === undefined ? [WATCHDOG_NODE_OPTION] : [];
  return [heap, ...watchdog, ...(own === undefined ? [] : [own])].join(' ');
}

/** Exits when the parent died before the kernel was asked to signal that; otherwise becomes the runtime. */
const PARENT_CHECK = '[ "$PPID" = "$1" ] || exit 1; shift; exec "$@"';

/** The command line that starts `command` under the caps: each tool replaces itself by the next, so the process id stays. */
export function cappedCommand(
  caps: HostCaps,
  memoryMb: number,
  command: string,
  args: readonly string[],
): [command: string, ...args: string[]] {
  const line = [command, ...args];
  if (caps.setpriv !== undefined) {
    line.unshift(caps.setpriv, '--pdeathsig', 'KILL', '/bin/sh', '-c', PARENT_CHECK, 'sh', String(process.pid));
  }
  if (caps.prlimit !== undefined) {
    line.unshift(caps.prlimit, `--data=${(memoryMb + (caps.unusedDataMb ?? 0)) * MIB}`);
  }
  return line as [string, ...string[]];
}
