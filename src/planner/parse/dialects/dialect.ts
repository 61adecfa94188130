/** The dialects that are read besides PostgreSQL's. Meanings stay those of the default dialect. */
export type Dialect = 'trino' | 'mysql' | 'bigquery' | 'snowflake';

export const DIALECTS: readonly Dialect[] = ['trino', 'mysql', 'bigquery', 'snowflake'];

export interface DialectRules {
  readonly name: Dialect;
  /** `name`. */
  readonly backticks: boolean;
  /** "text". */
  readonly doubleQuotedTexts: boolean;
  /** A backslash in a text is an escape. */
  readonly escapes: boolean;
  /** # comment. */
  readonly hashComments: boolean;
  /** A comment `--` needs a space behind it. */
  readonly spacedComments: boolean;
  /** `||` is OR. */
  readonly barsAreOr: boolean;
  /** LIMIT offset, count. */
  readonly limitWithComma: boolean;
  readonly qualify: boolean;
  readonly groupByAll: boolean;
  /** The word for columns left out of a star. */
  readonly starWithout: 'except' | 'exclude' | null;
  /** Names of types that the default dialect has not, or that mean another type there. */
  readonly types: Readonly<Record<string, string>>;
  /** A name with dots in one pair of quotes is a path. */
  readonly dotsInQuotes: boolean;
}

const NONE = {
  backticks: false,
  doubleQuotedTexts: false,
  escapes: false,
  hashComments: false,
  spacedComments: false,
  barsAreOr: false,
  limitWithComma: false,
  qualify: false,
  groupByAll: false,
  starWithout: null,
  types: {},
  dotsInQuotes: false,
} as const;

export const DIALECT_RULES: Readonly<Record<Dialect, DialectRules>> = {
  trino: { ...NONE, name: 'trino', types: { varbinary: 'blob' } },
  mysql: {
    ...NONE,
    name: 'mysql',
    backticks: true,
    doubleQuotedTexts: true,
    escapes: true,
    hashComments: true,
    spacedComments: true,
    barsAreOr: true,
    limitWithComma: true,
    types: { signed: 'bigint', unsigned: 'ubigint', char: 'varchar', datetime: 'timestamp', binary: 'blob' },
  },
  bigquery: {
    ...NONE,
    name: 'bigquery',
    backticks: true,
    doubleQuotedTexts: true,
    escapes: true,
    hashComments: true,
    qualify: true,
    groupByAll: true,
    starWithout: 'except',
    types: {
      int64: 'bigint',
      float64: 'double',
      string: 'varchar',
      bytes: 'blob',
      datetime: 'timestamp',
      timestamp: 'timestamptz',
    },
    dotsInQuotes: true,
  },
  snowflake: {
    ...NONE,
    name: 'snowflake',
    escapes: true,
    qualify: true,
    groupByAll: true,
    starWithout: 'exclude',
    types: {
      number: 'decimal',
      timestamp_ntz: 'timestamp',
      timestamp_tz: 'timestamptz',
      datetime: 'timestamp',
      float: 'double',
    },
  },
};
