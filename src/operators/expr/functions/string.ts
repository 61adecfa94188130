import { ExecutionError } from '../../../common/errors.ts';
import type { SqlType } from '../../../common/types.ts';
import { BIGINT, BLOB, BOOLEAN, INTEGER, VARCHAR } from '../../../common/types.ts';
import { canCast, canImplicitlyCast } from '../coerce.ts';
import { likeMatcher } from '../like.ts';
import { firstFitting, type Overload, type ScalarFunction } from '../scalar-function.ts';
import { characters, sliced } from './code-points.ts';
import { overload, strict } from './define.ts';

/** Positions count from 1 and may lie outside the text: `substring('abc', 0, 2)` is 'a'. */
function substring(text: string, from: bigint, count: bigint | null): string {
  if (count === null) return sliced(text, Number(from > 1n ? from - 1n : 0n));
  if (count < 0n) throw new ExecutionError('SQ3007', `substring: the length ${count} is negative`);
  const end = from + count - 1n;
  return end <= 0n ? '' : sliced(text, Number(from > 1n ? from - 1n : 0n), Number(end));
}

/** The position of the first occurrence in code points, from 1; 0 when there is none. */
export function position(text: string, part: string): number {
  const found = text.indexOf(part);
  return found <= 0 ? found + 1 : characters(text.slice(0, found)).length + 1;
}

function trimmed(text: string, set: string, ends: 'both' | 'start' | 'end'): string {
  const drop = new Set(set);
  const units = characters(text);
  let start = 0;
  let end = units.length;
  if (ends !== 'end') while (start < end && drop.has(units[start] as string)) start++;
  if (ends !== 'start') while (end > start && drop.has(units[end - 1] as string)) end--;
  return typeof units === 'string' ? units.slice(start, end) : units.slice(start, end).join('');
}

function trimming(name: string, doc: string, ends: 'both' | 'start' | 'end'): ScalarFunction {
  return strict(
    name,
    doc,
    overload([VARCHAR], VARCHAR, (text: string) => trimmed(text, ' ', ends)),
    overload([VARCHAR, VARCHAR], VARCHAR, (text: string, set: string) => trimmed(text, set, ends)),
  );
}

/** Case is folded one code point at a time, so that no text changes its length: 'ß' stays. */
const folded = (text: string, fold: (character: string) => string) => {
  const whole = fold(text);
  if (whole.length === text.length) return whole;
  return Array.from(text, (character) => {
    const other = fold(character);
    return [...other].length === 1 ? other : character;
  }).join('');
};

export const lower = (text: string) => folded(text, (part) => part.toLowerCase());
export const upper = (text: string) => folded(text, (part) => part.toUpperCase());

const DEFAULT_ESCAPE = '\\';

interface Compiled {
  readonly pattern: string;
  readonly escapeBy: string;
  matches(text: string): boolean;
}

/** The last pattern is kept compiled: it is nearly always a literal. */
function liking(name: string, doc: string, options: { negated: boolean; ignoreCase: boolean }): ScalarFunction {
  const fold = options.ignoreCase ? lower : (text: string) => text;
  const resolve: ScalarFunction['resolve'] = (args) => {
    let last: Compiled | null = null;
    const evaluate = (text: string, pattern: string, escapeBy: string) => {
      if (last?.pattern !== pattern || last.escapeBy !== escapeBy) {
        last = { pattern, escapeBy, matches: likeMatcher(fold(pattern), fold(escapeBy)) };
      }
      return last.matches(fold(text)) !== options.negated;
    };
    const overloads = [
      overload([VARCHAR, VARCHAR], BOOLEAN, (text: string, pattern: string) => evaluate(text, pattern, DEFAULT_ESCAPE)),
      overload([VARCHAR, VARCHAR, VARCHAR], BOOLEAN, evaluate),
    ];
    return firstFitting(overloads, canImplicitlyCast)(args);
  };
  return { name, doc, nulls: 'strict', resolve };
}

function replace(text: string, from: string, to: string): string {
  return from === '' ? text : text.replaceAll(from, () => to);
}

const isText = (type: SqlType | undefined) => type?.kind === 'varchar' || type?.kind === 'null';

