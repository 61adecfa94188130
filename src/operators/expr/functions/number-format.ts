import { ExecutionError } from '../../../common/errors.ts';
import { type ExactNumber, rescale } from '../parse-value.ts';

type Item =
  | { readonly kind: 'digit' | 'point' | 'comma' | 'minus' | 'ordinal' }
  | { readonly kind: 'text'; readonly text: string };

/** A pattern of PostgreSQL's for numbers, taken apart. */
interface NumberFormat {
  readonly items: readonly Item[];
  /** Places before the point; those from `zeros` on are filled with 0, the ones before it with blanks. */
  readonly whole: number;
  readonly zeros: number;
  /** Places behind the point, of which this many are written even where `tight` leaves out zeros at the end. */
  readonly fraction: number;
  readonly kept: number;
  /** FM: without blanks, and without zeros at the end. */
  readonly tight: boolean;
  readonly sign: 'before' | 'plusBefore' | 'plusBehind' | 'own' | 'brackets';
  /** V: the number is multiplied by ten so many times. */
  readonly shift: number;
  readonly roman: 'RN' | 'rn' | null;
  readonly exponent: boolean;
}

const REFUSED = /^(?:PL|SG|L|C|B)/i;

const refused = (what: string, format: string) =>
  new ExecutionError('SQ3007', `to_char: ${what} in '${format}' is not supported`);

/** Throws ExecutionError SQ3007 for what is not supported or contradicts itself. */
function parsed(format: string): NumberFormat {
  const items: Item[] = [];
  let [whole, fraction, kept, zeros, shift] = [0, 0, 0, Number.POSITIVE_INFINITY, 0];
  let [tight, exponent, pointSeen, shifting] = [false, false, false, false];
  let sign: NumberFormat['sign'] = 'before';
  let roman: NumberFormat['roman'] = null;
  for (let at = 0; at < format.length; ) {
    const rest = format.slice(at);
    const take = (pattern: RegExp) => pattern.exec(rest)?.[0] ?? null;
    const quoted = /^"((?:[^"\\]|\\[\s\S])*)"?/.exec(rest);
    const word = take(/^(?:FM|MI|PR|RN|TH|EEEE|[09.,DGSV])/i);
    const bad = word === null && !quoted ? take(REFUSED) : null;
    if (bad !== null) throw refused(`the pattern '${bad}'`, format);
    at += quoted ? quoted[0].length : (word?.length ?? 1);
    switch (quoted ? 'text' : word?.toUpperCase()) {
      case '0':
      case '9':
        items.push({ kind: 'digit' });
        if (pointSeen) {
          fraction++;
          if (word === '0') kept = fraction;
        } else {
          if (word === '0') zeros = Math.min(zeros, whole);
          whole++;
        }
        if (shifting) shift++;
        break;
      case '.':
      case 'D':
        if (pointSeen || shifting) throw refused('a second point', format);
        pointSeen = true;
        items.push({ kind: 'point' });
        break;
      case ',':
      case 'G':
        items.push({ kind: 'comma' });
        break;
      case 'V':
        if (pointSeen || shifting) throw refused('V behind a point', format);
        shifting = true;
        break;
      case 'FM':
        tight = true;
        break;
      case 'S':
        sign = whole === 0 && fraction === 0 ? 'plusBefore' : 'plusBehind';
        break;
      case 'MI':
        sign = 'own';
        items.push({ kind: 'minus' });
        break;
      case 'PR':
        sign = 'brackets';
        break;
      case 'RN':
        roman = word as 'RN' | 'rn';
        break;
      case 'TH':
        items.push({ kind: 'ordinal' });
        break;
      case 'EEEE':
        exponent = true;
        break;
      case 'text':
        items.push({ kind: 'text', text: (quoted?.[1] ?? '').replace(/\\([\s\S])/g, '$1') });
        break;
      default:
        items.push({ kind: 'text', text: rest[0] as string });
    }
  }
  if (
    exponent &&
    (whole !== 1 || items.some(({ kind }) => kind !== 'digit' && kind !== 'point') || sign !== 'before')
  ) {
    throw refused('EEEE beside other than one digit, a point and digits', format);
  }
  return { items, whole, zeros, fraction, kept, tight, sign, shift, roman, exponent };
}

const ROMAN = [
  ...[['M', 1000] as const, ['CM', 900] as const, ['D', 500] as const, ['CD', 400] as const, ['C', 100] as const],
  ...[['XC', 90] as const, ['L', 50] as const, ['XL', 40] as const, ['X', 10] as const, ['IX', 9] as const],
  ...[['V', 5] as const, ['IV', 4] as const, ['I', 1] as const],
];
const ROMAN_WIDTH = 15;

