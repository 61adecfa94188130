import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, type QueryOptions, type Session } from '../../src/index.ts';
import { squall } from '../e2e/squall.ts';
import { ask } from '../tpch/ask.ts';
import { filesBelow, handles, processesOf } from './leaks.ts';
import { makeTables, type Tables } from './tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await makeTables();
});
afterAll(() => tables?.remove());

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'squall-leaks-'));
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

const OPTIONS: QueryOptions = { workers: 3, exchange: 'objects', joins: 'partitioned', partitions: 3 };
const JOIN = `select a.l_returnflag, count(*) as n, sum(b.l_quantity) as quantity
  from lineitem a join lineitem b on a.l_orderkey = b.l_orderkey`;

/** Uses a session of functions; afterwards nothing of it may be there. */
async function used(work: (session: Session) => Promise<void>): Promise<void> {
  const before = handles();
  const session = await connect({
    target: 'local',
    tables: tables.files,
  });
  try {
    await work(session);
  } finally {
    await session.close();
  }
  expect(readdirSync(temporary), 'files left').toEqual([]);
  expect(processesOf(temporary), 'processes left').toEqual([]);
  expect(await handles.settled(before), 'sockets, pipes and processes left').toEqual(before);
}

/** Objects of queries in the scratch store of the session, and halves of such. */
const objects = () => filesBelow(temporary).filter((name) => /stage-\d+|journal/.test(name));

describe('nothing is left behind by a query that', () => {
  it('succeeds, nor by one that fails in its second stage', async () => {
    await used(async (session) => {
      const { rows } = await ask(session, `${JOIN} group by 1 order by 1`, OPTIONS);
      expect(rows.length).toBe(3);
      expect(objects()).toEqual([]);
      const failing = `${JOIN} and 1 / (a.l_linenumber - b.l_linenumber) > 5 group by 1`;
      await expect(ask(session, failing, OPTIONS)).rejects.toMatchObject({ message: 'division by zero' });
      await session.cleaned();
      expect(objects()).toEqual([]);
    });
  });

  it('is cancelled while tasks run', async () => {
    await used(async (session) => {
      const abort = new AbortController();
      const onProgress = () => abort.abort();
      const running = ask(session, `${JOIN} group by 1`, { ...OPTIONS, onProgress, signal: abort.signal });
      await expect(running).rejects.toMatchObject({ code: 'SQ7000' });
      // Nothing stops the functions that were running: they write, and then that is removed.
      await session.cleaned();
      expect(objects()).toEqual([]);
    });
  });

  it('runs when its session is closed', async () => {
    await used(async (session) => {
      let ended = (): void => undefined;
      const oneTask = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const running = ask(session, `${JOIN} group by 1`, { ...OPTIONS, onProgress: () => ended() });
      const failed = expect(running).rejects.toMatchObject({ code: 'SQ7001' });
      await oneTask;
      await session.close();
      await failed;
    });
  });
});

it('Ctrl-C amidst an exchange ends the command line, its functions and its objects', async () => {
  const exchange = ['--exchange', 'objects', '--joins', 'partitioned', '--partitions', '3'];
  const table = `lineitem=${tables.files.lineitem}`;
  const sql = `${JOIN} and a.l_comment < b.l_comment group by 1`;
  const ended = await squall(['query', '--target', 'local', '--workers', '3', ...exchange, '--table', table, sql], {
    whileRunning: async ({ child, functions }) => {
      await functions(3);
      child.kill('SIGINT');
    },
  });
  expect(ended).toEqual({ code: 130, stdout: '', stderr: 'error[SQ7000] the query was cancelled\n' });
});
