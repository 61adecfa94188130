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

/** A word, and behind it one of others. */
const phrase =
  (first: string, ...next: readonly string[]) =>
  (list: TokenList, index: number) =>
    isWord(list.at(index + 1), ...next) ? word(first)(list, index) : undefined;

/** Behind an operand, or behind NOT. */
const infix =
  (...words: readonly string[]) =>
  (list: TokenList, index: number) => {
    if (!list.endsOperand(index - 1)) return undefined;
    return word(...words)(list, isWord(list.at(index), 'not') ? index + 1 : index);
  };

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
    find: phrase('minus', 'select', 'all'),
  },
  {
    what: 'SELECT TOP',
    hint: 'write LIMIT at the end of the query',
    find: (list, index) => (isWord(list.at(index - 1), 'select') ? word('top')(list, index) : undefined),
  },
  {
    what: 'a set operation BY NAME',
    hint: 'select the columns in the same order on both sides',
    find: phrase('by', 'name'),
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
    find: phrase('lateral', 'view'),
  },
  {
    what: 'WITH ROLLUP or WITH CUBE',
    hint: 'write GROUP BY ROLLUP (a, b)',
    find: phrase('with', 'rollup', 'cube'),
  },
  {
    what: 'USING SAMPLE',
    hint: 'write TABLESAMPLE BERNOULLI (10) after the table',
    find: phrase('using', 'sample'),
  },
  {
    what: 'MATCH_RECOGNIZE',
    hint: 'use window functions',
    find: (list, index) =>
      word('match_recognize')(list, index) ?? word('match_recognize')(list, (list.opener(index) ?? 0) - 1),
  },
  {
    what: 'a set operation with CORRESPONDING',
    hint: 'select the columns in the same order on both sides',
    find: word('corresponding'),
  },
  {
    what: 'FROM FIRST or FROM LAST of a window function',
    hint: 'order the window the other way round',
    find: (list, index) => {
      const isOver = (at: number) => isWord(list.at(at), 'over') && isWord(list.at(at - 1), 'first', 'last');
      const over = [index, (list.opener(index) ?? 0) - 1].find(isOver);
      return over === undefined ? undefined : word('from')(list, over - 2);
    },
  },
  {
    what: 'TABLESAMPLE without a method',
    hint: 'write TABLESAMPLE BERNOULLI (10)',
    find: (list, index) => word('tablesample')(list, index - 1),
  },
  {
    what: 'the predicate UNIQUE',
    hint: 'compare count(*) with count(DISTINCT x)',
    find: (list, index) => (isPunctuation(list.at(index + 1), '(') ? word('unique')(list, index) : undefined),
  },
  {
    what: 'an outer join by (+)',
    hint: 'write LEFT JOIN … ON …',
    find: (list, index) =>
      list.at(index)?.text === '+' && isPunctuation(list.at(index + 1), ')') && list.opener(index) === index - 1
        ? list.at(index)
        : undefined,
  },
  {
    what: 'INTERVAL of an expression',
    hint: "write x * INTERVAL '1 day'",
    find: (list, index) => word('interval')(list, (list.opener(index) ?? 0) - 1),
  },
  {
    what: 'a regular expression by REGEXP or RLIKE',
    hint: "write x ~ 'pattern'",
    find: infix('regexp', 'rlike'),
  },
  { what: 'GLOB', hint: "write x LIKE 'a%'", find: infix('glob') },
  {
    what: 'reading a table as of a time',
    hint: 'read the files of that time',
    find: (list, index) =>
      isWord(list.at(index + 1), 'as') && isWord(list.at(index + 2), 'of')
        ? word('version', 'timestamp', 'system_time', 'system_version')(list, index)
        : undefined,
  },
  {
    what: 'CONNECT BY',
    hint: 'write WITH RECURSIVE',
    find: phrase('connect', 'by'),
  },
  {
    what: 'LIMIT … BY',
    hint: 'write QUALIFY row_number() OVER (PARTITION BY …) <= n',
    find: (list, index) => (isWord(list.at(index - 2), 'limit') ? word('by')(list, index) : undefined),
  },
  {
    what: 'LIMIT with a percentage',
    hint: 'write LIMIT 10',
    find: (list, index) =>
      isWord(list.at(index - 2), 'limit') && list.at(index)?.text === '%' ? list.at(index) : undefined,
  },
  {
    what: 'a list comprehension',
    hint: 'write ARRAY(SELECT … FROM unnest(…) AS u(x))',
    find: (list, index) =>
      isPunctuation(list.at(list.opener(index) ?? -1), '[') ? word('for')(list, index) : undefined,
  },
  {
    what: 'SEPARATOR',
    hint: "write string_agg(x, ',')",
    find: (list, index) => (list.opener(index) === undefined ? undefined : word('separator')(list, index)),
  },
  {
    what: 'an aggregate with KEEP',
    hint: 'write arg_min(x, y) or arg_max(x, y)',
    find: (list, index) => (isPunctuation(list.at(index + 1), '(') ? word('keep')(list, index) : undefined),
  },
  {
    what: 'an alias before its expression',
    hint: 'write expression AS alias',
    find: (list, index) =>
      list.at(index)?.text === ':' && isWord(list.at(index - 2), 'select') ? list.at(index) : undefined,
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
