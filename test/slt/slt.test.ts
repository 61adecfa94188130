import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SquallError } from '../../src/common/errors.ts';
import { renderError } from '../../src/common/render-error.ts';
import type { Oracle } from '../oracle/duckdb.ts';
import { type Answer, answerOf, duckdbAnswer, sameLine } from './answers.ts';
import { duckdbSession, SltTables, type SpreadSession } from './sessions.ts';
import { parseSlt, type QueryRecord, type Record, type Rewrite, rewriteSlt, sorted } from './slt.ts';

/**
 * `SLT_REWRITE=1` writes what the records should expect into the files, to be read as a diff: DuckDB's rows, ours where the
 * record skips DuckDB, the texts of our errors.
 */
const REWRITE = process.env.SLT_REWRITE === '1';
/** Tasks that a statement is spread over. */
const WORKERS = [1, 3] as const;
/** Files of queries that are also run with every exchange that a plan can have. */
const DISTRIBUTED = /^distributed-/;

type SltSession = Pick<SpreadSession, 'query' | 'close'>;

let tables: SltTables;
beforeAll(async () => {
  tables = await SltTables.write();
});
afterAll(() => tables.remove());

for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.slt'))) {
  describe(file, () => {
    const path = join(import.meta.dirname, file);
    const text = readFileSync(path, 'utf8');
    const rewrites: Rewrite[] = [];
    const byLabel = new Map<string, readonly string[]>();
    let oracle: Oracle;
    let sessions: readonly SltSession[];
    let spread: SpreadSession | null = null;
    beforeAll(async () => {
      oracle = await duckdbSession();
      spread = DISTRIBUTED.test(file) ? tables.spread(3) : null;
      sessions = [...WORKERS.map((workers) => tables.session(workers)), ...(spread ? [spread] : [])];
    });
    afterAll(async () => {
      for (const session of sessions) await session.close();
      oracle.close();
      if (REWRITE) writeFileSync(path, rewriteSlt(text, rewrites));
    });

    for (const record of parseSlt(text)) {
      it(`line ${record.line}: ${record.sql.split('\n')[0]}`, async () => {
        const asked = record.kind === 'error' || record.skipped !== null ? null : (record.duckdb ?? record.sql);
        const reference = asked === null ? null : await duckdbAnswer(oracle, asked);
        const meant = REWRITE ? await rewritten(record, reference, sessions[0]!, rewrites) : record;
        for (const [i, session] of sessions.entries()) {
          // What planning refuses is refused before there are workers.
          if (i > 0 && meant.kind === 'error' && !/^error\[SQ3/.test(meant.expected[0] ?? '')) break;
          await check(meant, session, session === spread ? 'every exchange' : `${WORKERS[i]} workers`);
        }
        if (meant.kind !== 'query') return;
        if (reference) compare(meant, reference.lines, 'DuckDB');
        if (meant.label === null) return;
        expect(meant.expected, `label ${meant.label}`).toEqual(byLabel.get(meant.label) ?? meant.expected);
        byLabel.set(meant.label, meant.expected);
      });
    }

    if (DISTRIBUTED.test(file)) it('rows were sorted by ranges', () => expect(spread?.ranges()).toBeGreaterThan(0));
  });
}

async function check(record: Record, session: SltSession, where: string): Promise<void> {
  if (record.kind === 'error') {
    expect(await failure(session, record), where).toEqual(record.expected);
    return;
  }
  const { types, lines } = await ask(session, record);
  if (record.kind !== 'query') return;
  compare(record, lines, where);
  expect(types, where).toBe(record.types);
}

/** Whole lines when a difference is shown. */
function compare({ expected, sort, types }: QueryRecord, lines: readonly string[], where: string): void {
  const [ours, meant] = [sorted(lines, sort), sorted(expected, sort)];
  if (ours.length === meant.length && sort !== 'valuesort' && ours.every((line, i) => sameLine(line, meant[i]!, types)))
    return;
  expect(ours, where).toEqual(meant);
}

async function ask(session: SltSession, { sql, parameters }: Record): Promise<Answer> {
  const { rows, columns } = await session.query(sql, parameters ? { parameters } : {});
  return answerOf(
    columns.map(({ type }) => type),
    rows,
  );
}

async function failure(session: SltSession, record: Record): Promise<readonly string[]> {
  const thrown = await ask(session, record).then(
    () => expect.unreachable('the statement succeeded'),
    (error: unknown) => error,
  );
  if (!(thrown instanceof SquallError)) throw thrown;
  return renderError(thrown, record.sql).split('\n');
}

/** The record with what it should expect. */
async function rewritten(
  record: Record,
  reference: Answer | null,
  session: SltSession,
  rewrites: Rewrite[],
): Promise<Record> {
  if (record.kind === 'error') {
    const expected = await failure(session, record);
    rewrites.push({ record, expected });
    return { ...record, expected };
  }
  if (record.kind !== 'query') return record;
  const ours = await ask(session, record).catch((error: unknown) => {
    if (!(error instanceof SquallError)) throw error;
    return null;
  });
  const types = ours?.types ?? reference?.types ?? record.types;
  const lines = reference?.lines ?? ours?.lines ?? record.expected;
  const expected = record.sort === 'nosort' ? lines : lines.toSorted();
  rewrites.push({ record, types, expected });
  return { ...record, types, expected };
}
