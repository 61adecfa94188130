import type { Random } from '../../src/common/clock.ts';
import type { SqlType, Value } from '../../src/common/types.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  isNumeric,
  REAL,
  SMALLINT,
  sameType,
  TIMESTAMP,
  TINYINT,
  UINTEGER,
  VARCHAR,
} from '../../src/common/types.ts';
import { canCast, commonType } from '../../src/operators/expr/coerce.ts';
import type { CaseExpr, Column, ColumnId, Expr } from '../../src/operators/expr/expr.ts';
import { resolveFunction } from '../../src/operators/expr/functions.ts';

/** One column of every type that both engines treat alike. */
export const COLUMNS: readonly Column[] = [
  ['b', BOOLEAN],
  ['i1', TINYINT],
  ['i2', SMALLINT],
  ['i4', INTEGER],
  ['i8', BIGINT],
  ['u4', UINTEGER],
  ['f4', REAL],
  ['f8', DOUBLE],
  ['d9', decimal(9, 2)],
  ['d15', decimal(15, 2)],
  ['d30', decimal(30, 8)],
  ['s', VARCHAR],
  ['t', VARCHAR],
  ['day', DATE],
  ['ts', TIMESTAMP],
].map(([name, type], id) => ({ id: id as ColumnId, name: name as string, type: type as SqlType, nullable: true }));

const TEXTS = [
  '',
  'a',
  'A',
  'abc',
  'aXbX',
  '%',
  '_',
  'a%b',
  ' pad ',

  'é',
  'Ωmega',
  '😀',
  'a😀b',
  '\uffee',
  'PROMO BRUSHED',
];
const DOUBLES = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  0.1,
  1e300,
  -1e300,
  1e-300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  123456.789,
];

/** A plan's arm of CASE has a property `then`, which an object literal may not have. */
const caseBranch = (when: Expr, value: Expr) =>
  Object.fromEntries([
    ['when', when],
    ['then', value],
  ]) as unknown as CaseExpr['branches'][number];

export class RandomExpressions {
  readonly #random: Random;
  readonly #columns: readonly Column[];

