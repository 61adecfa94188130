import type { Interval, SqlType } from '../../src/common/types.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  isFloat,
  isInteger,
  isNumeric,
  sameType,
  TIMESTAMP,
  VARCHAR,
} from '../../src/common/types.ts';
import { INTEGER_RANGES, isIntegerKind } from '../../src/operators/expr/ranges.ts';
import { RandomConstants, type Readable } from './random-constants.ts';
import {
  betweenTerm,
  callTerm,
  caseTerm,
  castTerm,
  coalesceTerm,
  columnTerm,
  inTerm,
  intTerm,
  isNullTerm,
  literalTerm,
  logicalTerm,
  NULL_TERM,
  notTerm,
  nullifTerm,
  type Term,
  truthTerm,
} from './sql-term.ts';

const PATTERNS = [
  'a%',
  '%b',
  '%X%',
  'a_b%',
  '_',
  '__',
  '%\\%%',
  '%',
  '',
  'A_c',
  '%😀_',
  'name 1%',
  '%🦆x%',
  'é',
  '\\_',
];
const FIELDS = ['year', 'quarter', 'month', 'day', 'dow', 'isodow', 'doy', 'week', 'hour', 'minute'];
const UNITS = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'];
const COMPARISONS = ['=', '<>', '<', '<=', '>', '>=', 'is_distinct_from', 'is_not_distinct_from'];
/** Columns without the first and last days of the calendar. */
const movable = (columns: readonly Readable[]) => columns.filter(({ bound }) => bound < Number.POSITIVE_INFINITY);

/** The largest number that a type takes, with room to spare. */
function roomOf(type: SqlType): number {
  if (isIntegerKind(type.kind)) return Number(INTEGER_RANGES[type.kind].max) / 2;
  if (type.kind === 'decimal') return 10 ** (type.precision - type.scale) / 2;
  return type.kind === 'real' ? 1e30 : 1e200;
}

/** Random terms of one seed. Numbers are kept so small that nothing overflows, but for those of `overflowing`. */
export class RandomTerms extends RandomConstants {
  /** A term of any type. */
  any(columns: readonly Readable[], depth: number): Term {
    return this.of(columns.length === 0 ? INTEGER : this.pick(columns).type, columns, depth);
  }

  of(type: SqlType, columns: readonly Readable[], depth: number): Term {
    for (let attempt = 0; depth > 0 && attempt < 3; attempt++) {
      const made = this.#made(type, columns, depth - 1);
      if (made) return made;
    }
    return this.leaf(type, columns);
  }

  /** A condition, often one that statistics can answer. */
  condition(columns: readonly Readable[], depth: number): Term {
    if (depth > 0 && this.once(2)) {
      const count = this.once(20) ? 40 : 2 + this.int(2);
      const parts = Array.from({ length: count }, () => this.condition(columns, depth - 1));
      const whole = logicalTerm(this.pick(['and', 'or']), parts);
      return this.once(4) ? notTerm(whole) : whole;
    }
    return this.once(4) ? this.of(BOOLEAN, columns, depth) : this.simple(columns);
  }

  /** A column beside constants from among its values, or near them. */
  simple(columns: readonly Readable[]): Term {
    if (columns.length === 0) return this.leaf(BOOLEAN, columns);
    const column = this.pick(columns);
    const subject = this.#column(column);
    const constant = () => this.literal(column.type, column.values, this.once(3));
    switch (this.int(8)) {
      case 0:
        return isNullTerm(subject, this.once(2));
      case 1:
        return betweenTerm(subject, constant(), constant(), this.once(4));
      case 2: {
        const list = Array.from({ length: this.once(10) ? 200 : 1 + this.int(4) }, constant);
        return inTerm(subject, this.once(6) ? [...list, NULL_TERM] : list, this.once(3));
      }
      case 3: {
        const other = this.foreign(column) ?? constant();
        if (this.once(5)) return inTerm(subject, [other, constant(), this.foreign(column) ?? constant()], this.once(3));
        return callTerm(this.pick(COMPARISONS), this.once(2) ? [subject, other] : [other, subject]);
      }
      default:
        return callTerm(this.pick(COMPARISONS), [subject, constant()]);
    }
  }

