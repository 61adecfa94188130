import { rewriteExpressions } from './rewrite-expressions.ts';
import { rewriteNames } from './rewrite-names.ts';
import { rewriteQueries } from './rewrite-queries.ts';
import { Rewriting } from './rewriting.ts';
import { tablePositions } from './table-positions.ts';
import type { TokenList } from './token-list.ts';

/**
 * Rewrites what PostgreSQL's grammar cannot carry, keeping offsets:
 *
 * | written | shown to the grammar |
 * | --- | --- |
 * | a string in table position (`FROM 's3://…'`) | a stand-in name |
 * | `FROM t SELECT a`, `FROM t`, `TABLE t`, `DESCRIBE t` | SELECT first, with a * when nothing is selected |
 * | `QUALIFY c` | a stand-in window that is partitioned by c |
 * | `GROUP BY ALL`, `ORDER BY ALL` | a stand-in column |
 * | `* EXCLUDE (a) REPLACE (x AS b)` | the star, and items whose alias is a stand-in |
 * | `TRY_CAST(x AS t)`, `[a, b]`, `interval 5 days` | `CAST(x AS t)`, `ARRAY[a, b]`, `interval '5 days'` |
 * | `?`, `:name`, `$name` | a numbered parameter |
 * | IGNORE NULLS, RESPECT NULLS, the precision of an interval's field | nothing |
 * | CREATE OR REPLACE TABLE | CREATE TABLE |
 * | a name that the grammar would cut or fold | a stand-in, or the name in quotes |
 *
 * What it takes out of the text is kept by token, so that the conversion of the grammar's tree can put it back.
 */
export function prePass(text: string, list: TokenList): Rewriting {
  const rewriting = new Rewriting(text, list);
  for (const index of tablePositions(list)) {
    rewriting.replace(index, index, rewriting.standIn({ kind: 'file', uri: list.at(index)?.value ?? '' }));
  }
  rewriteExpressions(rewriting);
  rewriteQueries(rewriting);
  rewriteNames(rewriting);
  return rewriting;
}
