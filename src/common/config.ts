import { BindError } from './errors.ts';

/** One setting: the same entry makes the flag, the environment variable, the option of `connect` and its line in the docs. */
export interface ConfigEntry {
  /** Option of `connect`; the flag is the same in kebab case, the variable in SQUALL_UPPER_CASE. */
  readonly key: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly choices?: readonly string[];
  /** Smallest value of an integer. */
  readonly min?: number;
  /** Largest value of an integer. */
  readonly max?: number;
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
  {
    key: 'optimize',
    type: 'string',
    choices: ['cost', 'balanced', 'latency'],
    placeholder: 'goal',
    default: 'balanced',
    doc: 'what exchanges are chosen for: the smallest bill (cost), the shortest wait (latency), or the least product of both (balanced)',
  },
  {
    key: 'exchange',
    type: 'string',
    choices: ['auto', 'objects', 'direct'],
    placeholder: 'medium',
    default: 'auto',
    doc: 'how partitioned rows travel between stages: objects, direct (links between functions), auto (in messages while small, else as predicted best)',
  },
  {
    key: 'levels',
    type: 'integer',
    min: 1,
    max: 3,
    placeholder: 'n',
    default: null,
    doc: 'levels of a partitioned exchange, 1 to 3; default: as predicted best',
  },
  {
    key: 'joins',
    type: 'string',
    choices: ['auto', 'broadcast', 'partitioned'],
    placeholder: 'way',
    default: 'auto',
    doc: 'how the sides of a distributed join meet: broadcast (the smaller one in every task) where the join allows it, partitioned by its keys, auto (as estimated best)',
  },
  {
    key: 'partitions',
    type: 'integer',
    min: 1,
    placeholder: 'n',
    default: null,
    doc: 'partitions of an exchange by keys; default: by bytes',
  },
  {
    key: 'invocation',
    type: 'string',
    choices: ['auto', 'flat', 'tree'],
    placeholder: 'way',
    default: 'auto',
    doc: 'who invokes functions: flat (the driver all of them), tree (functions the others), auto (tree where a stage has many tasks)',
  },
  {
    key: 'compression',
    type: 'string',
    choices: ['auto', 'none', 'lz4', 'zstd'],
    placeholder: 'codec',
    default: 'auto',
    doc: 'codec of exchanges through objects; auto: as predicted best',
  },
  {
    key: 'adaptive',
    type: 'boolean',
    default: true,
    doc: 'change stages that have not begun by what earlier ones delivered',
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

/** The settings of how stages hand their rows on; each can be given for one query too. */
const EXCHANGE_KEYS = [
  'optimize',
  'exchange',
  'levels',
  'joins',
  'partitions',
  'invocation',
  'compression',
  'adaptive',
] as const;

export type ExchangeOptions = Pick<Config, (typeof EXCHANGE_KEYS)[number]>;

/**
 * The given ones before those of `base`; default: the defaults. A `null` takes a setting's default back. Throws BindError SQ1301 for
 * a value that does not fit.
 */
export function exchangeOptions(
  given: Partial<ExchangeOptions> = {},
  base: ExchangeOptions = EXCHANGE_OPTIONS,
): ExchangeOptions {
  const entries = EXCHANGE_KEYS.map((key) => {
    const entry = CONFIG.find((one) => one.key === key) as ConfigEntry;
    const value = given[key];
    if (value === undefined) return [key, base[key]];
    return [key, value === null ? entry.default : checked(entry, value, key, value)];
  });
  return Object.fromEntries(entries) as ExchangeOptions;
}

/** The defaults. */
export const EXCHANGE_OPTIONS = Object.fromEntries(
  CONFIG.filter(({ key }) => (EXCHANGE_KEYS as readonly string[]).includes(key)).map((entry) => [
    entry.key,
    entry.default,
  ]),
) as ExchangeOptions;

export const envName = (key: string): string => `SQUALL_${key.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
export const flagName = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
/** The flag that turns off what is on by default. */
export const offFlagName = (key: string): string => flagName(key).replace('--', '--no-');

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
      ? Number.isSafeInteger(value) &&
        (value as number) >= (entry.min ?? Number.MIN_SAFE_INTEGER) &&
        (value as number) <= (entry.max ?? Number.MAX_SAFE_INTEGER)
      : typeof value === entry.type && (!entry.choices || entry.choices.includes(value as string));
  if (fits) return value;
  const wanted = entry.choices
    ? `one of ${entry.choices.join(', ')}`
    : entry.type === 'integer'
      ? `a whole number${rangeText(entry)}`
      : `a ${entry.type}`;
  throw new BindError('SQ1301', `${origin} must be ${wanted}, not ${JSON.stringify(given)}`);
}

function rangeText({ min, max }: ConfigEntry): string {
  if (max !== undefined) return ` from ${min ?? 0} to ${max}`;
  return min === undefined ? '' : ` of at least ${min}`;
}