function romanText(value: bigint, { roman, tight }: NumberFormat): string {
  if (value < 1n || value > 3999n) return '#'.repeat(ROMAN_WIDTH);
  let left = Number(value);
  let text = '';
  for (const [letters, size] of ROMAN) {
    text += letters.repeat(Math.floor(left / size));
    left %= size;
  }
  const cased = roman === 'RN' ? text : text.toLowerCase();
  return tight ? cased : cased.padStart(ROMAN_WIDTH);
}

/** The number rounded half away from zero to so many digits behind the point. */
function rounded(number: ExactNumber, digits: number): bigint {
  const value = rescale(number, digits);
  if (value === null) throw new ExecutionError('SQ3007', 'to_char: the number has too many digits');
  return value;
}

const magnitude = (value: bigint) => (value < 0n ? -value : value);

function scientific(number: ExactNumber, { fraction, tight }: NumberFormat): string {
  const digits = String(magnitude(number.unscaled)).length;
  let exponent = number.unscaled === 0n ? 0 : digits - 1 - number.scale;
  const mantissa = (power: number) => rounded({ ...number, scale: number.scale + power }, fraction);
  let value = mantissa(exponent);
  if (String(magnitude(value)).length > fraction + 1) value = mantissa(++exponent);
  const text = String(magnitude(value)).padStart(fraction + 1, '0');
  const point = fraction === 0 ? '' : `.${text.slice(1)}`;
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${value < 0n ? '-' : tight ? '' : ' '}${text[0]}${point}e${exponent < 0 ? '-' : '+'}${power}`;
}

export function ordinal(digits: string): string {
  if (/1\d$/.test(digits)) return 'th';
  return { 1: 'st', 2: 'nd', 3: 'rd' }[digits.at(-1) ?? ''] ?? 'th';
}

function written(number: ExactNumber, format: NumberFormat): string {
  const { items, fraction, tight, sign } = format;
  const value = rounded({ ...number, scale: number.scale - format.shift }, fraction);
  const negative = value < 0n;
  const digits = String(magnitude(value)).padStart(fraction + 1, '0');
  const isZero = digits.length === fraction + 1 && digits.startsWith('0');
  const whole = isZero && format.whole === 0 ? '' : digits.slice(0, digits.length - fraction);
  const overflows = whole.length > format.whole;
  const decimals = digits.slice(digits.length - fraction);
  const relevant = tight ? Math.max(format.kept, decimals.replace(/0+$/, '').length) : fraction;
  // A zero before the point is not written where the pattern has no 0 for it: ' .50'.
  const hidesZero = isZero && fraction > 0 && format.zeros === Number.POSITIVE_INFINITY && !(tight && relevant === 0);
  const blank = tight ? '' : ' ';
  const opening = {
    before: negative ? '-' : blank,
    plusBefore: negative ? '-' : '+',
    plusBehind: '',
    own: '',
    brackets: negative ? '<' : blank,
  }[sign];
  const closing = {
    before: '',
    plusBefore: '',
    plusBehind: negative ? '-' : '+',
    own: '',
    brackets: negative ? '>' : blank,
  };
  const last = items.findLastIndex(({ kind }) => kind === 'digit' || kind === 'point');
  let [out, place, decimal] = ['', 0, 0];
  let [signed, started] = [false, false];
  const write = (text: string) => {
    out += signed ? text : opening + text;
    signed = true;
  };
  const wholeDigit = (): void => {
    const index = place++ - (format.whole - whole.length);
    if (overflows) write('#');
    else if (index >= 0 && hidesZero) out += blank;
    else if (index >= 0) write(whole[index] as string);
    else if (place > format.zeros) write('0');
    else out += blank;
    started ||= signed;
  };
  const fractionDigit = (): void => {
    if (decimal < relevant) write(overflows ? '#' : (decimals[decimal] as string));
    decimal++;
  };
  for (const [i, item] of items.entries()) {
    switch (item.kind) {
      case 'digit':
        if (place < format.whole) wholeDigit();
        else fractionDigit();
        break;
      case 'point':
        write('.');
        break;
      case 'comma':
        out += started ? ',' : blank;
        break;
      case 'minus':
        out += negative ? '-' : blank;
        break;
      case 'ordinal':
        if (!negative && fraction === 0) out += ordinal(whole);
        break;
      default:
        out += item.text;
    }
    if (i === last) out += closing[sign];
  }
  return out;
}

let latest: { readonly text: string; readonly format: NumberFormat } | null = null;

/** A number in PostgreSQL's pattern: `9,999.00`, `FM999`, `S99`, `999MI`, `999PR`, `99V9`, `RN`, `999th`, `9.99EEEE`. */
export function formattedNumber(number: ExactNumber, text: string): string {
  // The last format is kept taken apart: it is nearly always a literal.
  if (latest?.text !== text) latest = { text, format: parsed(text) };
  const { format } = latest;
  if (format.roman !== null) return romanText(rounded(number, 0), format);
  return format.exponent ? scientific(number, format) : written(number, format);
}
