import { ExecutionError } from '../../../common/errors.ts';
import type { SqlType, Value } from '../../../common/types.ts';
import { DATE, isNumeric, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from '../../../common/types.ts';
import { civilFromDays, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, splitTimestamp } from '../calendar.ts';
import { canImplicitlyCast } from '../coerce.ts';
import { type ExactNumber, parseNumber } from '../parse-value.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { valueText } from '../value-text.ts';
import { DATE_FIELDS, dayOfWeek, dayOfYear, isoDayOfWeek, type Moment, thursday } from './date-fields.ts';
import { overload, strict } from './define.ts';
import { dayName, monthName } from './make-date.ts';
import { formattedNumber, ordinal } from './number-format.ts';

/** What a pattern stands for: a number with the width that it is padded to, or a text with its own. */
type Pattern = (moment: Moment) => readonly [value: number | string, width: number];

const number =
  (width: number, compute: (moment: Moment) => number | bigint): Pattern =>
  (moment) => [Number(compute(moment)), width];
const word =
  (width: number, compute: (moment: Moment) => string): Pattern =>
  (moment) => [compute(moment), width];
const field = (name: string) => (moment: Moment) => DATE_FIELDS[name]?.compute(moment) ?? 0n;

const hour = ({ time }: Moment) => Number(time / MICROS_PER_HOUR);
/** Years before Christ count from 1 too; BC says so. */
const yearOf = (days: number) => {
  const { year } = civilFromDays(days);
  return year > 0 ? year : 1 - year;
};
const year = ({ days }: Moment) => yearOf(days);
const isoYear = ({ days }: Moment) => yearOf(thursday(days));
const last = (digits: number, of: (moment: Moment) => number) => number(digits, (moment) => of(moment) % 10 ** digits);
const grouped = (value: number) => `${Math.floor(value / 1000)},${String(value % 1000).padStart(3, '0')}`;
const ROMAN = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'];
const month = ({ days }: Moment) => civilFromDays(days).month;
const capital = (text: string) => text.toUpperCase();
const small = (text: string) => text.toLowerCase();
const meridiem = (am: string, pm: string) => word(0, (moment) => (hour(moment) < 12 ? am : pm));
const era = (bc: string, ad: string) => word(0, ({ days }) => (civilFromDays(days).year > 0 ? ad : bc));

/** In the three ways of writing letters: MONTH, Month, month. */
const cased = (
  name: string,
  width: number,
  compute: (moment: Moment) => string,
): readonly (readonly [string, Pattern])[] => [
  [capital(name), word(width, (moment) => capital(compute(moment)))],
  [capital(name[0] as string) + small(name.slice(1)), word(width, compute)],
  [small(name), word(width, (moment) => small(compute(moment)))],
];

const dayText = ({ days }: Moment) => dayName(days);
const monthText = ({ days }: Moment) => monthName(days);

const NUMERIC: Readonly<Record<string, Pattern>> = {
  HH24: number(2, hour),
  HH12: number(2, (moment) => hour(moment) % 12 || 12),
  HH: number(2, (moment) => hour(moment) % 12 || 12),
  MI: number(2, ({ time }) => (time / MICROS_PER_MINUTE) % 60n),
  SSSSS: number(0, ({ time }) => time / MICROS_PER_SECOND),
  SSSS: number(0, ({ time }) => time / MICROS_PER_SECOND),
  SS: number(2, ({ time }) => (time / MICROS_PER_SECOND) % 60n),
  MS: number(3, ({ time }) => (time / 1000n) % 1000n),
  US: number(6, ({ time }) => time % MICROS_PER_SECOND),
  'Y,YYY': word(0, (moment) => grouped(year(moment))),
  YYYY: number(4, year),
  YYY: last(3, year),
  YY: last(2, year),
  Y: last(1, year),
  IYYY: number(4, isoYear),
  IYY: last(3, isoYear),
  IY: last(2, isoYear),
  I: last(1, isoYear),
  MM: number(2, month),
  DDD: number(3, ({ days }) => dayOfYear(days)),
  DD: number(2, ({ days }) => civilFromDays(days).day),
  D: number(0, ({ days }) => dayOfWeek(days) + 1),
  IDDD: number(3, ({ days }) => (Math.ceil(dayOfYear(thursday(days)) / 7) - 1) * 7 + isoDayOfWeek(days)),
  ID: number(0, ({ days }) => isoDayOfWeek(days)),
  IW: number(2, field('week')),
  WW: number(2, ({ days }) => Math.ceil(dayOfYear(days) / 7)),
  W: number(0, ({ days }) => Math.ceil(civilFromDays(days).day / 7)),
  CC: number(2, field('century')),
  J: number(0, ({ days }) => days + 2_440_588),
  Q: number(0, field('quarter')),
};

/** Numbers are the same in small letters. The longest pattern that fits counts. */
const PATTERNS: ReadonlyMap<string, Pattern> = new Map<string, Pattern>(
  [
    ...Object.entries(NUMERIC),
    ...Object.entries(NUMERIC).map(([name, pattern]) => [small(name), pattern] as const),
    ...cased('month', 9, monthText),
    ...cased('mon', 0, (moment) => monthText(moment).slice(0, 3)),
    ...cased('day', 9, dayText),
    ...cased('dy', 0, (moment) => dayText(moment).slice(0, 3)),
    ['AM', meridiem('AM', 'PM')] as const,
    ['PM', meridiem('AM', 'PM')] as const,
    ['am', meridiem('am', 'pm')] as const,
    ['pm', meridiem('am', 'pm')] as const,
    ['A.M.', meridiem('A.M.', 'P.M.')] as const,
    ['P.M.', meridiem('A.M.', 'P.M.')] as const,
    ['a.m.', meridiem('a.m.', 'p.m.')] as const,
    ['p.m.', meridiem('a.m.', 'p.m.')] as const,
    ['BC', era('BC', 'AD')] as const,
    ['AD', era('BC', 'AD')] as const,
    ['B.C.', era('B.C.', 'A.D.')] as const,
    ['A.D.', era('B.C.', 'A.D.')] as const,
    ['b.c.', era('b.c.', 'a.d.')] as const,
    ['a.d.', era('b.c.', 'a.d.')] as const,
    ['bc', era('bc', 'ad')] as const,
    ['ad', era('bc', 'ad')] as const,
    ['RM', word(4, (moment) => ROMAN[month(moment) - 1] as string)] as const,
    ['rm', word(4, (moment) => small(ROMAN[month(moment) - 1] as string))] as const,
  ].toSorted(([a], [b]) => b.length - a.length),
);

const REFUSED = /^(?:TZH|TZM|TZ|OF|TM|SP|FX|FF[1-6])/i;

type Piece = string | { readonly pattern: Pattern; readonly fill: boolean; readonly suffix: 'TH' | 'th' | null };

/** Throws ExecutionError SQ3007 for a pattern of PostgreSQL's that is not there. */
function piecesOf(format: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < format.length) {
    const quoted = /^"((?:[^"\\]|\\[\s\S])*)"?/.exec(format.slice(at));
    if (quoted) {
      pieces.push((quoted[1] as string).replace(/\\([\s\S])/g, '$1'));
      at += quoted[0].length;
      continue;
    }
    const fill = !/^FM/i.test(format.slice(at));
    const rest = format.slice(fill ? at : at + 2);
    const found = [...PATTERNS].find(([name]) => rest.startsWith(name));
    if (found) {
      const [name, pattern] = found;
      const suffix = /^(?:TH|th)/.exec(rest.slice(name.length))?.[0] as 'TH' | 'th' | undefined;
      pieces.push({ pattern, fill, suffix: suffix ?? null });
      at = format.length - rest.length + name.length + (suffix ? 2 : 0);
      continue;
    }
    const refused = REFUSED.exec(rest)?.[0];
    if (refused)
      throw new ExecutionError('SQ3007', `to_char: the pattern '${refused}' in '${format}' is not supported`);
    const skipped = format[at] === '\\' && at + 1 < format.length ? 1 : 0;
    pieces.push(format[at + skipped] as string);
    at += 1 + skipped;
  }
  return pieces;
}

