import type { Random } from '../../src/common/clock.ts';
import type { SqlType, Value } from '../../src/common/types.ts';
import {
  BIGINT,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  isFloat,
  isInteger,
  isNumeric,
  TIMESTAMP,
  TIMESTAMPTZ,
} from '../../src/common/types.ts';
import { literalTerm, type Term } from './sql-term.ts';

/** A column that a term can read, with some of its values. */
export interface Readable {
  readonly name: string;
  readonly type: SqlType;
  readonly bound: number;
  readonly approximate: boolean;
  readonly values: readonly Value[];
}

const NUMBERS: readonly (readonly [Value, SqlType])[] = [
  [300, INTEGER],
  [-129, INTEGER],
  [70_000, INTEGER],
  [2_147_483_648n, BIGINT],
  [-9_223_372_036_854_775_808n, BIGINT],
  [9_223_372_036_854_775_807n, BIGINT],
  [9_223_372_036_854_775_808n, decimal(19, 0)],
  [5n, decimal(3, 3)],
  [10n ** 20n, decimal(38, 0)],
  [0.1, DOUBLE],
  [-0, DOUBLE],
  [1e300, DOUBLE],
  [Number.NaN, DOUBLE],
  [Number.NEGATIVE_INFINITY, DOUBLE],
  [Number.POSITIVE_INFINITY, DOUBLE],
];

const isBare = (type: SqlType) => !['varchar', 'boolean'].includes(type.kind);

/** Random constants of one seed. */
export class RandomConstants {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  int(below: number): number {
    return Math.floor(this.#random.next() * below);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T;
  }

  /** One time in `n`. */
  once(n: number): boolean {
    return this.int(n) === 0;
  }

  literal(type: SqlType, values: readonly Value[], bare = false): Term {
    const known = values.filter((value) => value !== null);
    if (known.length > 0 && !this.once(4)) return literalTerm(this.pick(known), type, bare && isBare(type));
    const value = this.once(10) ? null : this.value(type);
    return literalTerm(value, type, bare && isBare(type));
  }

  value(type: SqlType): Value {
    switch (type.kind) {
      case 'boolean':
        return this.once(2);
      case 'tinyint':
      case 'smallint':
      case 'integer':
        return this.int(100) - 50;
      case 'uinteger':
        return this.int(100);
      case 'bigint':
        return BigInt(this.int(100_000) - 5000);
      case 'decimal':
        return BigInt(this.int(Math.min(10 ** type.precision, 100_000))) - (this.once(3) ? 500n : 0n);
      case 'real':
      case 'double':
        return this.pick([this.int(2000) / 16 - 10, 0, -0, 0.5, -1.5, this.int(100)]);
      case 'varchar':
        return this.pick(['', 'a', 'abc', 'é', '😀', 'name 3', 'Ω', '%', 'żż', "it's"]);
      case 'date':
        return 10_000 + this.int(400);
      case 'timestamp':
      case 'timestamptz':
        return BigInt(10_000 + this.int(400)) * 86_400_000_000n + this.pick([0n, 1n, 43_200_000_000n]);
      case 'interval':
        return { months: this.int(30) - 15, days: this.int(60) - 30, micros: BigInt(this.int(2e9) - 1e9) * 100n };
      default:
        throw new Error(`no values of type ${type.kind}`);
    }
  }

  /** A constant of another type that values of this one compare with, also between and beyond them. */
  foreign({ type, values }: Readable): Term | null {
    const near = this.once(2) ? this.#between(type, this.pick(values.length > 0 ? values : [null])) : null;
    if (near) return near;
    if (isNumeric(type)) {
      if (this.once(2)) return this.literal(this.pick([INTEGER, BIGINT, DOUBLE, decimal(9, 2), decimal(12, 4)]), []);
      const [value, of] = this.pick(
        isFloat(type) ? NUMBERS : NUMBERS.filter(([, { kind }]) => kind !== 'double' || this.once(2)),
      );
      return literalTerm(value, of);
    }
    if (type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'timestamptz') {
      return this.literal(this.pick([DATE, TIMESTAMP, TIMESTAMPTZ]), []);
    }
    return null;
  }

  /** A little more than a value of the type, so little that the type has no such value. */
  #between(type: SqlType, value: Value): Term | null {
    if (typeof value === 'number' && isInteger(type)) return literalTerm(BigInt(value) * 10n + 5n, decimal(12, 1));
    if (typeof value === 'number' && type.kind === 'date') {
      return literalTerm(BigInt(value) * 86_400_000_000n + this.pick([0n, 1n, 43_200_000_000n]), TIMESTAMP);
    }
    if (typeof value !== 'bigint') return null;
    if (type.kind === 'bigint') return literalTerm(value * 10n + 5n, decimal(21, 1));
    if (type.kind !== 'decimal' || type.precision > 36) return null;
    return literalTerm(value * 100n + 50n, decimal(type.precision + 2, type.scale + 2));
  }
}
