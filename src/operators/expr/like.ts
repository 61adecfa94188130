import { ExecutionError } from '../../common/errors.ts';

type Token = string | typeof ONE | typeof MANY;
const ONE = Symbol('_');
const MANY = Symbol('%');

/**
 * A matcher for a LIKE pattern: `%` is any text, `_` one character (code point), `escapeBy` (one character, or '' for none)
 * takes the meaning off the next. Never backtracks: at most length of text times length of pattern steps. Throws
 * ExecutionError SQ3007 for a longer escape and a pattern that ends in its escape.
 */
export function likeMatcher(pattern: string, escapeBy: string): (text: string) => boolean {
  if ([...escapeBy].length > 1) {
    throw new ExecutionError('SQ3007', `LIKE escape '${escapeBy}' is not one character`);
  }
  const tokens = tokenize(pattern, escapeBy);
  const first = tokens.indexOf(MANY);
  if (tokens.every((token) => typeof token === 'string' || token === MANY)) return literalMatcher(tokens);
  if (first < 0) {
    return (text) => {
      const characters = [...text];
      return characters.length === tokens.length && matchAt(tokens, characters, 0) >= 0;
    };
  }
  return (text) => matchSegments(split(tokens), [...text]);
}

function tokenize(pattern: string, escapeBy: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    if (character === escapeBy && escapeBy !== '') {
      const next = characters[++i];
      if (next === undefined) {
        throw new ExecutionError('SQ3007', `LIKE pattern '${pattern}' ends in its escape character`);
      }
      tokens.push(next);
    } else if (character === '%') {
      if (tokens.at(-1) !== MANY) tokens.push(MANY);
    } else {
      tokens.push(character === '_' ? ONE : character);
    }
  }
  return tokens;
}

/** The runs of tokens between the MANYs: the first is anchored at the start of the text, the last at its end. */
function split(tokens: readonly Token[]): Token[][] {
  const segments: Token[][] = [[]];
  for (const token of tokens) {
    if (token === MANY) segments.push([]);
    else segments.at(-1)?.push(token);
  }
  return segments;
}

/** Patterns without `_`: plain searches of the segments from left to right. */
function literalMatcher(tokens: readonly Token[]): (text: string) => boolean {
  const segments = split(tokens).map((segment) => segment.join(''));
  const head = segments[0] as string;
  if (segments.length === 1) return (text) => text === head;
  const tail = segments.at(-1) as string;
  const middle = segments.slice(1, -1);
  return (text) => {
    if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
    let position = head.length;
    for (const segment of middle) {
      const found = text.indexOf(segment, position);
      if (found < 0) return false;
      position = found + segment.length;
    }
    return position <= text.length - tail.length;
  };
}

/** The end of the match of a segment at `start`, or -1. */
function matchAt(segment: readonly Token[], text: readonly string[], start: number): number {
  if (start + segment.length > text.length) return -1;
  for (let i = 0; i < segment.length; i++) {
    if (segment[i] !== ONE && segment[i] !== text[start + i]) return -1;
  }
  return start + segment.length;
}

/** The leftmost match of every segment is enough: what a later one leaves behind, an earlier one leaves too. */
function matchSegments(segments: readonly Token[][], text: readonly string[]): boolean {
  const tail = segments.at(-1) as Token[];
  let position = matchAt(segments[0] as Token[], text, 0);
  if (position < 0) return false;
  for (const segment of segments.slice(1, -1)) {
    let end = -1;
    for (let start = position; end < 0 && start + segment.length <= text.length; start++) {
      end = matchAt(segment, text, start);
    }
    if (end < 0) return false;
    position = end;
  }
  return text.length - tail.length >= position && matchAt(tail, text, text.length - tail.length) >= 0;
}
