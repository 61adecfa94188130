import type { Interval } from '../../common/types.ts';
import {
  daysFromCivil,
  daysInMonth,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  negateInterval,
} from './calendar.ts';
import { divideHalfAway, pow10 } from './ranges.ts';

/** A decimal number as text says it: unscaled / 10^scale; the scale can be negative. */
export interface ExactNumber {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** The parsers of this file answer null for text that is no value of their type. White space around it is allowed. */
export function parseNumber(text: string): ExactNumber | null {
  // Trimmed first: white space on both sides of what may be empty would make the pattern quadratic.
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text.trim());
  if (!match) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  if (digits === '') return null;
  const unscaled = BigInt(digits);
  return { unscaled: sign === '-' ? -unscaled : unscaled, scale: fraction.length - Number(exponent) };
}

/** Rounds half away from zero to `scale` digits after the point; null when the result has more than 40 digits. */
export function rescale(number: ExactNumber, scale: number): bigint | null {
  if (number.unscaled === 0n) return 0n;
  const shift = scale - number.scale;
  if (shift >= 0) return shift > 40 ? null : number.unscaled * pow10(shift);
  const digits = number.unscaled.toString().length;
  return -shift > digits + 1 ? 0n : divideHalfAway(number.unscaled, pow10(-shift));
}

/** NaN and infinities included; not rounded to real. */
export function parseDouble(text: string): number | null {
  const word = text.trim().toLowerCase();
  if (word === 'nan') return Number.NaN;
  const infinity = /^([+-]?)inf(?:inity)?$/.exec(word);
  if (infinity) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return parseNumber(word) === null ? null : Number(word);
}

const TRUTH: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1'].map((word) => [word, true])),
  ...Object.fromEntries(['f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'].map((word) => [word, false])),
};

export function parseBoolean(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  return Object.hasOwn(TRUTH, word) ? (TRUTH[word] as boolean) : null;
}

