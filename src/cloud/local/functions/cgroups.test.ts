import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectCgroups, InstanceCgroups } from './cgroups.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'squall-cgroups-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Ordinary folders and files where the kernel would have a hierarchy. */
function layout(self: string, files: readonly string[]): [root: string, self: string] {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  writeFileSync(join(folder, 'self'), self);
  return [folder, join(folder, 'self')];
}

describe('detection', () => {
  it('finds nothing where there is nothing', () => {
    expect(detectCgroups(folder, join(folder, 'absent'))).toEqual({});
    expect(detectCgroups(...layout('0::/\n', []))).toEqual({});
  });

  it('does not take a hierarchy whose new groups lack the controller', () => {
    expect(
      detectCgroups(...layout('0::/a/b\n3:memory:/\n', ['a/b/cgroup.procs', 'a/cgroup.procs', 'memory/cgroup.procs'])),
    ).toEqual({});
    expect(readdirSync(folder).sort()).toEqual(['a', 'memory', 'self']);
  });
});

describe('groups of version 2', () => {
  /** Made by hand: in an ordinary folder a new group has no files. */
  const cgroups = () => {
    const hierarchy = { version: 'cgroup-v2', folder } as const;
    return { memory: hierarchy, cpu: hierarchy };
  };

  it('cap memory and CPU in one group', () => {
    const group = new InstanceCgroups(cgroups(), 512 * 1024 * 1024);
    group.limitCpu(0.25);
    group.add(4711);
    const [name] = readdirSync(folder);
    const file = (which: string) => readFileSync(join(folder, name!, which), 'utf8');
    expect(readdirSync(folder)).toHaveLength(1);
    expect(file('memory.max')).toBe('536870912');
    expect(file('cpu.max')).toBe('25000 100000');
    expect(file('cgroup.procs')).toBe('4711');
    writeFileSync(join(folder, name!, 'memory.events'), 'oom 1\noom_kill 0\n');
    expect(group.outOfMemory()).toBe(false);
    writeFileSync(join(folder, name!, 'memory.events'), 'oom 1\noom_kill 1\n');
    expect(group.outOfMemory()).toBe(true);
  });

  it('give the smallest share that the scheduler takes', () => {
    const group = new InstanceCgroups({ cpu: { version: 'cgroup-v2', folder } }, 0);
    group.limitCpu(0.0001);
    expect(readFileSync(join(folder, readdirSync(folder)[0]!, 'cpu.max'), 'utf8')).toBe('1000 100000');
    expect(group.outOfMemory()).toBe(false);
  });
});

describe('groups of this machine', () => {
  it('are removed with whatever runs in them', async () => {
    const group = new InstanceCgroups(detectCgroups(), 64 * 1024 * 1024);
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
    group.add(child.pid!);
    await group.remove();
    if (!detectCgroups().memory && !detectCgroups().cpu) child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    const left = ['memory', 'cpu']
      .map((controller) => join('/sys/fs/cgroup', controller))
      .filter((path) => existsSync(path));
    expect(left.flatMap((path) => readdirSync(path).filter((name) => name.includes(`-${process.pid}-`)))).toEqual([]);
  });
});
