import { ExecutionError } from '../../../common/errors.ts';
import type { Value } from '../../../common/types.ts';
import { DATE, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from '../../../common/types.ts';
import {
  checkedTimestamp,
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  splitTimestamp,
} from '../calendar.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { DATE_FIELDS, dayOfWeek, dayOfYear, isoDayOfWeek, type Moment } from './date-fields.ts';
import { overload, strict } from './define.ts';
import { dayName, monthName } from './make-date.ts';

const pad = (value: number | bigint, width: number) => String(value).padStart(width, '0');

const hourOf = ({ time }: Moment) => Number(time / MICROS_PER_HOUR);
const minuteOf = ({ time }: Moment) => Number((time / MICROS_PER_MINUTE) % 60n);
const secondOf = ({ time }: Moment) => Number((time / MICROS_PER_SECOND) % 60n);
const microsOf = ({ time }: Moment) => Number(time % MICROS_PER_SECOND);
const hour12 = (moment: Moment) => hourOf(moment) % 12 || 12;
const field = (name: string) => (moment: Moment) => Number(DATE_FIELDS[name]?.compute(moment) ?? 0n);

/** Astronomical: the year before 1 is 0. */
const yearOf = ({ days }: Moment) => civilFromDays(days).year;

/** Weeks of the year that begin on a Sunday or Monday; the days before the first are week 0. */
const weekFrom = (first: 0 | 1) => (moment: Moment) => {
  const sinceFirst = (dayOfWeek(moment.days) - first + 7) % 7;
  return Math.floor((dayOfYear(moment.days) + 6 - sinceFirst) / 7);
};

/** Numbers with the width that they are padded to; `%-d` leaves the padding out. */
const NUMBERS: Readonly<Record<string, readonly [width: number, (moment: Moment) => number]>> = {
  d: [2, ({ days }) => civilFromDays(days).day],
  m: [2, ({ days }) => civilFromDays(days).month],
  y: [2, (moment) => ((yearOf(moment) % 100) + 100) % 100],
  H: [2, hourOf],
  I: [2, hour12],
  M: [2, minuteOf],
  S: [2, secondOf],
  j: [3, ({ days }) => dayOfYear(days)],
  f: [6, microsOf],
  g: [3, (moment) => Math.floor(microsOf(moment) / 1000)],
  U: [2, weekFrom(0)],
  W: [2, weekFrom(1)],
  V: [2, field('week')],
};

const TEXTS: Readonly<Record<string, (moment: Moment) => string>> = {
  a: ({ days }) => dayName(days).slice(0, 3),
  A: ({ days }) => dayName(days),
  w: ({ days }) => String(dayOfWeek(days)),
  u: ({ days }) => String(isoDayOfWeek(days)),
  b: ({ days }) => monthName(days).slice(0, 3),
  h: ({ days }) => monthName(days).slice(0, 3),
  B: ({ days }) => monthName(days),
  Y: (moment) => yearText(yearOf(moment)),
  G: (moment) => yearText(field('isoyear')(moment)),
  p: (moment) => (hourOf(moment) < 12 ? 'AM' : 'PM'),
  n: (moment) => `${pad(microsOf(moment), 6)}000`,
  z: () => '+00',
  Z: () => 'UTC',
  '%': () => '%',
};

const yearText = (year: number) => (year < 0 ? `-${pad(-year, 4)}` : pad(year, 4));

/** Specifiers that stand for others. */
const COMBINED: Readonly<Record<string, string>> = {
  c: '%Y-%m-%d %H:%M:%S',
  x: '%Y-%m-%d',
  X: '%H:%M:%S',
  T: '%H:%M:%S',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
};

interface Piece {
  /** The letter of a specifier; null for plain text. */
  readonly letter: string | null;
  readonly padded: boolean;
  readonly text: string;
}

/** Throws ExecutionError SQ3007 for a specifier that does not exist. */
function piecesOf(name: string, format: string): readonly Piece[] {
  return [...format.matchAll(/%-?[\s\S]?|[^%]+/gu)].flatMap(([text]): readonly Piece[] => {
    if (!text.startsWith('%')) return [{ letter: null, padded: false, text }];
    const padded = text[1] !== '-';
    const letter = text.slice(padded ? 1 : 2);
    if (padded && Object.hasOwn(COMBINED, letter)) return piecesOf(name, COMBINED[letter] as string);
    const known = Object.hasOwn(NUMBERS, letter) || (padded && Object.hasOwn(TEXTS, letter));
    if (known) return [{ letter, padded, text }];
    throw new ExecutionError('SQ3007', `${name}: there is no specifier '${text}' in '${format}'`);
  });
}

function formatted(moment: Moment, format: string): string {
  return lastPieces('strftime', format)
    .map(({ letter, padded, text }) => {
      if (letter === null) return text;
      const number = Object.hasOwn(NUMBERS, letter) ? NUMBERS[letter] : undefined;
      if (!number) return TEXTS[letter]?.(moment) ?? '';
      const [width, compute] = number;
      return pad(compute(moment), padded ? width : 1);
    })
    .join('');
}

let last: { readonly key: string; readonly pieces: readonly Piece[] } | null = null;

/** The last format is kept taken apart: it is nearly always a literal. */
function lastPieces(name: string, format: string): readonly Piece[] {
  const key = `${name} ${format}`;
  if (last?.key !== key) last = { key, pieces: piecesOf(name, format) };
  return last.pieces;
}

interface Parsed {
  year: number;
  month: number;
  day: number;
  dayOfYear: number | null;
  hour: number;
  afternoon: boolean | null;
  minute: number;
  second: number;
  micros: number;
}

const DIGITS: Readonly<Record<string, number>> = {
  d: 2,
  m: 2,
  y: 2,
  Y: 4,
  H: 2,
  I: 2,
  M: 2,
  S: 2,
  j: 3,
  f: 6,
  g: 3,
  n: 9,
};
const FULL_DAYS = [0, 1, 2, 3, 4, 5, 6].map((day) => dayName(day + 3));
const FULL_MONTHS = Array.from({ length: 12 }, (_, month) => monthName(month * 31));

/** How many characters of the text a specifier takes; null when it does not fit. */
function take(parsed: Parsed, letter: string, rest: string): number | null {
  const names = (full: readonly string[], short: boolean) => (short ? full.map((name) => name.slice(0, 3)) : full);
  const named = (candidates: readonly string[]) =>
    candidates.findIndex((name) => rest.slice(0, name.length).toLowerCase() === name.toLowerCase());
  switch (letter) {
    case 'a':
    case 'A': {
      const candidates = names(FULL_DAYS, letter === 'a');
      return candidates[named(candidates)]?.length ?? null;
    }
    case 'b':
    case 'h':
    case 'B': {
      const candidates = names(FULL_MONTHS, letter !== 'B');
      const index = named(candidates);
      parsed.month = index + 1;
      return candidates[index]?.length ?? null;
    }
    case 'p': {
      const half = /^[ap]m/i.exec(rest)?.[0];
      if (half === undefined) return null;
      parsed.afternoon = half.toLowerCase() === 'pm';
      return half.length;
    }
    case '%':
      return rest.startsWith('%') ? 1 : null;
    default:
      return takeNumber(parsed, letter, rest);
  }
}

function takeNumber(parsed: Parsed, letter: string, rest: string): number | null {
  const width = DIGITS[letter] as number;
  const digits = new RegExp(`^\\d{1,${width}}`).exec(rest)?.[0];
  if (digits === undefined) return null;
  const value = Number(digits);
  const set: Readonly<Record<string, () => void>> = {
    d: () => (parsed.day = value),
    m: () => (parsed.month = value),
    y: () => (parsed.year = value < 69 ? 2000 + value : 1900 + value),
    Y: () => (parsed.year = value),
    H: () => (parsed.hour = value),
    I: () => {
      parsed.hour = value;
      parsed.afternoon ??= false;
    },
    M: () => (parsed.minute = value),
    S: () => (parsed.second = value),
    j: () => (parsed.dayOfYear = value),
    f: () => (parsed.micros = Number(digits.padEnd(6, '0'))),
    g: () => (parsed.micros = value * 1000),
    n: () => (parsed.micros = Math.floor(Number(digits.padEnd(9, '0')) / 1000)),
  };
  set[letter]?.();
  return digits.length;
}

/** The timestamp of a text in a format; null when the text is none. What the format does not have is of 1900-01-01. */
function parse(text: string, format: string): bigint | null {
  const parsed: Parsed = {
    ...{ year: 1900, month: 1, day: 1, dayOfYear: null },
    ...{ hour: 0, afternoon: null, minute: 0, second: 0, micros: 0 },
  };
  const trimmed = text.trim();
  let at = 0;
  for (const { letter, text: plain } of lastPieces('strptime', format)) {
    if (letter !== null && !(Object.hasOwn(DIGITS, letter) || /^[aAbBhp%]$/.test(letter))) {
      throw new ExecutionError('SQ3007', `strptime: the specifier '%${letter}' is for writing alone`);
    }
    const length =
      letter === null ? (trimmed.startsWith(plain, at) ? plain.length : null) : take(parsed, letter, trimmed.slice(at));
    if (length === null) return null;
    at += length;
  }
  return at === trimmed.length ? momentOf(parsed) : null;
}

function momentOf({
  year,
  month,
  day,
  dayOfYear: ordinal,
  hour,
  afternoon,
  minute,
  second,
  micros,
}: Parsed): bigint | null {
  const hours = afternoon === null ? hour : hour < 1 || hour > 12 ? -1 : (hour % 12) + (afternoon ? 12 : 0);
  if (hours < 0 || hours > 23 || minute > 59 || second > 59) return null;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const first = daysFromCivil({ year, month: 1, day: 1 });
  const days = ordinal === null ? daysFromCivil({ year, month, day }) : first + ordinal - 1;
  if (ordinal !== null && (ordinal < 1 || civilFromDays(days).year !== year)) return null;
  const seconds = BigInt((hours * 60 + minute) * 60 + second);
  return BigInt(days) * MICROS_PER_DAY + seconds * MICROS_PER_SECOND + BigInt(micros);
}

function strptime(text: string, format: string): bigint {
  const micros = parse(text, format);
  if (micros === null) throw new ExecutionError('SQ3007', `strptime: '${text}' is not in the format '${format}'`);
  return checkedTimestamp(micros, () => `'${text}'`);
}

const ofDate = (days: number): Moment => ({ days, time: 0n });

export const DATE_FORMAT: readonly ScalarFunction[] = [
  strict(
    'strftime',
    "strftime(a, format): the date or timestamp as text, with specifiers such as '%Y-%m-%d %H:%M:%S'",
    overload([DATE, VARCHAR], VARCHAR, (days: number, format: string) => formatted(ofDate(days), format)),
    overload([TIMESTAMP, VARCHAR], VARCHAR, (at: bigint, format: string) => formatted(splitTimestamp(at), format)),
    overload([TIMESTAMPTZ, VARCHAR], VARCHAR, (at: bigint, format: string) => formatted(splitTimestamp(at), format)),
  ),
  strict(
    'strptime',
    'strptime(a, format): the timestamp that a text in the format of strftime says',
    overload([VARCHAR, VARCHAR], TIMESTAMP, strptime),
  ),
  strict(
    'try_strptime',
    'try_strptime(a, format): strptime, or NULL for a text that is not in the format',
    overload([VARCHAR, VARCHAR], TIMESTAMP, (text: string, format: string): Value => parse(text, format)),
  ),
];
