import { type Random, seededRandom } from '../../src/common/clock.ts';
import { InternalError } from '../../src/common/errors.ts';
import {
  COLORS,
  MARKET_SEGMENTS,
  NATION_REGIONS,
  NATIONS,
  PART_CONTAINERS,
  PART_TYPES,
  REGIONS,
  SHIP_MODES,
} from '../gen/word-lists.ts';
import { queryText } from './query-text.ts';

/** Pieces of a query's text, with validation parameters, and what stands there with others. */
type Substitutions = Readonly<Record<string, string>>;

/** Draws the parameters of one query. */
class Draw {
  readonly #random: Random;
  readonly scale: number;

  constructor(random: Random, scale: number) {
    this.#random = random;
    this.scale = scale;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.#random.next() * (to - from + 1));
  }

  pick(items: readonly string[]): string {
    return items[this.int(0, items.length - 1)] as string;
  }

  /** Different ones, in any order. */
  some<T>(items: readonly T[], count: number): readonly T[] {
    const left = [...items];
    return Array.from({ length: count }, () => left.splice(this.int(0, left.length - 1), 1)[0] as T);
  }

  brand(): string {
    return `Brand#${this.int(1, 5)}${this.int(1, 5)}`;
  }

  /** The first of January of a year from 1993 to 1997. */
  year(): string {
    return `${this.int(1993, 1997)}-01-01`;
  }

  /** The first day of a month, from the `first` to the `last` one counted from January 1993 as 0. */
  month(first: number, last: number): string {
    const month = this.int(first, last);
    return `${1993 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;
  }
}

const whole = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const quoted = (text: string) => `'${text}'`;
/** Months from January 1993 to October 1997. */
const LAST_QUARTER = 57;

/** The substitution parameters of clause 2.4, query by query. */
const DRAWS: Readonly<Record<number, (draw: Draw) => Substitutions>> = {
  1: (d) => ({ "'90' day": `'${d.int(60, 120)}' day` }),
  2: (d) => ({
    'p_size = 15': `p_size = ${d.int(1, 50)}`,
    '%BRASS': `%${d.pick(['TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'])}`,
    EUROPE: d.pick(REGIONS),
  }),
  3: (d) => ({ BUILDING: d.pick(MARKET_SEGMENTS), '1995-03-15': `1995-03-${String(d.int(1, 31)).padStart(2, '0')}` }),
  4: (d) => ({ '1993-07-01': d.month(0, LAST_QUARTER) }),
  5: (d) => ({ ASIA: d.pick(REGIONS), '1994-01-01': d.year() }),
  6: (d) => ({ '1994-01-01': d.year(), '0.06': `0.0${d.int(2, 9)}`, '< 24': `< ${d.int(24, 25)}` }),
  7: (d) => {
    const [first, second] = d.some(NATIONS, 2) as [string, string];
    return { FRANCE: first, GERMANY: second };
  },
  8: (d) => {
    const nation = d.int(0, NATIONS.length - 1);
    return {
      BRAZIL: NATIONS[nation] as string,
      AMERICA: REGIONS[NATION_REGIONS[nation] as number] as string,
      'ECONOMY ANODIZED STEEL': d.pick(PART_TYPES),
    };
  },
  9: (d) => ({ green: d.pick(COLORS) }),
  10: (d) => ({ '1993-10-01': d.month(1, 24) }),
  11: (d) => ({ GERMANY: d.pick(NATIONS), '0.0001000000': (0.0001 / d.scale).toFixed(12) }),
  12: (d) => {
    const [first, second] = d.some(SHIP_MODES, 2) as [string, string];
    return { "'MAIL'": quoted(first), "'SHIP'": quoted(second), '1994-01-01': d.year() };
  },
  13: (d) => ({
    special: d.pick(['special', 'pending', 'unusual', 'express']),
    requests: d.pick(['packages', 'requests', 'accounts', 'deposits']),
  }),
  14: (d) => ({ '1995-09-01': d.month(0, 59) }),
  15: (d) => ({ '1996-01-01': d.month(0, LAST_QUARTER) }),
  16: (d) => ({
    'Brand#45': d.brand(),
    'MEDIUM POLISHED': d.pick(PART_TYPES).split(' ').slice(0, 2).join(' '),
    '49, 14, 23, 45, 19, 3, 36, 9': d.some(whole(1, 50), 8).join(', '),
  }),
  17: (d) => ({ 'Brand#23': d.brand(), 'MED BOX': d.pick(PART_CONTAINERS) }),
  18: (d) => ({ '> 300': `> ${d.int(312, 315)}` }),
  19: (d) => {
    const [first, second, third] = [d.int(1, 10), d.int(10, 20), d.int(20, 30)];
    return {
      'l_quantity >= 1 and l_quantity <= 1 + 10': `l_quantity >= ${first} and l_quantity <= ${first} + 10`,
      'l_quantity >= 10 and l_quantity <= 10 + 10': `l_quantity >= ${second} and l_quantity <= ${second} + 10`,
      'l_quantity >= 20 and l_quantity <= 20 + 10': `l_quantity >= ${third} and l_quantity <= ${third} + 10`,
      'Brand#12': d.brand(),
      'Brand#23': d.brand(),
      'Brand#34': d.brand(),
    };
  },
  20: (d) => ({ 'forest%': `${d.pick(COLORS)}%`, '1994-01-01': d.year(), CANADA: d.pick(NATIONS) }),
  21: (d) => ({ 'SAUDI ARABIA': d.pick(NATIONS) }),
  22: (d) => {
    const codes = d.some(whole(10, 34), 7).map((code) => quoted(String(code)));
    return { "'13', '31', '23', '29', '30', '18', '17'": codes.join(', ') };
  },
};

/**
 * The text of a query with random substitution parameters (TPC-H specification, clause 2.4): the same ones for the same seed and
 * scale factor, which only query 11 depends on.
 */
export function substitutedText(query: number, { seed, scale }: { seed: number; scale: number }): string {
  const draw = DRAWS[query];
  if (!draw) throw new InternalError(`TPC-H has no query ${query}`);
  // Seeds that lie side by side give streams that have nothing in common; queries of one seed have streams of their own.
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) + query * 0x85ebca6b);
  return substituted(queryText(query), draw(new Draw(random, scale)));
}

/** Every piece replaced at once, wherever it stands: what is put in is not looked at again. */
export function substituted(text: string, pieces: Substitutions): string {
  const names = Object.keys(pieces).toSorted((a, b) => b.length - a.length);
  const missing = names.find((name) => !text.includes(name));
  if (missing !== undefined) throw new InternalError(`the query has no "${missing}"`);
  const pattern = new RegExp(names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
  return text.replace(pattern, (found) => pieces[found] as string);
}
