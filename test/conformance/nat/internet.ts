import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { decodeWire, encodeWire } from '../../../src/common/wire.ts';
import type { Request, Response } from './protocol.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');

export type Place = 'wan' | 'a' | 'b' | 'c';
export type Nat = 'cone' | 'symmetric' | 'reset';

/** Processes on a WAN and on hosts behind NATs, each in a network namespace of its own. */
export class Internet {
  readonly #name: string;
  readonly #folder: string;
  readonly #lines = new Map<Place, LineProcess>();

  private constructor(name: string, folder: string) {
    this.#name = name;
    this.#folder = folder;
  }

  /** Installs iproute2 and iptables when they are missing. Rejects where namespaces or NAT are not to be had: root is needed. */
  static async start(): Promise<Internet> {
    await run('bash', [script('install.sh')], { timeout: 300_000 });
    await mkdir(join(ROOT, 'build'), { recursive: true });
    const folder = await mkdtemp(join(ROOT, 'build', 'nat-'));
    const internet = new Internet(`squall${process.pid}`, folder);
    process.once('exit', internet.#downNow);
    try {
      await internet.#network('up', 120_000);
      const guard = [script('network.sh'), 'guard', internet.#name, String(process.pid)];
      spawn('bash', guard, { detached: true, stdio: 'ignore' }).unref();
      const entryPoints = ['wan-process', 'host-process'].map((name) => join(import.meta.dirname, `${name}.ts`));
      await build({
        entryPoints,
        outdir: folder,
        outExtension: { '.js': '.mjs' },
        bundle: true,
        packages: 'external',
        platform: 'node',
        target: 'node20',
        format: 'esm',
        logLevel: 'error',
      });
      for (const place of ['wan', 'a', 'b', 'c'] as const) internet.#spawn(place);
      return internet;
    } catch (error) {
      await internet.close();
      throw error;
    }
  }

  /** Asks the process of a place. */
  ask<T>(place: Place, request: Request): Promise<T> {
    return (this.#lines.get(place) as LineProcess).ask<T>(request);
  }

  nat(kind: Nat): Promise<void> {
    return this.#network('nat', 60_000, kind);
  }

  block(from: Place, to: Place): Promise<void> {
    return this.#network('block', 60_000, from, to);
  }

  unblock(from: Place, to: Place): Promise<void> {
    return this.#network('unblock', 60_000, from, to);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lines.values()].map((process) => process.end()));
    await this.#network('down', 120_000);
    process.off('exit', this.#downNow);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #spawn(place: Place): void {
    const file = join(this.#folder, place === 'wan' ? 'wan-process.mjs' : 'host-process.mjs');
    const command = ['netns', 'exec', `${this.#name}-${place}`, process.execPath, file, '198.51.100.1'];
    this.#lines.set(place, new LineProcess(place, spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] })));
  }

  async #network(command: string, timeout: number, ...rest: string[]): Promise<void> {
    await run('bash', [script('network.sh'), command, this.#name, ...rest], { timeout });
  }

  readonly #downNow = () => {
    execFileSync('bash', [script('network.sh'), 'down', this.#name], { stdio: 'ignore' });
  };
}

class LineProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #next = 0;

  constructor(place: string, child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const response = decodeWire(line) as Response;
      const waiting = this.#waiting.get(response.id);
      this.#waiting.delete(response.id);
      if ('error' in response) waiting?.reject(new Error(response.error));
      else waiting?.resolve(response.value);
    });
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the process of ${place} has ended`));
    });
  }

  ask<T>(request: Request): Promise<T> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.#child.stdin?.write(`${encodeWire({ id, request })}\n`);
    });
  }

  end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve();
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.stdin?.end();
    return ended;
  }
}

const script = (name: string) => join(import.meta.dirname, name);