/** Text with anything that has a text form; at least one side is text. */
const CONCATENATION: ScalarFunction = {
  name: '||',
  doc: 'a || b: both texts in a row; a value of another type is written as text beside one',
  nulls: 'strict',
  resolve: (args) => {
    const fits = args.length === 2 && args.some(isText) && args.every((type) => canCast(type, VARCHAR));
    return fits ? overload([VARCHAR, VARCHAR], VARCHAR, (a: string, b: string) => a + b) : null;
  },
};

const CONCAT: ScalarFunction = {
  name: 'concat',
  doc: 'concat(a, …): the texts of all arguments in a row, NULLs left out',
  nulls: 'own',
  resolve: (args) => {
    const fits = args.length > 0 && args.every((type) => canCast(type, VARCHAR));
    const evaluate = (...texts: (string | null)[]) => texts.map((text) => text ?? '').join('');
    return fits
      ? overload(
          args.map(() => VARCHAR),
          VARCHAR,
          evaluate as Overload['evaluate'],
        )
      : null;
  },
};

const substringFrom = overload([VARCHAR, BIGINT], VARCHAR, (text: string, from: bigint) => substring(text, from, null));
const substringFromFor = overload([VARCHAR, BIGINT, BIGINT], VARCHAR, substring);
const lengthOverload = overload([VARCHAR], INTEGER, (text: string) => characters(text).length);
const positionOverload = overload([VARCHAR, VARCHAR], INTEGER, position);

export const STRING: readonly ScalarFunction[] = [
  CONCATENATION,
  CONCAT,
  strict('lower', 'lower(a): in lower case, code point by code point', overload([VARCHAR], VARCHAR, lower)),
  strict('upper', 'upper(a): in upper case, code point by code point', overload([VARCHAR], VARCHAR, upper)),
  strict('length', 'length(a): number of code points', lengthOverload),
  { ...strict('char_length', 'char_length(a): number of code points', lengthOverload), aliasOf: 'length' },
  { ...strict('character_length', 'character_length(a): number of code points', lengthOverload), aliasOf: 'length' },
  strict(
    'octet_length',
    'octet_length(a): number of bytes, of text in UTF-8',
    overload([VARCHAR], INTEGER, (text: string) => Buffer.byteLength(text)),
    overload([BLOB], INTEGER, (bytes: Uint8Array) => bytes.length),
  ),
  strict(
    'substring',
    'substring(a, from [, count]): code points from position `from`, the first being 1',
    substringFrom,
    substringFromFor,
  ),
  {
    ...strict('substr', 'substr(a, from [, count]): substring', substringFrom, substringFromFor),
    aliasOf: 'substring',
  },
  trimming('trim', 'trim(a [, characters]): without these (spaces) at both ends', 'both'),
  { ...trimming('btrim', 'btrim(a [, characters]): trim', 'both'), aliasOf: 'trim' },
  trimming('ltrim', 'ltrim(a [, characters]): without these (spaces) at the start', 'start'),
  trimming('rtrim', 'rtrim(a [, characters]): without these (spaces) at the end', 'end'),
  strict(
    'starts_with',
    'starts_with(a, prefix)',
    overload([VARCHAR, VARCHAR], BOOLEAN, (text: string, prefix: string) => text.startsWith(prefix)),
  ),
  strict('position', 'position(a, part): POSITION(part IN a), from 1; 0 when absent', positionOverload),
  {
    ...strict('strpos', 'strpos(a, part): the position of the part, from 1; 0 when absent', positionOverload),
    aliasOf: 'position',
  },
  strict(
    'replace',
    'replace(a, from, to): every occurrence replaced, left to right',
    overload([VARCHAR, VARCHAR, VARCHAR], VARCHAR, replace),
  ),
  liking('like', 'a LIKE pattern [ESCAPE escape]: % any text, _ one character; the escape is \\ by default', {
    negated: false,
    ignoreCase: false,
  }),
  liking('not_like', 'a NOT LIKE pattern [ESCAPE escape]', { negated: true, ignoreCase: false }),
  liking('ilike', 'a ILIKE pattern [ESCAPE escape]: LIKE in lower case', { negated: false, ignoreCase: true }),
  liking('not_ilike', 'a NOT ILIKE pattern [ESCAPE escape]', { negated: true, ignoreCase: true }),
];
