import { ExecutionError } from '../../../common/errors.ts';
import { TIMESTAMP, TIMESTAMPTZ, VARCHAR } from '../../../common/types.ts';
import { checkedTimestamp, daysFromCivil, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from '../calendar.ts';
import { outOfRange } from '../ranges.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { timestampText } from '../value-text.ts';
import { overload, strict } from './define.ts';

/** How far the clock of a zone is ahead of UTC at a moment, in microseconds. */
type Zone = (micros: bigint) => bigint;

/** What a Date of JavaScript reaches, a day less: the clock around it is asked too. */
const MAX_MICROS = 8_640_000_000_000_000_000n - MICROS_PER_DAY;

const zones = new Map<string, Zone>();
const MAX_ZONES = 1000;

/** UTC, `+hh[:mm]` (east of Greenwich is positive), or a name of the IANA database, in any case. */
function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  const zone = fixedZone(name) ?? namedZone(name);
  if (zones.size >= MAX_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}

function fixedZone(name: string): Zone | null {
  if (/^(?:utc|gmt|z|zulu)$/i.test(name)) return () => 0n;
  const match = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(name);
  if (!match) return null;
  const [hours, minutes] = [BigInt(match[2] as string), BigInt(match[3] ?? '0')];
  if (hours > 15n || minutes > 59n) throw unknownZone(name);
  const offset = hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE;
  return () => (match[1] === '-' ? -offset : offset);
}

function namedZone(name: string): Zone {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw unknownZone(name);
  }
  return (micros) => {
    if (micros > MAX_MICROS || micros < -MAX_MICROS) throw outOfRange(timestampText(micros, '+00'), TIMESTAMPTZ);
    const second = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
    const millis = Number((micros - second) / 1000n);
    const parts = new Map(format.formatToParts(millis).map(({ type, value }) => [type, value] as const));
    const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
    const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year');
    const days = daysFromCivil({ year, month: part('month'), day: part('day') });
    const clock = BigInt(((days * 24 + part('hour')) * 60 + part('minute')) * 60 + part('second')) * 1_000_000n;
    return clock - (micros - second);
  };
}

const unknownZone = (name: string) =>
  new ExecutionError('SQ3007', `there is no time zone '${name}'`, {
    hint: "write a name such as 'Europe/Berlin', 'UTC' or an offset such as '+02:00'",
  });

/**
 * The moment at which the clock of the zone shows this. Of two moments it is the later (after the clock was set back); a time
 * that the clock skips is read as if it had not been set forward yet.
 */
function toMoment(name: string, local: bigint): bigint {
  const zone = zoneOf(name);
  const [before, after] = [zone(local - MICROS_PER_DAY), zone(local + MICROS_PER_DAY)];
  const moment = [local - after, local - before].find((at) => at + zone(at) === local) ?? local - before;
  return checkedTimestamp(moment, () => `${timestampText(local, '')} AT TIME ZONE '${name}'`);
}

const toClock = (name: string, moment: bigint) =>
  checkedTimestamp(moment + zoneOf(name)(moment), () => `${timestampText(moment, '+00')} AT TIME ZONE '${name}'`);

export const TIME_ZONE: readonly ScalarFunction[] = [
  strict(
    'timezone',
    'timezone(zone, a): a AT TIME ZONE zone: the moment at which the clock of the zone shows a timestamp; the clock of the zone at a moment',
    overload([VARCHAR, TIMESTAMP], TIMESTAMPTZ, toMoment),
    overload([VARCHAR, TIMESTAMPTZ], TIMESTAMP, toClock),
  ),
];
