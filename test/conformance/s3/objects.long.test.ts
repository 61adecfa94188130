import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRadosgw } from '../radosgw/radosgw.ts';
import { AWS_CLI } from './cases/aws-cli.ts';
import { CASES } from './cases.ts';
import { runBoto3 } from './clients.ts';
import { type Deviations, RADOSGW, RADOSGW_BOTO3 } from './deviations.ts';
import { FOREIGN_CASES } from './foreign-cases.ts';
import { refusal, withSubject } from './harness.ts';
import { type RunningServer, startEmbedded } from './servers.ts';

interface Server {
  readonly server: string;
  readonly start: () => Promise<RunningServer>;
  readonly deviations: Deviations;
  readonly boto3: Readonly<Record<string, string>>;
}

const SERVERS: readonly Server[] = [
  { server: "Squall's embedded server", start: startEmbedded, deviations: {}, boto3: {} },
  { server: "Ceph's gateway", start: startRadosgw, deviations: RADOSGW, boto3: RADOSGW_BOTO3 },
];

beforeAll(() => {
  execFileSync(join(import.meta.dirname, 'install.sh'), { stdio: 'inherit' });
}, 300_000);

const repeated = (names: readonly string[]) => names.filter((name, i) => names.indexOf(name) !== i);

it('names every case once, and a deviation only of a case', () => {
  const names = [...CASES, ...AWS_CLI].map(({ name }) => name);
  expect(repeated(names)).toEqual([]);
  expect(repeated(FOREIGN_CASES)).toEqual([]);
  expect(Object.keys(RADOSGW).filter((name) => !names.includes(name))).toEqual([]);
  expect(Object.keys(RADOSGW_BOTO3).filter((name) => !FOREIGN_CASES.includes(name))).toEqual([]);
});

describe.each(SERVERS)('$server', ({ start, deviations, boto3 }) => {
  let target: RunningServer | undefined;
  beforeAll(async () => {
    target = await start();
  }, 400_000);
  afterAll(() => target?.stop());

  describe.each([
    { client: "AWS's SDK for JavaScript", cases: CASES },
    { client: "AWS's command line", cases: AWS_CLI },
  ])('$client', ({ cases }) => {
    it.each(cases)('$name', async ({ name, run, expected }) => {
      const seen = await withSubject(target!, (subject) => run(subject).catch(refusal));
      expect(seen).toStrictEqual(name in deviations ? deviations[name] : expected);
    });
  });

  it(`boto3: ${FOREIGN_CASES.length} cases`, async () => {
    const line = (name: string) => (name in boto3 ? `not ok ${name}: ${boto3[name]}` : `ok ${name}`);
    expect(await runBoto3(target!)).toEqual(FOREIGN_CASES.map(line));
  });
});
