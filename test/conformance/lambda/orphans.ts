import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { artifacts } from '../../../src/cloud/local/artifacts.ts';
import type { FunctionDefinition } from '../../../src/cloud/local/functions/function-definition.ts';
import { type FunctionServerOptions, startFunctionServer } from '../../../src/cloud/local/functions/function-server.ts';
import type { FunctionLimits } from '../../../src/cloud/local/functions/host-caps.ts';
import { isAlive } from '../../../src/cloud/local/functions/scratch-names.ts';
import { CREDENTIALS, lambdaClient, REGION } from './harness.ts';

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

/** A folder with the program and the function. `remove` takes along what the killed servers left, by starting another. */
export async function prepareOrphanage(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'squall-orphans-'));
  const outfile = join(folder, 'server.mjs');
  const entryPoints = [join(import.meta.dirname, '../../../src/cloud/local/functions/function-server.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm' });
  writeFileSync(join(folder, 'program.mjs'), PROGRAM);
  writeFileSync(join(folder, 'index.mjs'), SPINNING);
  const remove = async () => {
    const sweeper = await startFunctionServer({ functions: [], credentials: CREDENTIALS, region: REGION });
    await sweeper.close();
    rmSync(folder, { recursive: true });
  };
  return { folder, remove };
}

export const until = async (done: () => boolean) => {
  while (!done()) await sleep(5);
};

/** A process that is dead but that nobody has waited for is gone all the same. */
export function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Starts a server in a process of its own and an invocation that spins; resolves when it does. */
export async function spinningInstance(
  folder: string,
  name: string,
  definition: Partial<FunctionDefinition>,
  caps: Partial<FunctionServerOptions>,
): Promise<[server: ChildProcess, pid: number, limits: FunctionLimits]> {
  const mark = join(folder, name);
  const spin: FunctionDefinition = {
    name: 'spin',
    codeDir: folder,
    handler: 'index.handler',
    memoryMb: 1769,
    timeoutMs: 60_000,
    runtime: { command: process.execPath, args: [artifacts().bootstrap] },
    ...definition,
    env: { MARK: mark, ...definition.env },
  };
  const options = { functions: [spin], credentials: CREDENTIALS, region: REGION, ...caps };
  const server = spawn(process.execPath, [join(folder, 'program.mjs'), JSON.stringify({ options })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let limits: FunctionLimits | undefined;
  for await (const line of createInterface({ input: server.stdout! })) {
    const told = JSON.parse(line);
    if (told.kind === 'listening') {
      limits = told.limits;
      const client = lambdaClient(told.endpoint, CREDENTIALS);
      client.send(new InvokeCommand({ FunctionName: 'spin' })).catch(() => client.destroy());
    }
    if (told.kind === 'started') {
      await until(() => existsSync(mark));
      return [server, told.pid, limits!];
    }
  }
  throw new Error('the server ended');
}