let kept: { readonly format: string; readonly pieces: readonly Piece[] } | null = null;

function formatted(moment: Moment, format: string): string {
  // The last format is kept taken apart: it is nearly always a literal.
  if (kept?.format !== format) kept = { format, pieces: piecesOf(format) };
  return kept.pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      const { pattern, fill, suffix } = piece;
      const [value, width] = pattern(moment);
      const end = suffix === null ? '' : suffix === 'TH' ? capital(ordinal(String(value))) : ordinal(String(value));
      if (!fill) return `${value}${end}`;
      return (typeof value === 'number' ? padded(value, width) : value.padEnd(width)) + end;
    })
    .join('');
}

const padded = (value: number, width: number) =>
  value < 0 ? `-${String(-value).padStart(width, '0')}` : String(value).padStart(width, '0');

const MOMENTS = strict(
  'to_char',
  "to_char(a, format): a date, timestamp or number as text, with PostgreSQL's patterns such as 'YYYY-MM-DD HH24:MI:SS', '9,990.00'",
  overload([DATE, VARCHAR], VARCHAR, (days: number, format: string) => formatted({ days, time: 0n }, format)),
  overload([TIMESTAMP, VARCHAR], VARCHAR, (at: bigint, format: string) => formatted(splitTimestamp(at), format)),
  overload([TIMESTAMPTZ, VARCHAR], VARCHAR, (at: bigint, format: string) => formatted(splitTimestamp(at), format)),
);

/** The digits that a number is written with. */
function exactNumber(value: Value, type: SqlType): ExactNumber {
  const number = parseNumber(valueText(type)(value));
  if (number) return number;
  throw new ExecutionError('SQ3007', `to_char: ${value} has no digits`);
}

export const TO_CHAR: readonly ScalarFunction[] = [
  {
    ...MOMENTS,
    resolve: (args) => {
      const [type, format] = args;
      if (args.length !== 2 || !type || !format || !isNumeric(type) || !canImplicitlyCast(format, VARCHAR)) {
        return MOMENTS.resolve(args);
      }
      return overload([type, VARCHAR], VARCHAR, (value: Value, pattern: string) =>
        formattedNumber(exactNumber(value, type), pattern),
      );
    },
  },
];
