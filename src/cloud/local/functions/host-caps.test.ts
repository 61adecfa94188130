import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { cappedCommand, detectHostCaps, type HostCaps, limitsOf, nodeOptions, vcpusOf } from './host-caps.ts';
import { WATCHDOG_NODE_OPTION } from './watchdog.ts';

const NOTHING: HostCaps = { cgroups: {} };
const ALL: HostCaps = {
  prlimit: '/bin/prlimit',
  unusedDataMb: 96,
  setpriv: '/bin/setpriv',
  cgroups: { memory: { version: 'cgroup-v2', folder: '/g' }, cpu: { version: 'cgroup-v1', folder: '/g' } },
};

it('reports what is in force', () => {
  expect(limitsOf(NOTHING)).toEqual({ memory: ['heap'], cpu: 'none', orphans: 'watchdog' });
  expect(limitsOf(ALL)).toEqual({
    memory: ['heap', 'rlimit-data', 'cgroup-v2'],
    cpu: 'cgroup-v1',
    orphans: 'pdeathsig',
  });
});

it('names no tool that does not work here', async () => {
  const caps = await detectHostCaps();
  for (const tool of [caps.prlimit, caps.setpriv]) expect(tool ?? '/absolute').toMatch(/^\//);
  if (process.platform !== 'linux') expect(caps).toEqual(NOTHING);
});

it('starts a command under every cap there is', () => {
  expect(cappedCommand(NOTHING, 128, 'node', ['a b'])).toEqual(['node', 'a b']);
  expect(cappedCommand(ALL, 128, 'node', ['a b'])).toEqual([
    '/bin/prlimit',
    `--data=${(128 + 96) * 1024 * 1024}`,
    '/bin/setpriv',
    '--pdeathsig',
    'KILL',
    '/bin/sh',
    '-c',
    '[ "$PPID" = "$1" ] || exit 1; shift; exec "$@"',
    'sh',
    String(process.pid),
    'node',
    'a b',
  ]);
});

it("puts the function's own Node options last, so that they win", () => {
  expect(nodeOptions(ALL, 1000, undefined)).toBe('--max-old-space-size=900');
  expect(nodeOptions(ALL, 1000, '--trace-warnings')).toBe('--max-old-space-size=900 --trace-warnings');
  expect(nodeOptions(NOTHING, 1000, '--x')).toBe(`--max-old-space-size=900 ${WATCHDOG_NODE_OPTION} --x`);
  expect(WATCHDOG_NODE_OPTION).toMatch(/^--import data:text\/javascript,[^\s"\\]+$/);
});

it('gives a vCPU for 1,769 MB, and no more than there are', () => {
  expect(vcpusOf(1769)).toBe(1);
  expect(vcpusOf(128)).toBeCloseTo(0.0724, 4);
  expect(vcpusOf(1e9)).toBe(availableParallelism());
});
