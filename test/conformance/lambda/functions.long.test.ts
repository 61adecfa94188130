import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuntimeCommand } from '../../../src/cloud/local/functions/function-definition.ts';
import { CASES } from './cases.ts';
import { type Harness, startHarness } from './harness.ts';
import { isRunning, prepareOrphanage, spinningInstance, until } from './orphans.ts';

const here = import.meta.dirname;

/** AWS's own runtime. */
const ric: RuntimeCommand = {
  command: process.execPath,
  args: [join(here, 'node_modules/aws-lambda-ric/index.mjs')],
};

const RUNTIMES: readonly { readonly name: string; readonly runtime?: RuntimeCommand }[] = [
  { name: "Squall's bootstrap" },
  { name: "AWS's aws-lambda-ric", runtime: ric },
];

beforeAll(() => {
  execFileSync(join(here, 'install.sh'), { stdio: 'inherit' });
}, 300_000);

describe.each(RUNTIMES)('$name', ({ runtime }) => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness(runtime);
  });
  afterAll(() => harness.close());

  it.each(CASES)('$name', ({ run }) => run(harness));
});

describe("AWS's aws-lambda-ric, when the server is killed", () => {
  it.each([
    ['by the caps of this machine', {}],
    ['by a thread only', { caps: { cgroups: {} } }],
  ])('ends as well, %s', async (name, caps) => {
    const { folder, remove } = await prepareOrphanage();
    const [server, pid] = await spinningInstance(folder, name, { runtime: ric }, caps);
    expect(isRunning(pid)).toBe(true);
    server.kill('SIGKILL');
    await until(() => !isRunning(pid));
    await remove();
  });
});
