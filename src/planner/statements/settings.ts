import { BindError, type Span } from '../../common/errors.ts';
import { didYouMean, listed } from '../near-names.ts';

/** Where NULLs stand when ORDER BY does not say. */
export type NullOrder =
  | 'nulls_last_on_asc_first_on_desc'
  | 'nulls_first_on_asc_last_on_desc'
  | 'nulls_last'
  | 'nulls_first';

/** What SET changes: how a session reads its queries. */
export interface Settings {
  /** `/` of whole numbers is truncated; off: it gives a double. */
  readonly integer_division: boolean;
  readonly default_null_order: NullOrder;
}

export const DEFAULT_SETTINGS: Settings = {
  integer_division: true,
  default_null_order: 'nulls_last_on_asc_first_on_desc',
};

export type SettingName = keyof Settings;

interface SettingEntry<T> {
  readonly doc: string;
  /** What is written for a value; the values of one setting. */
  readonly values: Readonly<Record<string, T>>;
}

const BOOLEANS = { true: true, false: false, on: true, off: false, '1': true, '0': false } as const;

const NULL_ORDERS: Readonly<Record<string, NullOrder>> = {
  nulls_last_on_asc_first_on_desc: 'nulls_last_on_asc_first_on_desc',
  nulls_first_on_asc_last_on_desc: 'nulls_first_on_asc_last_on_desc',
  nulls_last: 'nulls_last',
  nulls_first: 'nulls_first',
  'nulls last': 'nulls_last',
  'nulls first': 'nulls_first',
  postgres: 'nulls_last_on_asc_first_on_desc',
  sqlite: 'nulls_first_on_asc_last_on_desc',
  mysql: 'nulls_first_on_asc_last_on_desc',
};

/** Every setting. */
export const SETTINGS: { readonly [Name in SettingName]: SettingEntry<Settings[Name]> } = {
  integer_division: { doc: 'the quotient of whole numbers is truncated; off: a double', values: BOOLEANS },
  default_null_order: { doc: 'where ORDER BY puts NULLs unless it says so', values: NULL_ORDERS },
};

export const settingNames = (): readonly SettingName[] => Object.keys(SETTINGS).sort() as SettingName[];

/** The setting of that name, in any case. Throws BindError SQ1304 with near names when there is none. */
export function settingNamed(name: string, span: Span): SettingName {
  const known = settingNames().find((one) => one === name.toLowerCase());
  if (known) return known;
  throw new BindError('SQ1304', `there is no setting "${name}"`, {
    span,
    hint: didYouMean(name, settingNames()) ?? `settings are ${listed(settingNames())}`,
  });
}

/** The settings with one changed. Throws BindError SQ1301 for a value that it cannot have. */
export function withSetting(settings: Settings, name: SettingName, value: string, span: Span): Settings {
  const { values } = SETTINGS[name] as SettingEntry<boolean | NullOrder>;
  const chosen = Object.hasOwn(values, value.toLowerCase()) ? values[value.toLowerCase()] : undefined;
  if (chosen !== undefined) return { ...settings, [name]: chosen };
  throw new BindError('SQ1301', `${name} cannot be '${value}'`, {
    span,
    hint: `it is one of ${Object.keys(values).join(', ')}`,
  });
}
