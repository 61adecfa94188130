import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CREDENTIALS, lambdaClient, REGION } from '../../../../test/conformance/lambda/harness.ts';
import { artifacts } from '../artifacts.ts';
import { isAlive } from './scratch-names.ts';

/** A program that serves functions and prints what it does, one JSON a line. */
const PROGRAM = `
import { startFunctionServer } from './server.mjs';
const tell = (what) => console.log(JSON.stringify(what));
const { options } = JSON.parse(process.argv[2]);
const server = await startFunctionServer({ ...options, onEvent: tell });
tell({ kind: 'listening', endpoint: server.endpoint, limits: server.limits });
`;

/** Marks that it runs, then never yields. */
const SPINNING = `import { writeFileSync } from 'node:fs';
const spin = () => { writeFileSync(process.env.MARK, ''); for (;;); };
if (process.env.WHERE === 'init') spin();
export const handler = async () => spin();`;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'squall-orphans-'));
  const outfile = join(folder, 'server.mjs');
  const entryPoints = [join(import.meta.dirname, 'function-server.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm' });
  writeFileSync(join(folder, 'program.mjs'), PROGRAM);
  writeFileSync(join(folder, 'index.mjs'), SPINNING);
});
afterAll(() => rmSync(folder, { recursive: true }));

const until = async (done: () => boolean) => {
  while (!done()) await sleep(5);
};

/** A process that is dead but that nobody has waited for is gone all the same. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function spinningInstance(where: 'init' | 'handler', caps: object): Promise<[server: ChildProcess, pid: number]> {
  const mark = join(folder, `${where}-${Object.keys(caps).length}`);
  const definition = {
    name: 'spin',
    codeDir: folder,
    handler: 'index.handler',
    memoryMb: 1769,
    timeoutMs: 60_000,
    env: { MARK: mark, WHERE: where },
    runtime: { command: process.execPath, args: [artifacts().bootstrap] },
  };
  const options = { functions: [definition], credentials: CREDENTIALS, region: REGION, ...caps };
  const server = spawn(process.execPath, [join(folder, 'program.mjs'), JSON.stringify({ options })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout! })) {
    const told = JSON.parse(line);
    if (told.kind === 'listening') {
      const client = lambdaClient(told.endpoint, CREDENTIALS);
      client.send(new InvokeCommand({ FunctionName: 'spin' })).catch(() => client.destroy());
    }
    if (told.kind === 'started') {
      await until(() => existsSync(mark));
      return [server, told.pid];
    }
  }
  throw new Error('the server ended');
}

it.each([
  ['in its handler, by the caps of this machine', 'handler', {}],
  ['while it starts, by the caps of this machine', 'init', {}],
  ['in its handler, where the kernel tells nobody of the death of a parent', 'handler', { caps: { cgroups: {} } }],
  ['while it starts, where the kernel tells nobody of the death of a parent', 'init', { caps: { cgroups: {} } }],
] as const)('an instance that spins %s does not outlive a server that is killed', async (_, where, caps) => {
  const [server, pid] = await spinningInstance(where, caps);
  expect(isRunning(pid)).toBe(true);
  server.kill('SIGKILL');
  await until(() => !isRunning(pid));
});
