import picomatch from 'picomatch';
import { storageError } from './errors.ts';
import { compareKeys } from './keys.ts';
import type { ListedObject, ObjectLocation, ObjectStore } from './object-store.ts';
import { formatUri, type Scheme, type StorageUri } from './uri.ts';

/** An object that a pattern names. */
export interface GlobMatch extends ListedObject {
  readonly location: ObjectLocation;
}

/** What in a key has a meaning: `*` and `?` within a segment, `**` for any number of them, `[a-z]`, `{a,b}`, `\` before any. */
const MAGIC = /[*?[\]{}\\]/;

/** True when the key is a pattern and not the name of one object. */
export const hasGlob = (key: string): boolean => MAGIC.test(key);

/** The text every match starts with: all up to the first special character. */
export function globPrefix(pattern: string): string {
  let prefix = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === '\\' && i + 1 < pattern.length) prefix += pattern.charAt(++i);
    else if (MAGIC.test(char)) return prefix;
    else prefix += char;
  }
  return prefix;
}

/**
 * Tells whether a key matches. As in a shell, a wildcard matches no name that starts with a dot. Parentheses and other
 * signs that picomatch would give a meaning stand for themselves.
 * @throws StorageError SQ5012 for a range in braces that is neither of whole numbers nor of letters
 */
export function globMatcher(pattern: string): (key: string) => boolean {
  const literal = pattern.replaceAll(/\\.|\[[^\]]*\]|[()|+@!$^]/gs, (found) => {
    if (/^\[[!^]/.test(found)) return `[^/${found.slice(2)}`;
    return found.length > 1 ? found : `\\${found}`;
  });
  const matches = picomatch(literal, {
    noextglob: true,
    nonegate: true,
    dot: false,
    windows: false,
    strictSlashes: true,
    expandRange: (from: string, to: string) => rangeRegex(pattern, from, to),
  });
  return (key) => matches(key);
}

/** Largest number of alternatives that `{1..n}` may stand for. */
const MAX_RANGE = 10_000;

/** `{08..12}` as a regular expression: numbers keep the width they are written with. */
function rangeRegex(pattern: string, from: string, to: string): string {
  if (/^[a-z]$/i.test(from) && /^[a-z]$/i.test(to) && from <= to) return `[${from}-${to}]`;
  const [first, last] = [Number(from), Number(to)];
  if (!/^\d+$/.test(from) || !/^\d+$/.test(to) || first > last || last - first >= MAX_RANGE) {
    throw storageError('SQ5012', `${JSON.stringify(pattern)} is not a pattern: {${from}..${to}} is not a range`, {
      hint: `write {first..last} with whole numbers, at most ${MAX_RANGE} of them, or letters; \\{ stands for itself`,
      details: { pattern },
    });
  }
  const width = from.length === to.length || from.startsWith('0') ? from.length : 0;
  const numbers = Array.from({ length: last - first + 1 }, (_, i) => String(first + i).padStart(width, '0'));
  return `(?:${numbers.join('|')})`;
}

/**
 * The objects that a location names, sorted by key: one object without special characters, every match of a pattern, or
 * everything below a location that ends in a slash. A name that is spelled exactly like its pattern matches too, so that
 * `data [1].parquet` needs no escaping. "Folders" (keys that end in a slash) never match. Files are looked for folder by
 * folder; in a bucket the literal prefix is listed, without what lies below it where the pattern allows.
 * @throws StorageError SQ5011 when nothing matches, SQ5001 when the one object does not exist
 */
export async function expandGlob(
  store: ObjectStore,
  { scheme, location }: StorageUri,
  signal?: AbortSignal,
): Promise<readonly GlobMatch[]> {
  const { bucket, key } = location;
  const pattern = key === '' || key.endsWith('/') ? `${key}**` : key;
  if (!hasGlob(pattern)) {
    const { metadata: _, ...info } = await store.head(location, signal && { signal });
    return [{ key, location, ...info }];
  }
  const search = new Search(store, scheme, bucket, signal);
  await search.run(pattern);
  if (search.found.length === 0) throw noMatch(scheme, bucket, pattern, search.seen);
  return search.found
    .sort((a, b) => compareKeys(a.key, b.key))
    .map((object) => ({ ...object, location: { bucket, key: object.key } }));
}

