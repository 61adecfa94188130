import { ExecutionError } from '../../../common/errors.ts';
import type { SqlType, Value } from '../../../common/types.ts';
import { isInteger, isNumeric, typeName, VARCHAR } from '../../../common/types.ts';
import { canCast, canImplicitlyCast } from '../coerce.ts';
import { parseNumber, rescale } from '../parse-value.ts';
import { decimalText } from '../ranges.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { valueText } from '../value-text.ts';
import { overload } from './define.ts';

const MOST_WIDTH = 10_000;

const wrong = (message: string) => new ExecutionError('SQ3007', message);

/** A value with its type and its text. */
interface Argument {
  readonly value: Value;
  readonly type: SqlType;
}

const textOf = ({ value, type }: Argument) => (type.kind === 'varchar' ? (value as string) : valueText(type)(value));

interface Specifier {
  readonly flags: string;
  readonly precision: number | null;
  readonly letter: string;
}

function wholeNumber(argument: Argument, { letter }: Specifier): bigint {
  if (!isInteger(argument.type)) {
    throw wrong(`printf: %${letter} takes a whole number, not a value of type ${typeName(argument.type)}`);
  }
  return BigInt(argument.value as number | bigint);
}

function signOf(negative: boolean, flags: string): string {
  if (negative) return '-';
  return flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
}

/** Sign and digits of a number that is not whole: C's f, e and g; f of exact numbers rounds half away from zero. */
function decimalDigits(argument: Argument, { letter, precision, flags }: Specifier): readonly [string, string] {
  if (!isNumeric(argument.type)) {
    throw wrong(`printf: %${letter} takes a number, not a value of type ${typeName(argument.type)}`);
  }
  const text = textOf(argument);
  const exact = parseNumber(text);
  const double = Number(text);
  const sign = signOf(text.startsWith('-'), flags);
  if (!exact) return [sign, text.replace(/^-/, '').toLowerCase().slice(0, 3)];
  const digits = precision ?? 6;
  switch (letter.toLowerCase()) {
    case 'f':
      return [sign, fixed(exact, digits)];
    case 'e':
      return [sign, exponential(double, digits)];
    default: {
      const significant = Math.max(digits, 1);
      const exponent = Number(
        Math.abs(double)
          .toExponential(significant - 1)
          .split('e')[1],
      );
      const plain = exponent < significant && exponent >= -4;
      const shown = plain ? fixed(exact, significant - 1 - exponent) : exponential(double, significant - 1);
      return [
        sign,
        flags.includes('#') ? shown : shown.replace(/\.?0+(?=$|e)/, (zeros) => (shown.includes('.') ? '' : zeros)),
      ];
    }
  }
}

function fixed(exact: { readonly unscaled: bigint; readonly scale: number }, digits: number): string {
  const magnitude = { ...exact, unscaled: exact.unscaled < 0n ? -exact.unscaled : exact.unscaled };
  const scaled = rescale(magnitude, digits) ?? magnitude.unscaled * 10n ** BigInt(digits - magnitude.scale);
  return decimalText(scaled, digits);
}

const exponential = (value: number, digits: number) =>
  Math.abs(value)
    .toExponential(Math.min(digits, 100))
    .replace(/e([+-])(\d)$/, 'e$10$2');

/** Sign or prefix, and what stands behind it. */
function parts(argument: Argument, specifier: Specifier): readonly [string, string] {
  const { letter, precision, flags } = specifier;
  switch (letter) {
    case 'd':
    case 'i': {
      const value = wholeNumber(argument, specifier);
      return [signOf(value < 0n, flags), String(value < 0n ? -value : value).padStart(precision ?? 1, '0')];
    }
    case 'x':
    case 'X':
    case 'o': {
      const bits = BigInt.asUintN(64, wholeNumber(argument, specifier));
      const digits = bits.toString(letter === 'o' ? 8 : 16);
      const prefix = flags.includes('#') && bits !== 0n ? { x: '0x', X: '0X', o: '0' }[letter] : '';
      return [prefix, (letter === 'X' ? digits.toUpperCase() : digits).padStart(precision ?? 1, '0')];
    }
    case 's': {
      const text = textOf(argument);
      return ['', precision === null ? text : [...text].slice(0, precision).join('')];
    }
    case 'f':
    case 'e':
    case 'g':
      return decimalDigits(argument, specifier);
    case 'F':
    case 'E':
    case 'G': {
      const [sign, digits] = decimalDigits(argument, specifier);
      return [sign, digits.toUpperCase()];
    }
    default:
      throw wrong(`printf: %${letter} is not supported: there are %d %i %x %X %o %f %e %g %s %%`);
  }
}

