import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BindError, CancelledError, type SquallError } from './common/errors.ts';
import { type ConnectOptions, connect, openStorage } from './connect.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'squall-connect-'));
  for (const name of Object.keys(process.env)) if (/^(AWS|SQUALL)_/.test(name)) vi.stubEnv(name, undefined);
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: SquallError) => error,
  );

describe('connect', () => {
  it.each<[string, ConnectOptions, string]>([
    ['a setting of another kind', { workers: 0 }, 'workers must be a whole number of at least 1, not 0'],
    [
      'data beside endpoint',
      { data: 'd', endpoint: 'http://h' },
      'data and endpoint both say where s3:// is: give one of them',
    ],
    [
      'data for functions that cannot reach it',
      { data: 'd', target: 'aws' },
      'target aws cannot read data: functions on AWS do not reach a server on this computer',
    ],
  ])('refuses %s, and starts nothing', async (_, options, message) => {
    const error = await failureOf(connect(options));
    expect(error).toBeInstanceOf(BindError);
    expect(error.message).toBe(message);
    expect(existsSync('d')).toBe(false);
  });

  it('takes settings from the environment, options first', async () => {
    vi.stubEnv('SQUALL_TARGET', 'mars');
    expect((await failureOf(connect())).message).toBe(
      'SQUALL_TARGET must be one of auto, inline, local, aws, not "mars"',
    );
    await (await connect({ target: 'inline' })).close();
  });

  it('needs a place on S3 for target aws', async () => {
    for (const scratch of [undefined, 'file:///tmp/x']) {
      const session = await connect({ target: 'aws', region: 'us-east-1', scratch });
      const error = await failureOf(session.query('select 1 as n'));
      expect(error).toMatchObject({
        code: 'SQ1302',
        message: '--target aws needs a place on S3 for temporary objects',
        hint: 'give --scratch s3://bucket/prefix that the function may read and write',
      });
      await session.close();
    }
  });

  it('runs queries in this process and leaves nothing behind', async () => {
    const session = await connect({ target: 'inline' });
    const result = await session.query('select 1 as n');
    expect((await result.toTable()).numRows).toBe(1);
    expect(result.report).toMatchObject({ target: 'inline', invocations: 0, coldStarts: 0, state: 'finished' });
    expect(readdirSync(folder)).toHaveLength(1);
    await session.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says why target auto ran a query where it did', async () => {
    const session = await connect();
    const result = await session.query('select 1 as n');
    expect(result.report.note).toBe('small: ran in this process');
    await result.close();
    await session.close();
  });

  it('starts nothing before the first query, and nothing after it was closed', async () => {
    const session = await connect({ target: 'local' });
    expect(readdirSync(folder)).toEqual([]);
    await session.close();
    expect(await failureOf(session.query('select 1 as n'))).toEqual(
      new CancelledError('SQ7001', 'the session was closed'),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing behind of a target that could not start, and can be closed', async () => {
    const session = await connect({ target: 'local', memory: 1_000_000 });
    expect((await failureOf(session.query('select 1 as n'))).code).toMatch(/^SQ6/);
    expect(readdirSync(folder)).toEqual([]);
    await session.close();
  });

  it('stops what it started for a query that was still on its way', async () => {
    const session = await connect({ target: 'local' });
    const query = failureOf(session.query('select 1 as n'));
    await session.close();
    expect(await query).toBeInstanceOf(CancelledError);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('openStorage', () => {
  it('serves a directory as S3 until it is closed', async () => {
    const storage = await openStorage({ data: join(folder, 'data') });
    const { store, location } = storage.stores.resolve('s3://bucket/key');
    const error = await failureOf(store.head(location));
    expect(error.code).toMatch(/^SQ5/);
    await storage.close();
  });
});
