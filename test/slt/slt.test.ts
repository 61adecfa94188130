import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { assertNever } from '../../src/common/errors.ts';
import { connect, type Session, type SqlType, valueText } from '../../src/index.ts';
import { errorLines, parseSlt, type Record } from './slt.ts';

const GOLDEN = join(import.meta.dirname, '../../datasets/golden');

const session: Session = await connect({
  target: 'inline',
  tables: {
    types: `${GOLDEN}/types-snappy.parquet`,
    days: `${GOLDEN}/row-groups.parquet`,
    empty: `${GOLDEN}/empty.parquet`,
  },
});

afterAll(() => session.close());

for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.slt'))) {
  describe(file, () => {
    for (const record of parseSlt(readFileSync(join(import.meta.dirname, file), 'utf8'))) {
      it(`line ${record.line}: ${record.sql.split('\n')[0]}`, () => check(record));
    }
  });
}

async function check(record: Record): Promise<void> {
  if (record.kind === 'error') {
    const thrown = await answer(record.sql).then(
      () => expect.unreachable('the statement succeeded'),
      (error: unknown) => error,
    );
    expect(errorLines(thrown, record.sql)).toEqual(record.expected);
    return;
  }
  const { types, lines } = await answer(record.sql);
  expect({ types, lines: record.rowsort ? lines.toSorted() : lines }).toEqual({
    types: record.types,
    lines: record.rowsort ? record.expected.toSorted() : record.expected,
  });
}

async function answer(sql: string): Promise<{ readonly types: string; readonly lines: readonly string[] }> {
  const result = await session.query(sql);
  const texts = result.columns.map(({ type }) => valueText(type));
  const lines: string[] = [];
  for await (const row of result.values()) {
    const cells = row.map((value, index) => (value === null ? 'NULL' : texts[index]!(value) || '(empty)'));
    lines.push(cells.join('\t'));
  }
  return { types: result.columns.map(({ type }) => letter(type)).join(''), lines };
}

function letter({ kind }: SqlType): string {
  switch (kind) {
    case 'boolean':
      return 'B';
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
      return 'I';
    case 'decimal':
      return 'N';
    case 'real':
    case 'double':
      return 'R';
    case 'date':
      return 'D';
    case 'timestamp':
    case 'timestamptz':
      return 'P';
    case 'null':
    case 'time':
    case 'interval':
    case 'varchar':
    case 'blob':
    case 'uuid':
    case 'list':
    case 'struct':
    case 'map':
      return 'T';
    default:
      return assertNever(kind);
  }
}
