import { BindError } from './errors.ts';

/** One setting: the same entry makes the flag, the environment variable, the option of `connect` and its line in the docs. */
export interface ConfigEntry {
  /** Option of `connect`; the flag is the same in kebab case, the variable in SQUALL_UPPER_CASE. */
  readonly key: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly choices?: readonly string[];
  /** Smallest value of an integer. */
  readonly min?: number;
  readonly placeholder?: string;
  readonly default: string | number | boolean | null;
  readonly doc: string;
}

export const TARGETS = ['auto', 'inline', 'local', 'aws'] as const;

export const CONFIG = [
  {
    key: 'target',
    type: 'string',
    choices: TARGETS,
    placeholder: 'name',
    default: 'auto',
    doc: 'where tasks run: inline (this process), local (embedded functions), aws (Lambda), auto (inline while small, else local)',
  },
  {
    key: 'workers',
    type: 'integer',
    min: 1,
    placeholder: 'n',
    default: null,
    doc: 'tasks of a scan stage; default: by bytes',
  },
  {
    key: 'data',
    type: 'string',
    placeholder: 'dir',
    default: null,
    doc: 'serve this directory as S3 (its folders are the buckets) and read s3:// from it',
  },
  {
    key: 'endpoint',
    type: 'string',
    placeholder: 'url',
    default: null,
    doc: 'S3-compatible server to use instead of Amazon S3',
  },
  {
    key: 'region',
    type: 'string',
    placeholder: 'name',
    default: null,
    doc: 'AWS region; default: as the AWS SDK finds it',
  },
  { key: 'anonymous', type: 'boolean', default: false, doc: 'send unsigned requests, for public buckets' },
  {
    key: 'function',
    type: 'string',
    placeholder: 'name',
    default: 'squall-worker',
    doc: 'Lambda function of --target aws',
  },
  {
    key: 'scratch',
    type: 'string',
    placeholder: 'uri',
    default: null,
    doc: 'prefix for temporary objects; --target aws needs one',
  },
  { key: 'memory', type: 'integer', min: 128, placeholder: 'MB', default: 1769, doc: 'memory of one function' },
  { key: 'timeout', type: 'integer', min: 1, placeholder: 's', default: 300, doc: 'longest time one function may run' },
  {
    key: 'concurrency',
    type: 'integer',
    min: 1,
    placeholder: 'n',
    default: null,
    doc: 'functions at once; default: 4 or the number of cores, whichever is more; 1,000 on aws',
  },
] as const satisfies readonly ConfigEntry[];

type Entry = (typeof CONFIG)[number];
type ValueOf<E extends ConfigEntry> = E extends { choices: readonly (infer C)[] }
  ? C
  : E['type'] extends 'integer'
    ? number
    : E['type'] extends 'boolean'
      ? boolean
      : string;

/** Every setting with its value; null where it has no default and was not given. */
export type Config = { readonly [E in Entry as E['key']]: ValueOf<E> | (E['default'] extends null ? null : never) };
/** What a caller gives: any of the settings. */
export type ConfigOptions = { readonly [E in Entry as E['key']]?: ValueOf<E> | undefined };

export const envName = (key: string): string => `SQUALL_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
export const flagName = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Given options first, then the environment, then defaults. Throws BindError SQ1301 for a value that does not fit. */
export function resolveConfig(options: ConfigOptions, env: Readonly<Record<string, string | undefined>>): Config {
  const resolved: Record<string, unknown> = {};
  for (const entry of CONFIG as readonly ConfigEntry[]) {
    const given = (options as Record<string, unknown>)[entry.key];
    const text = env[envName(entry.key)];
    if (given !== undefined) resolved[entry.key] = checked(entry, given, entry.key, given);
    else if (text !== undefined && text !== '')
      resolved[entry.key] = checked(entry, parseText(entry, text), envName(entry.key), text);
    else resolved[entry.key] = entry.default;
  }
  return resolved as Config;
}

function parseText(entry: ConfigEntry, text: string): unknown {
  if (entry.type === 'integer') return Number(text);
  if (entry.type === 'boolean')
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
  return text;
}

function checked(entry: ConfigEntry, value: unknown, origin: string, given: unknown): unknown {
  const fits =
    entry.type === 'integer'
      ? Number.isSafeInteger(value) && (value as number) >= (entry.min ?? Number.MIN_SAFE_INTEGER)
      : typeof value === entry.type && (!entry.choices || entry.choices.includes(value as string));
  if (fits) return value;
  const wanted = entry.choices
    ? `one of ${entry.choices.join(', ')}`
    : entry.type === 'integer'
      ? `a whole number${entry.min === undefined ? '' : ` of at least ${entry.min}`}`
      : `a ${entry.type}`;
  throw new BindError('SQ1301', `${origin} must be ${wanted}, not ${JSON.stringify(given)}`);
}
