import { assertNever, UnsupportedError } from '../../common/errors.ts';
import type { Interval, NestedType, SqlType, Value } from '../../common/types.ts';
import { isNested, typeName } from '../../common/types.ts';
import { civilFromDays, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, splitTimestamp } from './calendar.ts';
import { decimalText } from './ranges.ts';

/** What CAST(value AS varchar) gives, as PostgreSQL writes it; nested values as DuckDB does. Never sees NULL. */
export function valueText(type: SqlType): (value: Value) => string {
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'varchar':
    case 'uuid':
      return String;
    case 'decimal':
      return (value) => decimalText(value as bigint, type.scale);
    case 'real':
      return (value) => realText(value as number);
    case 'double':
      return (value) => doubleText(value as number);
    case 'date':
      return (value) => dateText(value as number);
    case 'time':
      return (value) => timeText(value as bigint);
    case 'timestamp':
      return (value) => timestampText(value as bigint, '');
    case 'timestamptz':
      return (value) => timestampText(value as bigint, '+00');
    case 'interval':
      return (value) => intervalText(value as Interval);
    case 'blob':
      return (value) => `\\x${Buffer.from(value as Uint8Array).toString('hex')}`;
    case 'null':
      throw new UnsupportedError('SQ2301', `values of type ${typeName(type)} have no text form`);
    case 'list':
    case 'struct':
    case 'map':
      return nestedText(type);
    default:
      return assertNever(type);
  }
}

/**
 * `[1, NULL, 'a,b']`, `{'field': 1}` and `{key=value}`, as DuckDB writes them: texts are quoted where they could be taken for
 * something else, the names of fields always.
 */
function nestedText(type: NestedType): (value: Value) => string {
  switch (type.kind) {
    case 'list': {
      const element = innerText(type.element);
      return (value) => `[${(value as readonly Value[]).map(element).join(', ')}]`;
    }
    case 'map': {
      const [key, item] = [innerText(type.key), innerText(type.value)];
      const entry = ([k, v]: readonly Value[]) => `${key(k as Value)}=${item(v as Value)}`;
      return (value) => `{${(value as readonly (readonly Value[])[]).map(entry).join(', ')}}`;
    }
    case 'struct': {
      const names = type.fields.map(({ name }) => quoted(name));
      const fields = type.fields.map((field) => innerText(field.type));
      return (value) =>
        `{${fields.map((text, i) => `${names[i]}: ${text((value as readonly Value[])[i] as Value)}`).join(', ')}}`;
    }
    default:
      return assertNever(type);
  }
}

/** What could be taken for the end of the text, for NULL or for white space between values. */
const AMBIGUOUS = /^$|^null$|^[ \t-\r]|[ \t-\r]$|['"(),:=[\]{}]/i;

const quoted = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`;

function innerText(type: SqlType): (value: Value) => string {
  if (type.kind === 'null') return () => 'NULL';
  const text = valueText(type);
  if (isNested(type)) return (value) => (value === null ? 'NULL' : text(value));
  return (value) => {
    if (value === null) return 'NULL';
    const plain = text(value);
    return AMBIGUOUS.test(plain) ? quoted(plain) : plain;
  };
}

/** The shortest digits that read back as the same double; an exponent below 1e-4 and from 1e15 on. */
export function doubleText(value: number): string {
  return floatText(value, value.toExponential(), 15);
}

/** The shortest digits that read back as the same real; an exponent below 1e-4 and from 1e6 on. */
export function realText(value: number): string {
  let precision = 1;
  while (precision < 9 && Math.fround(Number(value.toPrecision(precision))) !== value) precision++;
  return floatText(value, Number(value.toPrecision(precision)).toExponential(), 6);
}

function floatText(value: number, shortest: string, exponentFrom: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', power = ''] = shortest.split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= exponentFrom) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const digits = mantissa.replace(/[-.]/g, '');
  const sign = value < 0 ? '-' : '';
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return `${sign}${whole}${fraction && `.${fraction}`}`;
}

const pad = (n: number | bigint, width: number) => String(n).padStart(width, '0');

export function dateText(days: number): string {
  const { year, month, day } = civilFromDays(days);
  const text = `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return year > 0 ? text : `${text} BC`;
}

export function timeText(micros: bigint): string {
  const fraction = pad(micros % MICROS_PER_SECOND, 6).replace(/0+$/, '');
  const hours = micros / MICROS_PER_HOUR;
  const minutes = (micros / MICROS_PER_MINUTE) % 60n;
  const seconds = (micros / MICROS_PER_SECOND) % 60n;
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds, 2)}${fraction && `.${fraction}`}`;
}

export function timestampText(micros: bigint, zone: string): string {
  const { days, time } = splitTimestamp(micros);
  const [date, era] = dateText(days).split(' ');
  return `${date} ${timeText(time)}${zone}${era ? ` ${era}` : ''}`;
}

/** PostgreSQL's own interval style: `1 year 2 mons -3 days +04:05:06.5`. */
export function intervalText({ months, days, micros }: Interval): string {
  const parts: string[] = [];
  let afterNegative = false;
  const push = (negative: boolean, text: string) => {
    parts.push(afterNegative && !negative ? `+${text}` : text);
    afterNegative = negative;
  };
  const units: [number, string][] = [
    [Math.trunc(months / 12), 'year'],
    [months % 12, 'mon'],
    [days, 'day'],
  ];
  for (const [count, unit] of units) {
    if (count !== 0) push(count < 0, `${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  if (micros !== 0n || parts.length === 0) {
    push(micros < 0n, `${micros < 0n ? '-' : ''}${timeText(micros < 0n ? -micros : micros)}`);
  }
  return parts.join(' ');
}
