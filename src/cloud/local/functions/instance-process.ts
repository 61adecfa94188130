import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { InstanceCgroups, killProcess } from './cgroups.ts';
import type { RunnableFunction } from './function-definition.ts';
import type { ProcessExit } from './function-error.ts';
import { cappedCommand, type HostCaps, vcpusOf } from './host-caps.ts';

export interface InstanceProcessOptions {
  readonly definition: RunnableFunction;
  readonly caps: HostCaps;
  readonly env: Readonly<Record<string, string>>;
  /** File descriptor for standard output and error. */
  readonly output: number;
}

/** The operating-system process of an instance, under its caps. It leads a process group, so that its children go with it. */
export class InstanceProcess {
  readonly #options: InstanceProcessOptions;
  readonly #child: ChildProcess;
  readonly #cgroups: InstanceCgroups;
  /** Settles when the process has ended and nothing of it is left. */
  readonly exit: Promise<ProcessExit>;

  constructor(options: InstanceProcessOptions) {
    this.#options = options;
    const { definition, caps } = options;
    const { runtime } = definition;
    const [command, ...args] = cappedCommand(caps, definition.memoryMb, runtime.command, runtime.args);
    this.#cgroups = new InstanceCgroups(caps.cgroups, definition.memoryMb * 1024 * 1024);
    const watchdog = caps.setpriv === undefined ? (['pipe'] as const) : [];
    const stdio = ['ignore', options.output, options.output, ...watchdog] as const;
    this.#child = spawn(command, args, {
      cwd: definition.codeDir,
      env: options.env,
      detached: true,
      stdio: [...stdio],
    });
    if (this.#child.pid !== undefined) this.#cgroups.add(this.#child.pid);
    this.exit = this.#awaitExit();
  }

  /** Undefined when the command could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(): void {
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      killProcess(-this.#child.pid);
    }
  }

  /** From now on no more CPU than the function's memory brings. The start of an instance is not limited, as on AWS. */
  limitCpu(): void {
    this.#cgroups.limitCpu(vcpusOf(this.#options.definition.memoryMb));
  }

  /** Peak resident memory in MB, rounded up; undefined where there is no /proc. */
  maxMemoryMb(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      return peak === undefined ? undefined : Math.ceil(Number(peak) / 1024);
    } catch (error) {
      if (error instanceof Error && 'syscall' in error) return undefined;
      throw error;
    }
  }

  async #awaitExit(): Promise<ProcessExit> {
    const { pid } = this.#child;
    const [code, signal, startError] = await new Promise<[number | null, NodeJS.Signals | null, Error?]>((resolve) => {
      this.#child.once('exit', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
      this.#child.once('error', (error) => resolve([null, null, error]));
    });
    if (pid !== undefined) killProcess(-pid);
    const outOfMemory = signal === 'SIGKILL' && this.#cgroups.outOfMemory();
    await this.#cgroups.remove();
    return { code, signal, outOfMemory, ...(startError && { startError }) };
  }
}
