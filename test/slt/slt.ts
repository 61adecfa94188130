import { SquallError } from '../../src/common/errors.ts';
import { renderError } from '../../src/common/render-error.ts';

/**
 * One record of an .slt file (sqllogictest):
 *
 *     query IT rowsort          statement error
 *     SELECT …                  SELECT …
 *     ----                      ----
 *     1 one                     error[SQ1102] …
 *
 * A letter per column (B boolean, I integer, N decimal, R real or double, D date, P timestamp, T any other), then `rowsort` for
 * results without an order. One row a line, values parted by tabs; NULL, (empty) for an empty text.
 */
export type Record =
  | {
      readonly kind: 'query';
      readonly line: number;
      readonly sql: string;
      readonly types: string;
      readonly rowsort: boolean;
      readonly expected: readonly string[];
    }
  | { readonly kind: 'error'; readonly line: number; readonly sql: string; readonly expected: readonly string[] };

/** Throws for a file that holds anything else: a record that is not understood must not pass. */
export function parseSlt(text: string): readonly Record[] {
  const lines = text.split('\n');
  const records: Record[] = [];
  for (let at = 0; at < lines.length; ) {
    const head = lines[at]!;
    if (head.trim() === '' || head.startsWith('#')) {
      at++;
      continue;
    }
    const line = at + 1;
    const end = lines.indexOf('----', at);
    if (end < 0) throw new Error(`line ${line}: a record has no ----`);
    let stop = end + 1;
    while (stop < lines.length && lines[stop] !== '') stop++;
    const body = { line, sql: lines.slice(at + 1, end).join('\n'), expected: lines.slice(end + 1, stop) };
    const [kind, types, sort, ...rest] = head.split(/\s+/);
    if (kind === 'query' && types && (sort === undefined || sort === 'rowsort') && rest.length === 0) {
      records.push({ kind: 'query', ...body, types, rowsort: sort === 'rowsort' });
    } else if (head === 'statement error') {
      records.push({ kind: 'error', ...body });
    } else {
      throw new Error(`line ${line}: not a record: ${head}`);
    }
    at = stop;
  }
  return records;
}

/** The error as a user sees it, line by line. */
export function errorLines(error: unknown, sql: string): readonly string[] {
  if (!(error instanceof SquallError)) throw error;
  return renderError(error, sql).split('\n');
}