const SPECIFIER = /%(?:%|([-+ 0#]*)(\d*)(?:\.(\d*))?(?:hh|h|ll|l)?([a-zA-Z]|$))/g;

function printf(format: string, args: readonly Argument[]): string {
  let next = 0;
  const text = format.replaceAll(SPECIFIER, (whole, flags = '', width = '', digits?: string, letter = '') => {
    if (whole === '%%') return '%';
    const argument = args[next++];
    if (letter === '') throw wrong(`printf: '${format}' ends within a specifier`);
    if (!argument) throw wrong(`printf: '${format}' takes more than ${args.length} values`);
    const precision = digits === undefined ? null : Number(digits);
    if (Number(width) > MOST_WIDTH || (precision ?? 0) > MOST_WIDTH) {
      throw wrong(`printf: ${whole} is wider than ${MOST_WIDTH}`);
    }
    const [start, rest] = parts(argument, { flags, precision, letter });
    const missing = Math.max(Number(width) - [...(start + rest)].length, 0);
    if (flags.includes('-')) return start + rest + ' '.repeat(missing);
    const zeros = flags.includes('0') && letter !== 's' && (precision === null || /[feg]/i.test(letter));
    return zeros && /\d/.test(rest) ? start + '0'.repeat(missing) + rest : ' '.repeat(missing) + start + rest;
  });
  if (next < args.length) throw wrong(`printf: '${format}' takes ${next} of the ${args.length} values`);
  return text;
}

const PLACE = /%(?:%|(?:(\d+)\$)?(-?)(\d*)(.|$))/gsu;

/** PostgreSQL's format: `%s` the text, `%I` a name, `%L` a literal; `%2$s` the second value, `%-10s` in so many places. */
function format(text: string, args: readonly Argument[]): string {
  let next = 0;
  let used = false;
  const result = text.replaceAll(PLACE, (whole, position?: string, left = '', width = '', letter = '') => {
    if (whole === '%%') return '%';
    if (!'sIL'.includes(letter) || letter === '') {
      throw wrong(
        `format: ${letter === '' ? `'${text}' ends within a specifier` : `%${letter} is not supported: there are %s %I %L; printf has others`}`,
      );
    }
    used = true;
    const index = position === undefined ? next : Number(position) - 1;
    next = index + 1;
    const argument = args[index];
    if (!argument) throw wrong(`format: '${text}' takes more than ${args.length} values`);
    if (Number(width) > MOST_WIDTH) throw wrong(`format: ${whole} is wider than ${MOST_WIDTH}`);
    const shown = placed(argument, letter);
    const padding = ' '.repeat(Math.max(Number(width) - [...shown].length, 0));
    return left === '-' ? shown + padding : padding + shown;
  });
  if (!used && args.length > 0 && /\{\d*\}/.test(text)) throw wrong(`format: {} is no place for a value: write %s`);
  return result;
}

function placed(argument: Argument, letter: string): string {
  if (argument.value === null) {
    if (letter === 'I') throw wrong('format: NULL is no name for %I');
    return letter === 'L' ? 'NULL' : '';
  }
  const text = textOf(argument);
  if (letter === 's') return text;
  if (letter === 'I') return /^[a-z_][a-z0-9_$]*$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}

function formatting(
  name: string,
  doc: string,
  nulls: ScalarFunction['nulls'],
  write: (format: string, args: readonly Argument[]) => string,
): ScalarFunction {
  return {
    name,
    doc,
    nulls,
    resolve: ([first, ...others]) => {
      if (!first || !canImplicitlyCast(first, VARCHAR) || !others.every((type) => canCast(type, VARCHAR))) return null;
      const types = others.map((type) => (type.kind === 'null' ? VARCHAR : type));
      return overload([VARCHAR, ...types], VARCHAR, (text: string | null, ...values: Value[]) =>
        text === null
          ? null
          : write(
              text,
              values.map((value, i) => ({ value, type: types[i] as SqlType })),
            ),
      );
    },
  };
}

export const PRINTF: readonly ScalarFunction[] = [
  formatting(
    'printf',
    "printf(format, a, …): the format with the values in the places of C's specifiers %d %i %x %X %o %f %e %g %s; halves are rounded away from zero",
    'strict',
    printf,
  ),
  formatting(
    'format',
    'format(format, a, …): the format with the values in the places of %s, of names in those of %I, of literals in those of %L',
    'own',
    format,
  ),
];
