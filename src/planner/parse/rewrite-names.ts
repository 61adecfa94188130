import { isKeyword } from './keywords.ts';
import type { Rewriting } from './rewriting.ts';
import { isPunctuation, isWord, type Token } from './token.ts';
import type { TokenList } from './token-list.ts';

/** PostgreSQL cuts longer names silently, bytes. */
const MAX_NAME_BYTES = 63;

/**
 * - A name of more than 63 bytes, which the grammar would cut, becomes a stand-in.
 * - An unquoted name with capitals is quoted, so that its spelling survives the grammar's folding.
 */
export function rewriteNames(rewriting: Rewriting): void {
  const { list } = rewriting;
  for (const [index, token] of list.tokens.entries()) {
    if ((token.kind !== 'word' && token.kind !== 'quoted') || rewriting.isReplaced(index)) continue;
    // U&"…" is the grammar's business.
    if (token.kind === 'quoted' && !token.text.startsWith('"')) continue;
    const name = token.kind === 'word' ? token.text : token.value;
    if (name.length * 3 > MAX_NAME_BYTES && Buffer.byteLength(name) > MAX_NAME_BYTES) {
      rewriting.replace(index, index, rewriting.standIn({ kind: 'name', name }));
    } else if (token.kind === 'word' && token.text !== token.value && isPlainName(list, index)) {
      rewriting.replace(index, index, `"${token.text}"`);
    }
  }
}

/** A word that the grammar takes for a name: no keyword, or a keyword right after AS that is no type. */
function isPlainName(list: TokenList, index: number): boolean {
  const token = list.at(index) as Token;
  if (!isKeyword(token.value)) return true;
  const before = list.at(index - 1);
  if (isPunctuation(before, '.')) return true;
  if (!isWord(before, 'as') || isWord(token, 'materialized', 'not')) return false;
  // CREATE VIEW v AS SELECT: not quoted, so an alias of that name loses its spelling to the grammar.
  if (isWord(token, ...OPENS_STATEMENT)) return false;
  const opener = list.opener(index);
  return opener === undefined || !isWord(list.at(opener - 1), 'cast', 'try_cast', 'treat', 'xmlserialize');
}

const OPENS_STATEMENT = ['select', 'with', 'values', 'from', 'table', 'insert', 'update', 'delete', 'merge', 'execute'];
