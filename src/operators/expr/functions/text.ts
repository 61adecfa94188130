import { ExecutionError } from '../../../common/errors.ts';
import type { Value } from '../../../common/types.ts';
import { BIGINT, BLOB, BOOLEAN, INTEGER, VARCHAR } from '../../../common/types.ts';
import { canCast } from '../coerce.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { characters, sliced } from './code-points.ts';
import { alias, overload, strict } from './define.ts';
import { lower, position, upper } from './string.ts';

/** Most UTF-16 units that a function makes of a shorter text. */
const MAX_LENGTH = 1 << 28;

function checkedLength(name: string, length: number): number {
  if (length <= MAX_LENGTH) return length;
  throw new ExecutionError('SQ3007', `${name}: a text of ${length} characters is longer than ${MAX_LENGTH}`);
}

/** A negative count is how many are left out at the other end. */
function left(text: string, count: bigint): string {
  return sliced(text, 0, Number(count));
}

function right(text: string, count: bigint): string {
  if (count === 0n) return '';
  return sliced(text, -Number(count));
}

/** `count` characters from position `from` on replaced by the other text. */
function overlay(text: string, by: string, from: bigint, count: bigint): string {
  if (from < 1n) throw new ExecutionError('SQ3007', `overlay: the position ${from} is not from 1 on`);
  const start = Number(from - 1n);
  return `${sliced(text, 0, start)}${by}${sliced(text, Math.max(0, start + Number(count)))}`;
}

function repeat(text: string, count: bigint): string {
  if (count <= 0n || text === '') return '';
  checkedLength('repeat', text.length * Number(count));
  return text.repeat(Number(count));
}

function padding(name: 'lpad' | 'rpad', text: string, length: bigint, fill: string): string {
  const wanted = checkedLength(name, Math.max(Number(length), 0));
  const units = characters(text);
  if (units.length >= wanted) return sliced(text, 0, wanted);
  const filler = [...fill];
  if (filler.length === 0) return text;
  const missing = wanted - units.length;
  const rest = filler.slice(0, missing % filler.length).join('');
  const pad = fill.repeat(Math.floor(missing / filler.length)) + rest;
  return name === 'lpad' ? pad + text : text + pad;
}

const padded = (name: 'lpad' | 'rpad', doc: string): ScalarFunction =>
  strict(
    name,
    doc,
    overload([VARCHAR, BIGINT], VARCHAR, (text: string, length: bigint) => padding(name, text, length, ' ')),
    overload([VARCHAR, BIGINT, VARCHAR], VARCHAR, (text: string, length: bigint, fill: string) =>
      padding(name, text, length, fill),
    ),
  );

/** Of a character that stands twice in `from`, the first counts. */
function translate(text: string, from: string, to: string): string {
  const target = [...to];
  const meaning = new Map([...from].map((character, i) => [character, target[i] ?? ''] as const).reverse());
  return Array.from(text, (character) => meaning.get(character) ?? character).join('');
}

const reverse = (text: string) => [...text].reverse().join('');

/** A letter or digit begins a word after anything else. */
const initcap = (text: string) =>
  text.replace(/[\p{L}\p{M}\p{N}]+/gu, (word) => {
    const [first = '', ...rest] = word;
    return upper(first) + lower(rest.join(''));
  });

/** The n-th piece from 1, from the end when negative; nothing when there is none. */
function splitPart(text: string, separator: string, index: bigint): string {
  if (index === 0n) throw new ExecutionError('SQ3007', 'split_part: pieces are counted from 1, or from -1 at the end');
  const pieces = separator === '' ? [text] : text.split(separator);
  return pieces.at(Number(index > 0n ? index - 1n : index)) ?? '';
}

function split(text: string, separator: string): readonly Value[] {
  if (text === '') return [''];
  return separator === '' ? [...text] : text.split(separator);
}

function chr(code: number): string {
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new ExecutionError('SQ3007', `chr: ${code} is no code point`);
  }
  return String.fromCodePoint(code);
}

