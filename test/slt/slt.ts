import type { ParameterValues } from '../../src/planner/bind/parameters.ts';

/**
 * One record of an .slt file (sqllogictest):
 *
 *     query IT rowsort          statement error          statement ok
 *     SELECT …                  SELECT …                 SET …
 *     ----                      ----
 *     1 one                     error[SQ1102] …
 *
 * A letter per column (B boolean, I integer, N decimal, R real or double, D date, P timestamp, T any other), then `nosort` (as it
 * stands without any), `rowsort` for results without an order or `valuesort` for their values alone, then a label: queries of
 * one label have one result. One row a line, values parted by tabs; NULL, (empty) for an empty text. An error is whole, as a
 * user sees it.
 *
 * Lines before a record: `# …` says something, `skipif duckdb REASON` leaves it out of what DuckDB is asked too,
 * `duckdb SQL` is what DuckDB is asked in its place, `parameters VALUES` the statement's parameters as JSON, an array or an object.
 */
export type Record = QueryRecord | StatementRecord;

interface RecordBase {
  /** Of its head, from 1. */
  readonly line: number;
  readonly sql: string;
  /** Why DuckDB's answer says nothing about ours. */
  readonly skipped: string | null;
  /** DuckDB's text, where it is another one. */
  readonly duckdb: string | null;
  readonly parameters: ParameterValues | null;
  readonly expected: readonly string[];
  /** Lines of the file, from 0: the head, the first expected one and the one after the last. */
  readonly at: { readonly head: number; readonly expected: number; readonly end: number };
}

export interface QueryRecord extends RecordBase {
  readonly kind: 'query';
  readonly types: string;
  readonly sort: 'nosort' | 'rowsort' | 'valuesort';
  readonly label: string | null;
}

export interface StatementRecord extends RecordBase {
  readonly kind: 'ok' | 'error';
}

const HEAD =
  /^(?:statement (?<statement>ok|error)|query (?<types>[BINRDPT]+)(?: (?<sort>nosort|rowsort|valuesort))?(?: (?<label>\S+))?)$/;

/** Throws for a file that holds anything else: a record that is not understood must not pass. */
export function parseSlt(text: string): readonly Record[] {
  const lines = text.split('\n');
  const records: Record[] = [];
  let [skipped, duckdb, parameters]: [string | null, string | null, ParameterValues | null] = [null, null, null];
  for (let at = 0; at < lines.length; ) {
    const head = lines[at]!;
    const said = /^(skipif duckdb|duckdb|parameters) (.+)$/.exec(head);
    if (said) {
      const [, word, rest] = said;
      if (word === 'duckdb') duckdb = rest!;
      else if (word === 'parameters') parameters = JSON.parse(rest!) as ParameterValues;
      else skipped = rest!;
    }
    if (said || head.trim() === '' || head.startsWith('#')) {
      at++;
      continue;
    }
    const groups = HEAD.exec(head)?.groups;
    if (!groups) throw new Error(`line ${at + 1}: not a record: ${head}`);
    const kind = (groups.statement as 'ok' | 'error' | undefined) ?? 'query';
    const bodyEnd = endOf(lines, at + 1, kind === 'ok' ? '' : '----');
    if (bodyEnd === at + 1) throw new Error(`line ${at + 1}: a record without SQL`);
    const expected = kind === 'ok' ? bodyEnd : bodyEnd + 1;
    const end = kind === 'ok' ? bodyEnd : endOf(lines, expected, '');
    const base: RecordBase = {
      line: at + 1,
      sql: lines.slice(at + 1, bodyEnd).join('\n'),
      skipped,
      duckdb,
      parameters,
      expected: lines.slice(expected, end),
      at: { head: at, expected, end },
    };
    if (kind === 'query') {
      const sort = (groups.sort as QueryRecord['sort'] | undefined) ?? 'nosort';
      records.push({ ...base, kind, types: groups.types!, sort, label: groups.label ?? null });
    } else {
      records.push({ ...base, kind });
    }
    [skipped, duckdb, parameters] = [null, null, null];
    at = end;
  }
  return records;
}

/** A line that ends a part of a record: the file's end does for an empty one. */
function endOf(lines: readonly string[], from: number, mark: string): number {
  const found = lines.indexOf(mark, from);
  const empty = lines.indexOf('', from);
  if (mark !== '' && (found < 0 || (empty >= 0 && empty < found)))
    throw new Error(`line ${from}: a record has no ----`);
  return found < 0 ? lines.length : found;
}

/** What a record should expect. */
export interface Rewrite {
  readonly record: Record;
  /** As they are when left out. */
  readonly types?: string;
  readonly expected: readonly string[];
}

/** The file's text with what its records expect put in place of what they did. */
export function rewriteSlt(text: string, rewrites: readonly Rewrite[]): string {
  const lines = text.split('\n');
  for (const { record, types, expected } of rewrites.toSorted((a, b) => b.record.at.head - a.record.at.head)) {
    lines.splice(record.at.expected, record.at.end - record.at.expected, ...expected);
    if (types !== undefined) lines[record.at.head] = lines[record.at.head]!.replace(/^query \S+/, `query ${types}`);
  }
  return lines.join('\n');
}

/** Lines in the order that a record's sort mode gives them. */
export function sorted(lines: readonly string[], sort: QueryRecord['sort']): readonly string[] {
  if (sort === 'nosort') return lines;
  return (sort === 'rowsort' ? lines : lines.flatMap((line) => line.split('\t'))).toSorted();
}
