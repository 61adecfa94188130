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

const punctuation = (text: string) => (list: TokenList, index: number) =>
  isPunctuation(list.at(index), text) ? list.at(index) : undefined;

const FIRST_WORDS = ['summarize', 'use', 'attach', 'detach', 'pragma', 'install', 'pivot', 'unpivot', 'optimize'];

/** What users of other engines write and PostgreSQL's grammar refuses: we say so, with the nearest supported form. */
const FORMS: readonly Form[] = [
  {
    what: 'a * with EXCEPT, RENAME or LIKE',
    hint: 'write * EXCLUDE (a, b), or * REPLACE (expression AS a)',
    find: (list, index) =>
      [index, (list.opener(index) ?? 0) - 1]
        .filter((at) => list.at(at - 1)?.text === '*')
        .map((at) => word('except', 'rename', 'like', 'ilike')(list, at))
        .find((token) => token !== undefined),
  },
  {
    what: 'a name in backticks',
    hint: 'write the name in double quotes',
    find: (list, index) =>
      punctuation('`')(list, index) ? list.tokens.find((token) => isPunctuation(token, '`')) : undefined,
  },
  {
    what: 'a list in brackets after IN',
    hint: 'write IN (a, b), or = ANY ([a, b])',
    find: (list, index) => (isWord(list.at(index - 1), 'in') ? punctuation('[')(list, index) : undefined),
  },
  { what: 'a value in braces', hint: 'write struct_pack(a := 1)', find: punctuation('{') },
  {
    what: 'CROSS APPLY or OUTER APPLY',
    hint: 'write CROSS JOIN LATERAL, or LEFT JOIN LATERAL … ON true',
    find: (list, index) => (isWord(list.at(index - 1), 'cross', 'outer') ? word('apply')(list, index) : undefined),
  },
  {
    what: 'MINUS',
    hint: 'write EXCEPT',
    find: (list, index) => (isWord(list.at(index + 1), 'select', 'all') ? word('minus')(list, index) : undefined),
  },
  {
    what: 'SELECT TOP',
    hint: 'write LIMIT at the end of the query',
    find: (list, index) => (isWord(list.at(index - 1), 'select') ? word('top')(list, index) : undefined),
  },
  {
    what: 'a set operation BY NAME',
    hint: 'select the columns in the same order on both sides',
    find: (list, index) => (isWord(list.at(index + 1), 'name') ? word('by')(list, index) : undefined),
  },
  {
    what: 'PIVOT or UNPIVOT',
    hint: 'write sum(x) FILTER (WHERE …) for each column',
    find: (list, index) => {
      const opener = list.opener(index);
      return (
        word('pivot', 'unpivot')(list, index) ??
        (opener === undefined ? undefined : word('pivot', 'unpivot')(list, opener - 1))
      );
    },
  },
  {
    what: 'LATERAL VIEW',
    hint: 'write CROSS JOIN UNNEST(…)',
    find: (list, index) => (isWord(list.at(index + 1), 'view') ? word('lateral')(list, index) : undefined),
  },
  {
    what: 'WITH ROLLUP or WITH CUBE',
    hint: 'write GROUP BY ROLLUP (a, b)',
    find: (list, index) => (isWord(list.at(index + 1), 'rollup', 'cube') ? word('with')(list, index) : undefined),
  },
  {
    what: 'USING SAMPLE',
    hint: 'write TABLESAMPLE BERNOULLI (10) after the table',
    find: (list, index) => (isWord(list.at(index + 1), 'sample') ? word('using')(list, index) : undefined),
  },
  {
    what: 'MATCH_RECOGNIZE',
    hint: 'use window functions',
    find: (list, index) =>
      word('match_recognize')(list, index) ?? word('match_recognize')(list, (list.opener(index) ?? 0) - 1),
  },
  { what: 'FETCH … PERCENT', hint: 'write FETCH FIRST 10 ROWS ONLY', find: word('percent') },
  {
    what: 'this statement',
    hint: 'Squall reads: SELECT, WITH, VALUES, FROM, EXPLAIN, DESCRIBE, SHOW, CREATE VIEW, CREATE TABLE AS, COPY … TO',
    find: (list, index) => (index <= 1 ? word(...FIRST_WORDS)(list, 0) : undefined),
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