  /** `columns` are those that expressions read. */
  constructor(random: Random, columns: readonly Column[] = COLUMNS) {
    this.#random = random;
    this.#columns = columns;
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

  row(): Value[] {
    return COLUMNS.map(({ type }) => this.value(type));
  }

  /** A value, small or at the edge of its type; one time in eight NULL. */
  value(type: SqlType): Value {
    if (this.once(8)) return null;
    switch (type.kind) {
      case 'boolean':
        return this.once(2);
      case 'tinyint':
        return this.#whole(127);
      case 'smallint':
        return this.#whole(32767);
      case 'integer':
        return this.#whole(2147483647);
      case 'uinteger':
        return Math.abs(this.#whole(4294967295));
      case 'bigint':
        return this.#big(2n ** 63n - 1n);
      case 'decimal':
        return this.#big(10n ** BigInt(type.precision) - 1n);
      case 'real':
        return Math.fround(
          this.pick([
            ...DOUBLES.filter((x) => Math.abs(x) < 1e30 && Math.abs(x) !== 1e-300),
            this.#random.next() * 100,
          ]),
        );
      case 'double':
        return this.pick([...DOUBLES, this.#random.next() * 100 - 50, Math.round(this.#random.next() * 1e4) / 100]);
      case 'varchar':
        return this.pick(TEXTS);
      case 'date':
        return this.pick([0, -1, 11016, 11016 + this.int(3000), this.int(60000) - 30000, 59]);
      case 'timestamp':
        return BigInt(this.int(4_000_000_000) - 2_000_000_000) * 1_000_000n + this.pick([0n, 1n, 500_000n, 999_999n]);
      case 'interval':
        return { months: this.int(30) - 15, days: this.int(60) - 30, micros: BigInt(this.int(2e9) - 1e9) * 100n };
      default:
        throw new Error(`no values of type ${type.kind}`);
    }
  }

  #whole(max: number): number {
    if (this.once(10)) return this.pick([max, -max, 0]);
    return this.int(Math.min(max, 200)) - Math.min(100, max >> 1);
  }

  #big(max: bigint): bigint {
    if (this.once(10)) return this.pick([max, -max, 0n]);
    const scale = 10n ** BigInt(this.int(max.toString().length - 1));
    return (BigInt(this.int(2_000_000) - 1_000_000) * scale) % (max + 1n);
  }

  /** A well-typed expression of any type. */
  any(depth: number): Expr {
    const type = this.pick(COLUMNS).type;
    const made = this.once(4)
      ? null
      : this.pick([this.#numeric, this.#numeric, this.#text, this.#moment, this.#comparison]).call(
          this,
          type,
          depth - 1,
        );
    return made ?? this.of(type, depth);
  }

  of(type: SqlType, depth: number): Expr {
    if (depth <= 0) return this.leaf(type);
    const made = this.pick([this.#numeric, this.#text, this.#moment, this.#choice, this.#cast]).call(
      this,
      type,
      depth - 1,
    );
    return made ? (this.castTo(made, type) ?? this.leaf(type)) : this.leaf(type);
  }

  leaf(type: SqlType): Expr {
    const columns = this.#columns.filter((column) => sameType(column.type, type));
    if (columns.length > 0 && !this.once(3)) {
      const { id, name } = this.pick(columns);
      return { kind: 'column', id, name, type };
    }
    return { kind: 'literal', value: this.value(type), type };
  }

  /** The expression with an implicit or explicit cast both engines agree on; null when there is none. */
  castTo(expr: Expr, type: SqlType): Expr | null {
    if (sameType(expr.type, type)) return expr;
    const agreed =
      (isNumeric(expr.type) && type.kind === 'double') ||
      (expr.type.kind === 'decimal' && (type.kind === 'integer' || type.kind === 'decimal')) ||
      (expr.type.kind === 'date' && type.kind === 'timestamp') ||
      (expr.type.kind === 'timestamp' && type.kind === 'date') ||
      (isNumeric(expr.type) && !['real', 'double'].includes(expr.type.kind) && isNumeric(type) && type.kind !== 'real');
    return agreed && canCast(expr.type, type) ? { kind: 'cast', input: expr, type, try: false } : null;
  }

  call(name: string, args: readonly Expr[]): Expr | null {
    const resolved = resolveFunction(
      name,
      args.map((arg) => arg.type),
    );
    if (!resolved) return null;
    const cast = args.map((arg, i) => this.castTo(arg, resolved.argTypes[i] as SqlType));
    if (cast.includes(null)) return null;
    return { kind: 'call', function: name, args: cast as Expr[], type: resolved.type };
  }

  #numberType(): SqlType {
    return this.pick(COLUMNS.map((column) => column.type).filter(isNumeric));
  }

  #numeric(_: SqlType, depth: number): Expr | null {
    const [a, b] = [this.of(this.#numberType(), depth), this.of(this.#numberType(), depth)];
    if (this.once(4)) {
      const name = this.pick(['negate', 'abs', 'floor', 'ceil', 'trunc', 'sign', 'round']);
      const inexact = name === 'round' && ['real', 'double'].includes(a.type.kind);
      return inexact ? null : this.call(name, [a]);
    }
    if (this.once(8)) {
      const digits: Expr = { kind: 'literal', value: this.int(5) - 1, type: INTEGER };
      return a.type.kind === 'decimal' ? this.call('round', [a, digits]) : null;
    }
    return this.call(this.pick(['+', '-', '*', '/', '%', '+', '-', '*']), [a, b]);
  }

  #text(type: SqlType, depth: number): Expr | null {
    const [a, b] = [this.of(VARCHAR, depth), this.of(VARCHAR, depth)];
    const number = (value: number): Expr => ({ kind: 'literal', value: BigInt(value), type: BIGINT });
    if (type.kind === 'boolean') {
      if (this.once(3)) return this.call('starts_with', [a, b]);
      const pattern = this.pick(['a%', '%b', '%X%', 'a_b%', '_', '__', '%\\%%', '%', '', 'A_c', '%😀_']);
      return this.call(this.pick(['like', 'not_like', 'ilike', 'not_ilike']), [
        a,
        { kind: 'literal', value: pattern, type: VARCHAR },
      ]);
    }
    if (type.kind === 'varchar') {
      const name = this.pick(['||', 'concat', 'lower', 'upper', 'trim', 'ltrim', 'replace', 'substring', 'greatest']);
      if (name === 'substring') return this.call(name, [a, number(1 + this.int(3)), number(this.int(4))]);
      if (name === 'replace') return this.call(name, [a, { kind: 'literal', value: 'a', type: VARCHAR }, b]);
      return this.call(name, ['||', 'concat', 'greatest'].includes(name) ? [a, b] : [a]);
    }
    const name = this.pick(['length', 'octet_length', 'strpos']);
    return this.call(name, name === 'strpos' ? [a, b] : [a]);
  }

  #moment(type: SqlType, depth: number): Expr | null {
    const at = this.of(this.once(2) ? DATE : TIMESTAMP, depth);
    if (type.kind === 'date' && at.type.kind === 'date') {
      const days: Expr = { kind: 'literal', value: this.int(100) - 50, type: INTEGER };
      return this.call(this.pick(['+', '-']), [at, days]);
    }
    if (type.kind === 'timestamp') {
      if (this.once(2)) {
        const unit = this.pick(['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second']);
        return this.call('date_trunc', [{ kind: 'literal', value: unit, type: VARCHAR }, at]);
      }
      return this.call(this.pick(['+', '-']), [at, { kind: 'literal', value: this.value(INTERVAL), type: INTERVAL }]);
    }
    if (this.once(6)) return this.call('-', [this.of(DATE, depth), this.of(DATE, depth)]);
    const field = this.pick(['year', 'quarter', 'month', 'day', 'dow', 'isodow', 'doy', 'week', 'hour', 'minute']);
    return this.call(`extract_${field}`, [at]);
  }

  /** CASE, comparisons, logic. Arms and operands of logic stay flat: DuckDB evaluates all of a conjunction. */
  #choice(type: SqlType, depth: number): Expr | null {
    if (type.kind !== 'boolean') {
      const branches = [caseBranch(this.of(BOOLEAN, 1), this.of(type, depth))];
      return { kind: 'case', branches, otherwise: this.once(3) ? null : this.of(type, depth), type };
    }
    switch (this.int(4)) {
      case 0: {
        const args = [this.leaf(BOOLEAN), this.leaf(BOOLEAN), this.leaf(BOOLEAN)];
        return { kind: this.pick(['and', 'or']), args, type };
      }
      case 1:
        return { kind: 'not', input: this.of(BOOLEAN, depth), type };
      case 2:
        return { kind: 'isNull', input: this.any(depth), negated: this.once(2), type };
      default:
        return this.#comparison(type, depth);
    }
  }

  #comparison(_: SqlType, depth: number): Expr | null {
    const operand = this.pick(COLUMNS).type;
    if (this.once(4)) {
      const list = [this.leaf(operand), this.leaf(operand), this.leaf(operand)];
      return { kind: 'inList', input: this.of(operand, depth), list, negated: this.once(2), type: BOOLEAN };
    }
    const names = ['=', '<>', '<', '<=', '>', '>=', 'is_distinct_from', 'is_not_distinct_from'];
    const [a, b] = [this.of(operand, depth), this.of(this.once(3) ? this.#numberType() : operand, depth)];
    return commonType([a.type, b.type]) ? this.call(this.pick(names), [a, b]) : null;
  }

  #cast(type: SqlType, depth: number): Expr | null {
    return this.castTo(this.any(depth), type);
  }
}