/** Fewest insertions, deletions and replacements of code points that turn one text into the other. */
function levenshtein(a: string, b: string): bigint {
  const [long, short] = a.length >= b.length ? [[...a], [...b]] : [[...b], [...a]];
  let row = Array.from({ length: short.length + 1 }, (_, i) => i);
  long.forEach((character, i) => {
    const next = [i + 1];
    for (let j = 0; j < short.length; j++) {
      const replaced = (row[j] as number) + (character === short[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  });
  return BigInt(row.at(-1) as number);
}

const CONCAT_WS: ScalarFunction = {
  name: 'concat_ws',
  doc: 'concat_ws(separator, a, …): the texts of the arguments with the separator between them, NULLs left out',
  nulls: 'own',
  resolve: (args) => {
    if (args.length < 2 || !args.every((type) => canCast(type, VARCHAR))) return null;
    const evaluate = (separator: string | null, ...texts: (string | null)[]) =>
      separator === null ? null : texts.filter((text) => text !== null).join(separator);
    return overload(
      args.map(() => VARCHAR),
      VARCHAR,
      evaluate,
    );
  },
};

const texts = [VARCHAR, VARCHAR];

const ENDS_WITH = strict(
  'ends_with',
  'ends_with(a, end): whether the text ends so',
  overload(texts, BOOLEAN, (text: string, end: string) => text.endsWith(end)),
);

const STRING_SPLIT = strict(
  'string_split',
  'string_split(a, separator): the list of pieces between the separators; of single characters when it is empty',
  overload(texts, { kind: 'list', element: VARCHAR }, split),
);

const codePoint = (empty: number) => (text: string) => text.codePointAt(0) ?? empty;

export const TEXT: readonly ScalarFunction[] = [
  CONCAT_WS,
  strict(
    'left',
    'left(a, count): the first characters; a negative count leaves out as many at the end',
    overload([VARCHAR, BIGINT], VARCHAR, left),
  ),
  strict(
    'right',
    'right(a, count): the last characters; a negative count leaves out as many at the start',
    overload([VARCHAR, BIGINT], VARCHAR, right),
  ),
  strict(
    'overlay',
    'overlay(a, by, from [, count]): `count` characters (as many as `by` has) from a position on replaced by `by`',
    overload([VARCHAR, VARCHAR, BIGINT], VARCHAR, (text: string, by: string, from: bigint) =>
      overlay(text, by, from, BigInt(characters(by).length)),
    ),
    overload([VARCHAR, VARCHAR, BIGINT, BIGINT], VARCHAR, overlay),
  ),
  padded('lpad', 'lpad(a, length [, fill]): filled (with spaces) at the start, or cut, to so many characters'),
  padded('rpad', 'rpad(a, length [, fill]): filled (with spaces) at the end, or cut, to so many characters'),
  strict('repeat', 'repeat(a, count): the text so many times', overload([VARCHAR, BIGINT], VARCHAR, repeat)),
  strict('reverse', 'reverse(a): the code points from the last to the first', overload([VARCHAR], VARCHAR, reverse)),
  strict(
    'translate',
    'translate(a, from, to): each character of `from` becomes the one at its place in `to`, or goes',
    overload([VARCHAR, VARCHAR, VARCHAR], VARCHAR, translate),
  ),
  strict(
    'initcap',
    'initcap(a): each word with its first letter in upper case, the others in lower case',
    overload([VARCHAR], VARCHAR, initcap),
  ),
  strict(
    'split_part',
    'split_part(a, separator, n): the n-th piece between separators, from the end when n is negative',
    overload([VARCHAR, VARCHAR, BIGINT], VARCHAR, splitPart),
  ),
  STRING_SPLIT,
  alias(STRING_SPLIT, 'str_split'),
  alias(STRING_SPLIT, 'string_to_array'),
  strict(
    'contains',
    'contains(a, part): whether the part stands in the text',
    overload(texts, BOOLEAN, (text: string, part: string) => text.includes(part)),
  ),
  ENDS_WITH,
  alias(ENDS_WITH, 'suffix'),
  {
    ...strict(
      'prefix',
      'prefix(a, start): starts_with',
      overload(texts, BOOLEAN, (text: string, start: string) => text.startsWith(start)),
    ),
    aliasOf: 'starts_with',
  },
  {
    ...strict(
      'instr',
      'instr(a, part): the position of the part, from 1; 0 when absent',
      overload(texts, INTEGER, position),
    ),
    aliasOf: 'position',
  },
  strict(
    'bit_length',
    'bit_length(a): number of bits, of text in UTF-8',
    overload([VARCHAR], INTEGER, (text: string) => Buffer.byteLength(text) * 8),
    overload([BLOB], INTEGER, (bytes: Uint8Array) => bytes.length * 8),
  ),
  strict(
    'ascii',
    'ascii(a): the code point of the first character; 0 for no text',
    overload([VARCHAR], INTEGER, codePoint(0)),
  ),
  strict(
    'unicode',
    'unicode(a): the code point of the first character; -1 for no text',
    overload([VARCHAR], INTEGER, codePoint(-1)),
  ),
  { ...strict('ord', 'ord(a): unicode', overload([VARCHAR], INTEGER, codePoint(-1))), aliasOf: 'unicode' },
  strict('chr', 'chr(code): the character of a code point', overload([INTEGER], VARCHAR, chr)),
  strict(
    'levenshtein',
    'levenshtein(a, b): how many characters have to be inserted, removed or replaced to make one of the other',
    overload(texts, BIGINT, levenshtein),
  ),
];
