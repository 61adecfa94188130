import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Target } from './harness.ts';

const run = promisify(execFile);

/** Nothing of the machine's own configuration reaches a foreign client: no profile, no proxy, no metadata service. */
const environment = ({ endpoint, region, accessKeyId, secretAccessKey }: Target, home: string) => ({
  PATH: '/usr/bin:/bin',
  HOME: home,
  LC_ALL: 'C.UTF-8',
  ENDPOINT: endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_CONFIG_FILE: join(home, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
  AWS_PAGER: '',
});

/** What `foreign.py` printed, line by line. */
export async function runBoto3(target: Target): Promise<readonly string[]> {
  return withFolder(async (home) => {
    const script = join(import.meta.dirname, 'foreign.py');
    const { stdout } = await run('/usr/bin/python3', ['-B', script], {
      env: environment(target, home),
      timeout: 120_000,
    });
    return stdout.trimEnd().split('\n');
  });
}

export interface CliAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `aws …` in `folder`, which is its home as well. */
export function runAwsCli(target: Target, folder: string, args: readonly string[]): Promise<CliAnswer> {
  const options = { env: environment(target, folder), cwd: folder, timeout: 60_000 };
  return new Promise((resolve, reject) => {
    execFile('/usr/bin/aws', ['--endpoint-url', target.endpoint, ...args], options, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error);
    });
  });
}

export async function withFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'squall-s3-client-'));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