class Search {
  readonly #store: ObjectStore;
  readonly #scheme: Scheme;
  readonly #bucket: string;
  readonly #signal: AbortSignal | undefined;
  readonly found: ListedObject[] = [];
  seen = 0;

  constructor(store: ObjectStore, scheme: Scheme, bucket: string, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#scheme = scheme;
    this.#bucket = bucket;
    this.#signal = signal;
  }

  run(pattern: string): Promise<void> {
    const segments = splitSegments(pattern);
    const first = segments.findIndex(hasGlob);
    // Below a bucket a listing of everything costs a request per thousand keys, folder by folder it costs one per folder.
    if (this.#scheme !== 'file' && first < segments.length - 1) return this.#everything('', pattern);
    const above = segments.slice(0, first).map((segment) => `${segment}/`);
    return this.#level(above.join(''), segments.slice(first));
  }

  async #everything(folder: string, pattern: string): Promise<void> {
    const matches = sameOr(pattern);
    for await (const { objects } of this.#list(folder + literalStart(pattern))) this.#take(folder, objects, matches);
  }

  /** Objects or folders in one folder that match the first segment; then the rest below each of those folders. */
  async #level(folder: string, segments: readonly string[]): Promise<void> {
    const [segment = '', ...rest] = segments;
    if (segment.includes('**') || segment.includes('/')) return this.#everything(folder, segments.join('/'));
    const matches = sameOr(segment);
    const folders: string[] = [];
    for await (const { objects, commonPrefixes } of this.#list(folder + literalStart(segment), '/')) {
      if (rest.length === 0) this.#take(folder, objects, matches);
      else folders.push(...commonPrefixes.filter((common) => matches(common.slice(folder.length, -1))));
    }
    for (const below of folders) await this.#level(below, rest);
  }

  #take(folder: string, objects: readonly ListedObject[], matches: (key: string) => boolean): void {
    this.seen += objects.length;
    this.found.push(...objects.filter(({ key }) => !key.endsWith('/') && matches(key.slice(folder.length))));
  }

  #list(prefix: string, delimiter?: string) {
    return this.#store.list({
      bucket: this.#bucket,
      prefix,
      ...(delimiter !== undefined && { delimiter }),
      ...(this.#signal && { signal: this.#signal }),
    });
  }
}

/** Matches the pattern, or is spelled like it. */
function sameOr(pattern: string): (key: string) => boolean {
  const matches = globMatcher(pattern);
  return (key) => key === pattern || matches(key);
}

/** The text that every match, and a name spelled like the pattern, starts with. */
function literalStart(pattern: string): string {
  const prefix = globPrefix(pattern);
  let same = 0;
  while (same < prefix.length && prefix[same] === pattern[same]) same += 1;
  return prefix.slice(0, same);
}

/** A pattern cut at the slashes that are not inside braces or brackets. */
function splitSegments(pattern: string): string[] {
  const segments = [''];
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === '/' && depth === 0) {
      segments.push('');
      continue;
    }
    if (char === '{' || char === '[') depth += 1;
    if (char === '}' || char === ']') depth = Math.max(0, depth - 1);
    segments.push(segments.pop() + char + (char === '\\' ? pattern.charAt(++i) : ''));
  }
  return segments;
}

function noMatch(scheme: Scheme, bucket: string, pattern: string, seen: number) {
  const uri = (key: string) => (scheme === 'file' ? `/${key}` : formatUri(scheme, { bucket, key }));
  const prefix = globPrefix(pattern);
  const looked =
    seen === 0
      ? 'there are no objects'
      : seen === 1
        ? 'the one object there does not match'
        : `none of ${seen} objects matches`;
  return storageError('SQ5011', `no object matches ${uri(pattern)}: ${looked} (looked below ${uri(prefix)})`, {
    hint: seen === 0 ? 'check the path' : 'check the pattern; ** matches any number of folders',
    details: { object: uri(pattern), bucket, prefix, pattern, seen },
  });
}
