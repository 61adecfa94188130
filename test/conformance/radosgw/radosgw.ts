import { execFile, execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface RadosgwOptions {
  /** Past so many requests at once the gateway answers 503 SlowDown. */
  readonly maxRequests?: number;
}

export interface Radosgw {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Ends the daemons this call started and removes their state. Idempotent. */
  stop(): Promise<void>;
}

/**
 * A real, independent S3 server (Ceph's gateway over an in-memory store) on loopback, empty and with one user. Installs the
 * Debian packages when they are missing (root, about 30 s), else it is ready in 1-2 s. The daemons listen on a free block
 * of 21 ports and are also ended when this process exits without `stop`.
 */
export async function startRadosgw(options: RadosgwOptions = {}): Promise<Radosgw> {
  await run('bash', [script('install.sh')], { timeout: 300_000 });
  const base = await mkdtemp(join(tmpdir(), 'radosgw-'));
  const stopNow = () => execFileSync('bash', [script('stop.sh'), base, '--wipe'], { stdio: 'ignore' });
  process.once('exit', stopNow);
  const stop = async () => {
    process.off('exit', stopNow);
    await run('bash', [script('stop.sh'), base, '--wipe']);
    await rm(base, { recursive: true, force: true });
  };
  try {
    const values = await startInFreeBlock(base, options);
    return {
      endpoint: values.get('endpoint') as string,
      region: 'us-east-1',
      accessKeyId: values.get('access_key') as string,
      secretAccessKey: values.get('secret_key') as string,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Between the check and the daemons' start a port may be taken by somebody else: then another block is tried. */
async function startInFreeBlock(base: string, options: RadosgwOptions): Promise<Map<string, string>> {
  for (let attempt = 1; ; attempt++) {
    const port = await freeBlock(21);
    try {
      const { stdout } = await run('bash', [script('start.sh'), base, String(port), 'memstore'], {
        timeout: 180_000,
        env: { ...process.env, ...(options.maxRequests && { RGW_MAX_REQUESTS: String(options.maxRequests) }) },
      });
      const pairs = stdout.trim().split('\n');
      return new Map(pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** The first of `count` neighbouring ports that nobody listens on, below the range the kernel gives to clients. */
async function freeBlock(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = randomInt(15_000, 32_000);
    const ports = Array.from({ length: count }, (_, i) => first + i);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error(`no ${count} neighbouring free ports on 127.0.0.1`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

const script = (name: string) => join(import.meta.dirname, name);
