import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'dist/src/cli/main.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SquallOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input holds; nothing unless told otherwise. */
  readonly input?: string;
  /** Called when the process has started; standard output is the caller's when this takes it. */
  readonly whileRunning?: (running: Running) => Promise<void>;
}

export interface Running {
  readonly child: ChildProcess & { readonly stdout: NodeJS.ReadableStream };
  /** Resolves when this many processes of functions run. */
  functions(atLeast: number): Promise<void>;
}

/**
 * Runs the built command line in an environment of its own and waits for its end. Whatever it was asked, no process of its may
 * be left then, and no file in its folder for temporary files.
 */
export async function squall(args: readonly string[], options: SquallOptions = {}): Promise<Ended> {
  const temporary = mkdtempSync(join(tmpdir(), 'squall-cli-'));
  try {
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd: options.cwd ?? temporary,
      env: { PATH: process.env.PATH, TMPDIR: temporary, HOME: temporary, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    child.stdin.end(options.input ?? '');
    const stderr = text(child.stderr);
    const stdout = options.whileRunning ? '' : text(child.stdout);
    await options.whileRunning?.({ child, functions: (atLeast) => untilRunning(child, temporary, atLeast) });
    const ended = { code: await exited, stdout: await stdout, stderr: await stderr };
    expectNothingLeft(temporary, args);
    return ended;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** No process that a command line started, and no file in its folder for temporary files. */
export function expectNothingLeft(temporary: string, args: readonly string[]): void {
  expect(processesOf(temporary), `processes left by squall ${args.join(' ')}`).toEqual([]);
  expect(readdirSync(temporary), `files left by squall ${args.join(' ')}`).toEqual([]);
}

/** Processes whose environment names the folder: those of functions have theirs below it. */
export function processesOf(temporary: string): readonly string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(temporary));
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

async function untilRunning(child: ChildProcess, temporary: string, functions: number): Promise<void> {
  while (processesOf(temporary).length < functions + 1) {
    if (child.exitCode !== null) throw new Error(`squall has ended, with code ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