  leaf(type: SqlType, columns: readonly Readable[]): Term {
    const fitting = columns.filter((column) => sameType(column.type, type) && !column.approximate);
    return fitting.length > 0 && !this.once(4) ? this.#column(this.pick(fitting)) : this.literal(type, []);
  }

  #column({ name, type, bound, approximate }: Readable): Term {
    return columnTerm(name, type, bound, approximate);
  }

  #fits({ expr, bound }: Term): boolean {
    return !isNumeric(expr.type) || bound <= roomOf(expr.type);
  }

  #made(type: SqlType, columns: readonly Readable[], depth: number): Term | null {
    const same = () => this.of(type, columns, depth);
    switch (this.int(7)) {
      case 0: {
        const arms = Array.from({ length: 1 + this.int(2) }, () => [this.condition(columns, depth - 1), same()]).flat();
        return caseTerm(this.once(3) ? arms : [...arms, this.once(4) ? NULL_TERM : same()]);
      }
      case 1:
        return coalesceTerm([same(), same()]);
      case 2:
        return nullifTerm(same(), same());
      case 3:
        return this.#extreme([same(), same()]);
      default:
        break;
    }
    if (isNumeric(type)) return this.#numeric(type, columns, depth);
    switch (type.kind) {
      case 'boolean':
        return this.#boolean(columns, depth);
      case 'varchar':
        return this.#text(columns, depth);
      case 'date':
        return this.#date(columns, depth);
      case 'timestamp':
        return this.#timestamp(columns, depth);
      default:
        return null;
    }
  }

  #extreme(args: readonly Term[]): Term {
    return callTerm(this.pick(['greatest', 'least']), args, Math.max(...args.map(({ bound }) => bound)));
  }

  #numeric(type: SqlType, columns: readonly Readable[], depth: number): Term | null {
    const a = this.of(type, columns, depth);
    if (type.kind === 'bigint' && this.once(3)) return this.#count(columns, depth);
    if (type.kind === 'uinteger') return null;
    if (isFloat(type)) return this.#float(type, a, columns, depth);
    const b = this.of(type, columns, depth);
    switch (this.int(6)) {
      case 0:
      case 1:
        return this.#like(type, callTerm(this.pick(['+', '-']), [a, b], a.bound + b.bound));
      case 2:
        return this.#like(type, callTerm('*', [a, intTerm(this.int(5) - 2)], a.bound * 2));
      case 3:
        return this.#like(type, callTerm('negate', [a], a.bound));
      case 4: {
        const divisor = this.literal(type, []);
        if (divisor.bound === 0) return null;
        const name = isInteger(type) ? this.pick(['/', '%']) : '%';
        return this.#like(type, callTerm(name, [a, divisor], a.bound));
      }
      default:
        return this.#like(type, callTerm(this.pick(['abs', 'floor', 'ceil', 'round', 'trunc']), [a], a.bound + 1));
    }
  }

  /** Sums, differences and small multiples of binary fractions: exact in every order. */
  #float(type: SqlType, a: Term, columns: readonly Readable[], depth: number): Term | null {
    if (type.kind === 'real') return null;
    const b = this.of(this.pick([DOUBLE, INTEGER]), columns, depth);
    if (this.once(4)) return callTerm(this.pick(['negate', 'abs']), [a], a.bound);
    const made = this.once(3)
      ? callTerm('*', [a, literalTerm(this.pick([0.5, 2, -1]), DOUBLE)], a.bound * 2)
      : callTerm(this.pick(['+', '-']), [a, b], a.bound + b.bound);
    return this.#fits(made) ? made : null;
  }

  /** Back in the wanted type. */
  #like(type: SqlType, term: Term): Term | null {
    if (!this.#fits(term)) return null;
    if (sameType(term.expr.type, type)) return term;
    const exact = !isFloat(term.expr.type) && term.bound <= roomOf(type);
    return exact ? castTerm(term, type) : null;
  }

  #count(columns: readonly Readable[], depth: number): Term {
    if (this.once(2)) {
      const at = this.#instant(columns, depth);
      const field = callTerm(`extract_${this.pick(FIELDS)}`, [at], 10_000);
      return castTerm(field, BIGINT);
    }
    const text = this.of(VARCHAR, columns, depth);
    const name = this.pick(['length', 'octet_length', 'strpos']);
    const args = name === 'strpos' ? [text, this.leaf(VARCHAR, columns)] : [text];
    return castTerm(callTerm(name, args, 10_000), BIGINT);
  }

  #instant(columns: readonly Readable[], depth: number): Term {
    return this.of(this.pick([DATE, TIMESTAMP]), movable(columns), depth);
  }

  #boolean(columns: readonly Readable[], depth: number): Term {
    switch (this.int(6)) {
      case 0: {
        const text = this.of(VARCHAR, columns, depth);
        const name = this.pick(['like', 'not_like', 'ilike', 'not_ilike']);
        return callTerm(name, [text, literalTerm(this.pick(PATTERNS), VARCHAR)]);
      }
      case 1:
        return callTerm('starts_with', [this.of(VARCHAR, columns, depth), this.leaf(VARCHAR, columns)]);
      case 2:
        return truthTerm(this.condition(columns, depth), this.once(2), this.once(2));
      case 3:
        return isNullTerm(this.any(columns, depth), this.once(2));
      case 4: {
        const a = this.any(columns, depth);
        return callTerm(this.pick(COMPARISONS), [a, this.of(a.expr.type, columns, depth)]);
      }
      default:
        return this.simple(columns);
    }
  }

  #text(columns: readonly Readable[], depth: number): Term {
    const a = this.of(VARCHAR, columns, depth);
    switch (this.int(6)) {
      case 0:
        return callTerm('||', [a, this.of(VARCHAR, columns, depth)]);
      case 1: {
        const { type } = this.pick(columns.filter((column) => isShown(column.type)).concat(FALLBACK));
        const shown = this.leaf(type, movable(columns));
        return this.once(2) ? castTerm(shown, VARCHAR) : callTerm('||', [a, shown]);
      }
      case 2:
        return callTerm('substring', [
          a,
          literalTerm(BigInt(1 + this.int(4)), BIGINT),
          literalTerm(BigInt(this.int(5)), BIGINT),
        ]);
      case 3:
        return callTerm('replace', [
          a,
          literalTerm(this.pick(['a', 'é', '🦆', '']), VARCHAR),
          this.leaf(VARCHAR, columns),
        ]);
      case 4:
        return callTerm('concat', [a, this.leaf(VARCHAR, columns)]);
      default:
        return callTerm(this.pick(['lower', 'upper', 'trim', 'ltrim', 'rtrim']), [a]);
    }
  }

  #date(columns: readonly Readable[], depth: number): Term {
    if (this.once(3)) return castTerm(this.of(TIMESTAMP, movable(columns), depth), DATE);
    return callTerm(this.pick(['+', '-']), [this.of(DATE, movable(columns), depth), intTerm(this.int(100) - 50)]);
  }

  #timestamp(columns: readonly Readable[], depth: number): Term {
    const at = this.#instant(columns, depth);
    if (this.once(2)) return callTerm('date_trunc', [literalTerm(this.pick(UNITS), VARCHAR), at]);
    if (this.once(3)) return castTerm(at, TIMESTAMP);
    const interval = this.value(INTERVAL) as Interval;
    return callTerm(this.pick(['+', '-']), [at, literalTerm(interval, INTERVAL)]);
  }

  /** Arithmetic and casts at the edges of the types, evaluated in every row: either both engines fail or none. */
  overflowing(columns: readonly Readable[], depth: number): Term {
    const numbers = columns.filter(({ type }) => isNumeric(type) && !isFloat(type));
    const column = this.#column(this.pick(numbers));
    if (depth === 0) return column;
    const a = this.overflowing(columns, depth - 1);
    switch (this.int(4)) {
      case 0:
        return castTerm(a, this.pick([INTEGER, BIGINT, decimal(9, 2), decimal(18, 0), decimal(38, 4), DOUBLE]));
      case 1:
        return isFloat(a.expr.type) ? a : callTerm('negate', [a]);
      default:
        return isFloat(a.expr.type) ? a : callTerm(this.pick(['+', '-', '*']), [a, column]);
    }
  }
}

const FALLBACK: readonly Readable[] = [{ name: '', type: INTEGER, bound: 0, approximate: false, values: [] }];

/** Both engines write these alike. */
const isShown = (type: SqlType) =>
  isInteger(type) || type.kind === 'decimal' || type.kind === 'date' || type.kind === 'varchar';
