import { loadModule, scanSync } from 'libpg-query';
import { beforeAll, expect, it } from 'vitest';
import { COLUMN_NAME_WORDS, FUNCTION_NAME_WORDS, isKeyword, RESERVED_WORDS, UNRESERVED_WORDS } from './keywords.ts';

beforeAll(loadModule);

it.each([
  ['UNRESERVED_KEYWORD', UNRESERVED_WORDS],
  ['COL_NAME_KEYWORD', COLUMN_NAME_WORDS],
  ['TYPE_FUNC_NAME_KEYWORD', FUNCTION_NAME_WORDS],
  ['RESERVED_KEYWORD', RESERVED_WORDS],
] as const)('%s are the words that the grammar calls so', (name, words) => {
  for (const word of words) expect(`${word} ${scanSync(word).tokens[0]?.keywordName}`).toBe(`${word} ${name}`);
});

it('a plain name is no keyword', () => {
  expect(['count', 'lineitem', 'sum', 'epoch', 'datex'].filter(isKeyword)).toEqual([]);
});
