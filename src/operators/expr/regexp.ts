import { RE2JS, RE2JSSyntaxException } from 're2js';
import { ExecutionError } from '../../common/errors.ts';

/** Where a regular expression matched: UTF-16 offsets, and the text of every group (null where it took no part). */
export interface RegexpMatch {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | null)[];
}

/** A regular expression in the syntax of RE2, which runs in time linear in the text whatever the pattern. */
export interface Regexp {
  readonly groupCount: number;
  /** True when the pattern matches somewhere, with `whole` all of the text. */
  test(text: string): boolean;
  first(text: string): RegexpMatch | null;
  /** The matches from left to right; none that is empty begins where the one before it ended. */
  all(text: string): readonly RegexpMatch[];
}

export interface RegexpOptions {
  /** The letters of `options`, as DuckDB has them; see OPTIONS. */
  readonly letters: string;
  /** The pattern has to match the whole text. */
  readonly whole?: boolean;
}

/** What the letters do to the flags of RE2. */
const OPTIONS: Readonly<Record<string, (flags: number) => number>> = {
  c: (flags) => flags & ~RE2JS.CASE_INSENSITIVE,
  i: (flags) => flags | RE2JS.CASE_INSENSITIVE,
  m: (flags) => flags & ~RE2JS.DOTALL,
  n: (flags) => flags & ~RE2JS.DOTALL,
  p: (flags) => flags & ~RE2JS.DOTALL,
  s: (flags) => flags | RE2JS.DOTALL,
  g: (flags) => flags,
  l: (flags) => flags,
};

/** Compiled patterns are kept: nearly always there is one, and it is a literal. */
const MAX_KEPT = 64;
const kept = new Map<string, Regexp>();

/** Throws ExecutionError SQ3007 for a pattern that is none and for unknown options. */
export function regexp(pattern: string, options: RegexpOptions): Regexp {
  const key = `${options.letters}\0${options.whole === true}\0${pattern}`;
  const known = kept.get(key);
  if (known) return known;
  const made = compile(pattern, options);
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(key, made);
  return made;
}

function compile(pattern: string, { letters, whole = false }: RegexpOptions): Regexp {
  let flags = 0;
  for (const letter of letters) {
    const option = Object.hasOwn(OPTIONS, letter) ? OPTIONS[letter] : undefined;
    if (!option) {
      throw new ExecutionError('SQ3007', `regular expressions have no option '${letter}'`, {
        hint: `options are ${Object.keys(OPTIONS).join(', ')}`,
      });
    }
    flags = option(flags);
  }
  const source = letters.includes('l') ? RE2JS.quote(pattern) : pattern;
  const compiled = guarded(pattern, () => RE2JS.compile(source, flags));
  const groupCount = compiled.groupCount();
  const matches = function* (text: string): Generator<RegexpMatch> {
    const matcher = compiled.matcher(text);
    let lastEnd = -1;
    while (matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()];
      if (start === end && start === lastEnd) continue;
      lastEnd = end;
      yield { start, end, groups: Array.from({ length: groupCount + 1 }, (_, group) => matcher.group(group)) };
    }
  };
  return {
    groupCount,
    test: whole ? (text) => compiled.matches(text) : (text) => compiled.test(text),
    first: (text) => matches(text).next().value ?? null,
    all: (text) => [...matches(text)],
  };
}

function guarded(pattern: string, build: () => RE2JS): RE2JS {
  try {
    return build();
  } catch (cause) {
    if (!(cause instanceof RE2JSSyntaxException)) throw cause;
    const fragment = cause.getPattern();
    const at = fragment === null ? pattern.length : pattern.indexOf(fragment);
    const place = at <= 0 ? '' : ` at character ${[...pattern.slice(0, at)].length + 1}`;
    throw new ExecutionError('SQ3007', `regular expression '${pattern}': ${cause.getDescription()}${place}`, { cause });
  }
}

/** `similar to` as a regular expression of the whole text: `%` is any text, `_` one character, `|*+?{}()[]` are operators. */
export function similarPattern(pattern: string, escapeBy: string): string {
  if ([...escapeBy].length > 1) {
    throw new ExecutionError('SQ3007', `SIMILAR TO escape '${escapeBy}' is not one character`);
  }
  let result = '';
  let inClass = false;
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    if (character === escapeBy) {
      const next = characters[++i];
      if (next === undefined) {
        throw new ExecutionError('SQ3007', `SIMILAR TO pattern '${pattern}' ends in its escape character`);
      }
      result += RE2JS.quote(next);
      continue;
    }
    if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    if (inClass) result += character === '\\' ? '\\\\' : character;
    else if (character === '%') result += '.*';
    else if (character === '_') result += '.';
    else if (character === '(') result += '(?:';
    else result += /[.^$\\]/.test(character) ? `\\${character}` : character;
  }
  return result;
}
