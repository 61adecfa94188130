import { ExecutionError } from '../../../common/errors.ts';
import type { SqlType, Value } from '../../../common/types.ts';
import { BIGINT, BOOLEAN, VARCHAR } from '../../../common/types.ts';
import { type RegexpMatch, regexp, similarPattern } from '../regexp.ts';
import type { Overload, ScalarFunction } from '../scalar-function.ts';
import { alias, overload, strict } from './define.ts';

const TEXTS: SqlType = { kind: 'list', element: VARCHAR };

type Matching = (text: string, pattern: string, letters: string) => Value;

/** Text and pattern, and options as a third argument. */
const withOptions = (type: SqlType, evaluate: Matching): readonly Overload[] => [
  overload([VARCHAR, VARCHAR], type, (text: string, pattern: string) => evaluate(text, pattern, '')),
  overload([VARCHAR, VARCHAR, VARCHAR], type, evaluate),
];

const search: Matching = (text, pattern, letters) => regexp(pattern, { letters }).test(text);
const full: Matching = (text, pattern, letters) => regexp(pattern, { letters, whole: true }).test(text);

/** `\1` to `\9` are groups, `\0` is the match, `\\` a backslash. */
function replacer(replacement: string, groupCount: number): (match: RegexpMatch) => string {
  const pieces: (string | number)[] = [];
  for (const [piece] of replacement.matchAll(/\\[\s\S]?|[^\\]+/g)) {
    const after = piece[1] ?? '';
    if (!piece.startsWith('\\')) pieces.push(piece);
    else if (after === '\\') pieces.push(after);
    else if (/^\d$/.test(after) && Number(after) <= groupCount) pieces.push(Number(after));
    else {
      throw new ExecutionError('SQ3007', `regexp_replace: '${piece}' in the replacement names no group`, {
        hint: 'write a backslash as two',
      });
    }
  }
  return ({ groups }) => pieces.map((piece) => (typeof piece === 'number' ? (groups[piece] ?? '') : piece)).join('');
}

function regexpReplace(text: string, pattern: string, replacement: string, letters: string): string {
  const expression = regexp(pattern, { letters });
  const replace = replacer(replacement, expression.groupCount);
  const first = letters.includes('g') ? null : expression.first(text);
  const matches = letters.includes('g') ? expression.all(text) : first ? [first] : [];
  let result = '';
  let end = 0;
  for (const match of matches) {
    result += text.slice(end, match.start) + replace(match);
    end = match.end;
  }
  return result + text.slice(end);
}

function checkedGroup(name: string, group: bigint): number {
  if (group >= 0n && group <= 9n) return Number(group);
  throw new ExecutionError('SQ3007', `${name}: groups are numbered from 0 to 9, there is no ${group}`);
}

function extract(text: string, pattern: string, group: bigint, letters: string): string {
  const index = checkedGroup('regexp_extract', group);
  return regexp(pattern, { letters }).first(text)?.groups[index] ?? '';
}

function extractAll(text: string, pattern: string, group: bigint, letters: string): readonly string[] {
  const index = checkedGroup('regexp_extract_all', group);
  return regexp(pattern, { letters })
    .all(text)
    .map(({ groups }) => groups[index] ?? '');
}

/** Text, pattern, group and options, the last two optional. */
const extracting = (
  type: SqlType,
  evaluate: (text: string, pattern: string, group: bigint, letters: string) => Value,
): readonly Overload[] => [
  overload([VARCHAR, VARCHAR], type, (text: string, pattern: string) => evaluate(text, pattern, 0n, '')),
  overload([VARCHAR, VARCHAR, BIGINT], type, (text: string, pattern: string, group: bigint) =>
    evaluate(text, pattern, group, ''),
  ),
  overload([VARCHAR, VARCHAR, BIGINT, VARCHAR], type, evaluate),
];

/** An empty match splits between two characters, not before the first or after the last. */
function splitBy(text: string, pattern: string, letters: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of regexp(pattern, { letters }).all(text)) {
    if (start === end && (start === 0 || start === text.length)) continue;
    pieces.push(text.slice(from, start));
    from = end;
  }
  return [...pieces, text.slice(from)];
}

const SPECIAL = /[^A-Za-z0-9_]/gu;

function similar(name: string, doc: string, negated: boolean): ScalarFunction {
  const evaluate = (text: string, pattern: string, escapeBy: string) =>
    regexp(similarPattern(pattern, escapeBy), { letters: 's', whole: true }).test(text) !== negated;
  return strict(
    name,
    doc,
    overload([VARCHAR, VARCHAR], BOOLEAN, (text: string, pattern: string) => evaluate(text, pattern, '\\')),
    overload([VARCHAR, VARCHAR, VARCHAR], BOOLEAN, evaluate),
  );
}

/** `~` and its kin: PostgreSQL's, a match anywhere in the text. */
const tilde = (name: string, doc: string, letters: string, negated: boolean): ScalarFunction =>
  strict(
    name,
    doc,
    overload(
      [VARCHAR, VARCHAR],
      BOOLEAN,
      (text: string, pattern: string) => search(text, pattern, letters) !== negated,
    ),
  );

const MATCHES = strict(
  'regexp_matches',
  'regexp_matches(a, pattern [, options]): whether the regular expression matches a part of the text',
  ...withOptions(BOOLEAN, search),
);
const SPLIT = strict(
  'regexp_split_to_array',
  'regexp_split_to_array(a, pattern [, options]): the list of pieces between the matches',
  ...withOptions(TEXTS, splitBy),
);

export const REGEXP: readonly ScalarFunction[] = [
  MATCHES,
  alias(MATCHES, 'regexp_like'),
  strict(
    'regexp_full_match',
    'regexp_full_match(a, pattern [, options]): whether the regular expression matches all of the text',
    ...withOptions(BOOLEAN, full),
  ),
  tilde('~', 'a ~ pattern: regexp_matches(a, pattern)', '', false),
  tilde('~*', 'a ~* pattern: the same without regard to case', 'i', false),
  tilde('!~', 'a !~ pattern: no match', '', true),
  tilde('!~*', 'a !~* pattern: no match without regard to case', 'i', true),
  similar('similar_to', 'a SIMILAR TO pattern [ESCAPE escape]: LIKE with the operators | * + ? {} () []', false),
  similar('not_similar_to', 'a NOT SIMILAR TO pattern [ESCAPE escape]', true),
  strict(
    'regexp_replace',
    "regexp_replace(a, pattern, replacement [, options]): the first match (option 'g': every match) replaced; \\1 is a group",
    overload([VARCHAR, VARCHAR, VARCHAR], VARCHAR, (text: string, pattern: string, replacement: string) =>
      regexpReplace(text, pattern, replacement, ''),
    ),
    overload([VARCHAR, VARCHAR, VARCHAR, VARCHAR], VARCHAR, regexpReplace),
  ),
  strict(
    'regexp_extract',
    'regexp_extract(a, pattern [, group [, options]]): the first match, or one of its groups; empty when there is none',
    ...extracting(VARCHAR, extract),
  ),
  strict(
    'regexp_extract_all',
    'regexp_extract_all(a, pattern [, group [, options]]): the list of matches, or of one of their groups',
    ...extracting(TEXTS, extractAll),
  ),
  SPLIT,
  alias(SPLIT, 'string_split_regex'),
  strict(
    'regexp_escape',
    'regexp_escape(a): a pattern that matches the text and nothing else',
    overload([VARCHAR], VARCHAR, (text: string) => text.replace(SPECIAL, '\\$&')),
  ),
];
