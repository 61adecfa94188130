import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect } from 'vitest';
import { type Ended, expectNothingLeft, type SquallOptions } from './squall.ts';

const PROGRAM = join(import.meta.dirname, 'resident.mjs');

type ResidentProcess = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

interface Answer {
  readonly code: number;
  /** Kinds of resources that would have kept a process of its own from ending. */
  readonly held: readonly string[];
}

/**
 * The built command line in one process that stays: for what does not depend on how a process starts and ends, at a tenth of the
 * time. Every run has its own environment, folders and standard input, and real pipes as outputs; it may leave no process, no file
 * and nothing that would hold a process back.
 */
export class ResidentSquall {
  readonly #child: ResidentProcess;
  readonly #gone: Promise<never>;

  private constructor() {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'ipc'];
    this.#child = spawn(process.execPath, [PROGRAM], { env: {}, stdio }) as ResidentProcess;
    this.#gone = new Promise((_, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code) => reject(new Error(`the resident command line ended with ${code}`)));
    });
    this.#gone.catch(() => undefined);
  }

  static start(): ResidentSquall {
    return new ResidentSquall();
  }

  async run(args: readonly string[], options: Omit<SquallOptions, 'whileRunning'> = {}): Promise<Ended> {
    const temporary = mkdtempSync(join(tmpdir(), 'squall-cli-'));
    const mark = `\0${randomUUID()}\0`;
    try {
      const outputs = Promise.all([until(this.#child.stdout, mark), until(this.#child.stderr, mark)]);
      const answered = new Promise<Answer>((resolve) =>
        this.#child.once('message', (message) => resolve(message as Answer)),
      );
      this.#child.send({
        args,
        env: { PATH: process.env.PATH, TMPDIR: temporary, HOME: temporary, ...options.env },
        cwd: options.cwd ?? temporary,
        input: options.input ?? '',
        mark,
      });
      const { code, held } = await Promise.race([answered, this.#gone]);
      const [stdout, stderr] = await Promise.race([outputs, this.#gone]);
      expect(held, `what holds a process back after squall ${args.join(' ')}`).toEqual([]);
      expectNothingLeft(temporary, args);
      return { code, stdout, stderr };
    } finally {
      rmSync(temporary, { recursive: true });
    }
  }

  async close(): Promise<void> {
    this.#child.disconnect();
    await this.#gone.catch(() => undefined);
  }
}

/** What a stream brings until the mark, as text. */
function until(stream: Readable, mark: string): Promise<string> {
  const end = Buffer.from(mark);
  let all = Buffer.alloc(0);
  return new Promise((resolve) => {
    const onData = (chunk: Buffer) => {
      all = Buffer.concat([all, chunk]);
      if (!all.subarray(-end.length).equals(end)) return;
      stream.off('data', onData);
      resolve(all.subarray(0, -end.length).toString());
    };
    stream.on('data', onData);
  });
}
