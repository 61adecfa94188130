import type { UnsupportedError } from '../../common/errors.ts';
import { unsupported } from './convert-context.ts';
import { isPunctuation, isWord, type Token } from './token.ts';
import type { TokenList } from './token-list.ts';

interface Form {
  readonly what: string;
  readonly hint: string;
  /** The token that the error points at, when the form stands at `index`. */
  readonly find: (list: TokenList, index: number) => Token | undefined;
}

const word =
  (...words: readonly string[]) =>
  (list: TokenList, index: number) =>
    isWord(list.at(index), ...words) ? list.at(index) : undefined;

/** What users of other engines write and PostgreSQL's grammar refuses: we say so, with the nearest supported form. */
const FORMS: readonly Form[] = [
  { what: 'QUALIFY', hint: 'put the query into FROM (…) and filter it with WHERE', find: word('qualify') },
  {
    what: 'TRY_CAST',
    hint: 'write CAST(x AS type)',
    find: (list, index) => word('try_cast')(list, (list.opener(index) ?? 0) - 1),
  },
  {
    what: 'a * with EXCLUDE or REPLACE',
    hint: 'list the columns',
    find: (list, index) =>
      list.at(index - 1)?.text === '*' ? word('exclude', 'replace', 'except')(list, index) : undefined,
  },
  {
    what: 'GROUP BY ALL',
    hint: 'list the columns, or their positions',
    find: (list, index) => (isWord(list.at(index - 1), 'by') ? word('all')(list, index) : undefined),
  },
  {
    what: 'IGNORE NULLS or RESPECT NULLS',
    hint: 'filter the NULLs out first',
    find: (list, index) => (isWord(list.at(index + 1), 'nulls') ? word('ignore', 'respect')(list, index) : undefined),
  },
  {
    what: 'a query that starts with FROM',
    hint: 'write SELECT * FROM …',
    find: (list, index) => (index === 0 ? word('from')(list, index) : undefined),
  },
  {
    what: 'a parameter written as ?',
    hint: 'write $1, $2, …',
    find: (list, index) => (isPunctuation(list.at(index), '?') ? list.at(index) : undefined),
  },
  {
    what: 'a parameter by name',
    hint: 'write $1, $2, …',
    find: (list, index) =>
      isPunctuation(list.at(index), ':') && list.at(index + 1)?.kind === 'word' ? list.at(index) : undefined,
  },
  {
    what: 'a name in backticks',
    hint: 'write the name in double quotes',
    find: (list, index) => (isPunctuation(list.at(index), '`') ? list.at(index) : undefined),
  },
  {
    what: 'a list in brackets',
    hint: 'for IN, write (a, b)',
    find: (list, index) => (isPunctuation(list.at(index), '[') ? list.at(index) : undefined),
  },
  {
    what: 'this kind of join',
    hint: 'write WHERE [NOT] EXISTS (…)',
    find: (list, index) => (isWord(list.at(index + 1), 'join') ? word('anti', 'semi', 'asof')(list, index) : undefined),
  },
  {
    what: 'this statement',
    hint: 'write SELECT * FROM … LIMIT 0 to see the columns',
    find: (list, index) => (index === 0 ? word('describe', 'desc', 'summarize')(list, index) : undefined),
  },
  {
    what: 'this statement',
    hint: 'Squall reads: SELECT, WITH, VALUES, EXPLAIN',
    find: (list, index) =>
      index === 0 ? word('use', 'attach', 'pragma', 'install', 'pivot', 'unpivot')(list, 0) : undefined,
  },
  {
    what: 'CREATE EXTERNAL TABLE',
    hint: "read the files in place: FROM 's3://bucket/data/*.parquet'",
    find: (list, index) => (isWord(list.at(0), 'create') ? word('external')(list, index) : undefined),
  },
];

/** The form at the token that the grammar refused, or just before it. */
export function foreignSyntax(list: TokenList, index: number): UnsupportedError | null {
  for (const at of [index, index - 1]) {
    for (const form of FORMS) {
      const token = at < 0 ? undefined : form.find(list, at);
      if (token) return unsupported(form.what, token, form.hint);
    }
  }
  return null;
}
