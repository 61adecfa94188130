/**
 * Keys as paths. A segment between two slashes is a directory or file of the same name, so that files somebody put below
 * a bucket's directory are objects and objects are plain files. What no file system can hold is escaped:
 *
 * - `%~name` is a directory, `%+name` a file whose segment is `name` percent-decoded: empty, `.`, `..`, with a NUL, longer
 *   than 255 bytes, or beginning with one of the three markers. `%+name` also holds an object whose plain name is taken by
 *   a directory (`a` beside `a/b`).
 * - `%=piece` is a directory holding the rest of a segment too long for one name.
 *
 * Neither marker can begin a percent-encoded name, so `%41` and the like stay as they are.
 */
const DIRECTORY = '%~';
const FILE = '%+';
const PIECE = '%=';

const MAX_NAME_BYTES = 255;

export type EntryKind = 'file' | 'directory';

/** The path of an object below its bucket's directory. */
export interface KeyPath {
  readonly directories: readonly string[];
  /** The last segment as it is, where a file system can hold it. */
  readonly plain: string | undefined;
  /** The names that stand for the last segment escaped: pieces, then the file. */
  readonly escaped: readonly string[];
}

export function keyPath(key: string): KeyPath {
  const segments = key.split('/');
  const last = segments.pop() as string;
  return {
    directories: segments.flatMap(directoryNames),
    plain: isPlain(last) ? last : undefined,
    escaped: escapeSegment(last, FILE),
  };
}

/** The names below a bucket's directory for key text that ends with a slash. */
export function directoryNames(segment: string): readonly string[] {
  return isPlain(segment) ? [segment] : escapeSegment(segment, DIRECTORY);
}

export type EntryName =
  | { readonly kind: 'whole'; readonly segment: string }
  /** The beginning of a segment, still escaped; the rest is inside. */
  | { readonly kind: 'piece'; readonly text: string }
  /** A name no key has: not an object. */
  | { readonly kind: 'foreign' };

/** What an entry of a directory stands for. `pieces`: the text of the `%=` directories around it. */
export function readEntry(name: string, type: EntryKind, pieces: string): EntryName {
  if (type === 'directory' && name.startsWith(PIECE)) return { kind: 'piece', text: pieces + name.slice(2) };
  const marker = type === 'file' ? FILE : DIRECTORY;
  if (!name.startsWith(marker)) {
    return pieces === '' && isPlain(name) ? { kind: 'whole', segment: name } : { kind: 'foreign' };
  }
  const text = pieces + name.slice(2);
  const segment = decodeEscapes(text);
  if (segment === undefined || (type === 'directory' && isPlain(segment))) return { kind: 'foreign' };
  const names = escapeSegment(segment, marker);
  const isCanonical = names.map((one) => one.slice(2)).join('') === text && names.at(-1) === name;
  return isCanonical ? { kind: 'whole', segment } : { kind: 'foreign' };
}

function isPlain(segment: string): boolean {
  return (
    segment !== '' &&
    segment !== '.' &&
    segment !== '..' &&
    !segment.includes('\0') &&
    !/^%[~+=]/.test(segment) &&
    Buffer.byteLength(segment) <= MAX_NAME_BYTES
  );
}

function escapeSegment(segment: string, marker: string): readonly string[] {
  const escapeDots = segment === '.' || segment === '..';
  const names: string[] = [];
  let name = '';
  let bytes = marker.length;
  for (const char of segment) {
    const text = escapeChar(char, escapeDots);
    const more = Buffer.byteLength(text);
    if (bytes + more > MAX_NAME_BYTES) {
      names.push(PIECE + name);
      name = '';
      bytes = marker.length;
    }
    name += text;
    bytes += more;
  }
  return [...names, marker + name];
}

function escapeChar(char: string, escapeDots: boolean): string {
  if (char === '%') return '%25';
  if (char === '\0') return '%00';
  return escapeDots ? '%2E' : char;
}

function decodeEscapes(text: string): string | undefined {
  if (/%(?!25|00|2E)/.test(text)) return undefined;
  return text.replace(/%../g, (triple) => (triple === '%25' ? '%' : triple === '%00' ? '\0' : '.'));
}
