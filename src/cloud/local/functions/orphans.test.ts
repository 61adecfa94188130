import { afterAll, beforeAll, expect, it } from 'vitest';
import { isRunning, prepareOrphanage, spinningInstance, until } from '../../../../test/conformance/lambda/orphans.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { FunctionServerOptions } from './function-server.ts';

let orphanage: Awaited<ReturnType<typeof prepareOrphanage>>;
beforeAll(async () => {
  orphanage = await prepareOrphanage();
});
afterAll(() => orphanage.remove());

const WATCHDOG = { caps: { cgroups: {} } };
const AT_INIT = { env: { WHERE: 'init' } };

it.each<[string, Partial<FunctionDefinition>, Partial<FunctionServerOptions>]>([
  ['in its handler', {}, {}],
  ['while it starts', AT_INIT, {}],
  ['in its handler, held by a thread only', {}, WATCHDOG],
  ['while it starts, held by a thread only', AT_INIT, WATCHDOG],
])('an instance that spins %s does not outlive a server that is killed', async (name, definition, caps) => {
  const [server, pid] = await spinningInstance(orphanage.folder, name, definition, caps);
  expect(isRunning(pid)).toBe(true);
  server.kill('SIGKILL');
  await until(() => !isRunning(pid));
});

it('nor does a runtime that is not Node, where the kernel can be asked', async () => {
  const runtime = { command: '/bin/sh', args: ['-c', ': > "$MARK"; while :; do :; done'] };
  const [server, pid, limits] = await spinningInstance(orphanage.folder, 'shell', { runtime }, {});
  expect(isRunning(pid)).toBe(true);
  server.kill('SIGKILL');
  if (limits.orphans === 'watchdog') process.kill(pid, 'SIGKILL');
  await until(() => !isRunning(pid));
});
