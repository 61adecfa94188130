import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'dist/src/cli/main.js');

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const transcripts = [...readme.matchAll(/```console\n\$ squall (.*)\n([\s\S]*?)```/g)];

it('has transcripts', () => expect(transcripts.length).toBeGreaterThan(0));

it.each(transcripts.map(([, command, output]) => [command as string, output as string]))(
  'squall %s',
  (command, output) => {
    const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? (plain as string));
    expect(execFileSync(process.execPath, [CLI, ...args], { cwd: ROOT, encoding: 'utf8' })).toBe(output);
  },
);