const DATE = String.raw`(\d{4,7})-(\d{1,2})-(\d{1,2})`;
const TIME = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?`;
const ZONE = String.raw`(?:\s*(Z|z|UTC|utc|[+-]\d{2}(?::?\d{2})?))?`;
const ERA = String.raw`(?:\s+(BC|bc))?`;
const DATE_ONLY = new RegExp(String.raw`^\s*${DATE}${ERA}\s*$`);
const TIME_ONLY = new RegExp(String.raw`^\s*${TIME}\s*$`);
const DATE_AND_TIME = new RegExp(String.raw`^\s*${DATE}(?:[ Tt]+${TIME}${ZONE})?${ERA}\s*$`);

type Groups = readonly (string | undefined)[];

function civilDays([year, month, day]: Groups, era: string | undefined): number | null {
  const y = era ? 1 - Number(year) : Number(year);
  const m = Number(month);
  const d = Number(day);
  if (Number(year) === 0 || m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m)) return null;
  return daysFromCivil({ year: y, month: m, day: d });
}

/** 24:00:00 is the end of a day. A seventh digit of a second rounds half up. */
function timeMicros([hour, minute, second = '0', fraction = '']: Groups): bigint | null {
  const [h, m, s] = [BigInt(hour as string), BigInt(minute as string), BigInt(second)];
  if (h > 24n || m > 59n || s > 59n) return null;
  const micros = divideHalfAway(BigInt(fraction.padEnd(6, '0')), pow10(Math.max(fraction.length - 6, 0)));
  const total = h * MICROS_PER_HOUR + m * MICROS_PER_MINUTE + s * MICROS_PER_SECOND + micros;
  return total > MICROS_PER_DAY ? null : total;
}

/** `YYYY-MM-DD`, with `BC` after years before 1. Days since 1970-01-01. */
export function parseDate(text: string): number | null {
  const match = DATE_ONLY.exec(text);
  if (match) return civilDays(match.slice(1, 4), match[4]);
  const timestamp = DATE_AND_TIME.exec(text);
  return timestamp && timestamp[8] === undefined ? civilDays(timestamp.slice(1, 4), timestamp[9]) : null;
}

/** `hh:mm[:ss[.ffffff]]`, microseconds. */
export function parseTime(text: string): bigint | null {
  const match = TIME_ONLY.exec(text);
  return match && timeMicros(match.slice(1, 5));
}

/** `YYYY-MM-DD[ hh:mm[:ss[.ffffff]]]`; a zone only when `zoned`, where none means UTC. Microseconds; may exceed 64 bits. */
export function parseTimestamp(text: string, zoned: boolean): bigint | null {
  const match = DATE_AND_TIME.exec(text);
  if (!match || (match[8] !== undefined && !zoned)) return null;
  const days = civilDays(match.slice(1, 4), match[9]);
  const time = match[4] === undefined ? 0n : timeMicros(match.slice(4, 8));
  const offset = zoneMicros(match[8]);
  return days === null || time === null || offset === null ? null : BigInt(days) * MICROS_PER_DAY + time - offset;
}

function zoneMicros(zone: string | undefined): bigint | null {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone ?? '');
  if (!match) return 0n;
  const [hours, minutes] = [BigInt(match[2] as string), BigInt(match[3] ?? '0')];
  if (hours > 15n || minutes > 59n) return null;
  const offset = hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE;
  return match[1] === '-' ? -offset : offset;
}

/** Per unit: months, days or microseconds of one; units of months take whole numbers only. */
const UNITS: readonly (readonly [pattern: RegExp, part: 'months' | 'days' | 'micros', size: bigint])[] = [
  [/^(?:millennium|millennia|millenniums?)$/, 'months', 12_000n],
  [/^(?:century|centuries)$/, 'months', 1200n],
  [/^decades?$/, 'months', 120n],
  [/^(?:y|yrs?|years?)$/, 'months', 12n],
  [/^(?:quarters?)$/, 'months', 3n],
  [/^(?:mons?|months?)$/, 'months', 1n],
  [/^(?:w|weeks?)$/, 'days', 7n],
  [/^(?:d|days?)$/, 'days', 1n],
  [/^(?:h|hrs?|hours?)$/, 'micros', MICROS_PER_HOUR],
  [/^(?:m|mins?|minutes?)$/, 'micros', MICROS_PER_MINUTE],
  [/^(?:s|secs?|seconds?)$/, 'micros', MICROS_PER_SECOND],
  [/^(?:ms|msecs?|milliseconds?)$/, 'micros', 1000n],
  [/^(?:us|usecs?|microseconds?)$/, 'micros', 1n],
];

const QUANTITY = /\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z]+)/y;
const CLOCK = /\s*([+-]?)(\d+):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?/y;

const SIGNED = String.raw`[+-]?\d+(?:\.\d*)?`;
const ISO_DATE = `(?:(${SIGNED})y)?(?:(${SIGNED})m)?(?:(${SIGNED})w)?(?:(${SIGNED})d)?`;
const ISO_TIME = `(?:t(?=.)(?:(${SIGNED})h)?(?:(${SIGNED})m)?(?:(${SIGNED})s)?)?`;
const ISO = new RegExp(`^p(?=.)${ISO_DATE}${ISO_TIME}$`);
const ISO_UNITS = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'];

/** Other ways of writing an interval as quantities with units: `P1Y2DT3H`, `1-2` (years and months), `3 04:05` (days and a time). */
function withUnits(text: string): string {
  const iso = ISO.exec(text);
  if (iso) return ISO_UNITS.flatMap((unit, i) => (iso[i + 1] === undefined ? [] : [`${iso[i + 1]} ${unit}`])).join(' ');
  return text
    .replace(/^([+-]?)(\d+)-(\d|0\d|1[01])(?=$|\s)/, '$1$2 years $1$3 months')
    .replace(/(^|months\s+)([+-]?\d+)(?=\s+[+-]?\d+:)/, '$1$2 days');
}

/**
 * `1 year 2 mons -3 days 04:05:06.5`, quantities with units in any order and clock times, with `ago` behind them the other way round;
 * `P1Y2DT3H`, `1-2`, `3 04:05`.
 */
export function parseInterval(text: string): Interval | null {
  const lower = text.toLowerCase().trim();
  const ago = /\sago$/.test(lower);
  const found = parseQuantities(withUnits(ago ? lower.slice(0, -'ago'.length).trimEnd() : lower));
  return found && ago ? negateInterval(found) : found;
}

function parseQuantities(source: string): Interval | null {
  const total = { months: 0n, days: 0n, micros: 0n };
  let position = 0;
  while (position < source.length || position === 0) {
    const clock = matchAt(CLOCK, source, position);
    const quantity = clock ? null : matchAt(QUANTITY, source, position);
    if (clock) total.micros += clockMicros(clock);
    else if (!quantity || !addQuantity(total, quantity)) return null;
    position += (clock ?? quantity)?.[0].length ?? 0;
  }
  const months = Number(total.months);
  const days = Number(total.days);
  const fits =
    Math.abs(months) < 2 ** 31 && Math.abs(days) < 2 ** 31 && BigInt.asIntN(64, total.micros) === total.micros;
  return fits ? { months, days, micros: total.micros } : null;
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function clockMicros([, sign, hours, minutes, seconds = '0', fraction = '']: RegExpExecArray): bigint {
  const micros =
    BigInt(hours as string) * MICROS_PER_HOUR +
    BigInt(minutes as string) * MICROS_PER_MINUTE +
    BigInt(seconds) * MICROS_PER_SECOND +
    BigInt(fraction.padEnd(6, '0'));
  return sign === '-' ? -micros : micros;
}

/** Fractions of weeks and days go on as microseconds. */
function addQuantity(total: { months: bigint; days: bigint; micros: bigint }, match: RegExpExecArray): boolean {
  const number = parseNumber(match[1] as string);
  const unit = UNITS.find(([pattern]) => pattern.test(match[2] as string));
  if (!number || !unit || number.scale > 40) return false;
  const [, part, size] = unit;
  const scale = pow10(number.scale);
  const whole = (number.unscaled * size) / scale;
  const rest = (number.unscaled * size) % scale;
  if (part === 'months' && rest !== 0n) return false;
  total[part] += whole;
  if (part === 'days') total.micros += divideHalfAway(rest * MICROS_PER_DAY, scale);
  if (part === 'micros') total.micros += divideHalfAway(rest, scale);
  return true;
}

/** 32 hexadecimal digits, hyphens anywhere between pairs of groups; answered in the canonical form. */
export function parseUuid(text: string): string | null {
  const match = /^\s*([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\s*$/.exec(
    text.toLowerCase(),
  );
  return match ? match.slice(1).join('-') : null;
}

/** `\xHEX` (or `\xHH\xHH…`), or text in UTF-8 in which `\\` is a backslash and `\ooo` the octal number of a byte. */
export function parseBlob(text: string): Uint8Array | null {
  const hex = /^\\x((?:[0-9a-f]{2})*)$/i.exec(text)?.[1];
  if (hex !== undefined) return new Uint8Array(Buffer.from(hex, 'hex'));
  if (/^(?:\\x[0-9a-f]{2})+$/i.test(text)) return new Uint8Array(Buffer.from(text.replaceAll(/\\x/gi, ''), 'hex'));
  if (text.startsWith('\\x')) return null;
  const parts: Buffer[] = [];
  for (const [part] of text.matchAll(/[^\\]+|\\(?:\\|[0-3][0-7]{2})?/g)) {
    if (part === '\\') return null;
    if (!part.startsWith('\\')) parts.push(Buffer.from(part));
    else parts.push(Buffer.from([part === '\\\\' ? 0x5c : Number.parseInt(part.slice(1), 8)]));
  }
  return new Uint8Array(Buffer.concat(parts));
}
