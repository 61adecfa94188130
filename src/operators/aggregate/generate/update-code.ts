import { assertNever, InternalError } from '../../../common/errors.ts';
import type { SqlType } from '../../../common/types.ts';
import { BOOLEAN, isFloat } from '../../../common/types.ts';
import { type Code, f64, get, i32, i64, type Local, type Statement, set, when } from '../../../wasm/emit/code.ts';
import type { FunctionBuilder } from '../../../wasm/emit/module-builder.ts';
import type { Expr } from '../../expr/expr.ts';
import type { ColumnShape } from '../../expr/generate/column-shape.ts';
import type { Emitted, EmittedValue } from '../../expr/generate/emitted.ts';
import type { ExprGenerator } from '../../expr/generate/expr-generator.ts';
import type { StateFields } from './state-fields.ts';
import type { PieceOf, StatePiece } from './state-plan.ts';
import { isUnsigned, valueWidth } from './value-form.ts';

/** An expression that has no generated form over these shapes. */
export class NoForm extends Error {
  readonly expr: Expr;

  constructor(expr: Expr) {
    super('no generated form');
    this.expr = expr;
  }
}

export interface UpdateCodeOptions {
  readonly fn: FunctionBuilder;
  readonly expressions: ExprGenerator;
  readonly shapes: readonly ColumnShape[];
  readonly fields: StateFields;
}

/** Code that takes a row into its group's state. Throws NoForm. */
export class UpdateCode {
  readonly #fn: FunctionBuilder;
  readonly #expressions: ExprGenerator;
  readonly #shapes: readonly ColumnShape[];
  readonly #fields: StateFields;

  constructor({ fn, expressions, shapes, fields }: UpdateCodeOptions) {
    this.#fn = fn;
    this.#expressions = expressions;
    this.#shapes = shapes;
    this.#fields = fields;
  }

  /** Pieces with one filter, beneath it. */
  of(filter: Expr | null, pieces: readonly StatePiece[]): readonly Statement[] {
    if (!filter) return pieces.flatMap((piece) => this.#piece(piece));
    const { code, value, isNull } = this.#emit(filter);
    const passed = isNull ? i32.and(boolean(value), i32.eqz(get(isNull))) : boolean(value);
    const taken = this.#expressions.scoped(() => pieces.flatMap((piece) => this.#piece(piece)));
    return [...code, when(passed, taken)];
  }

  #emit(expr: Expr): Emitted {
    const emitted = this.#expressions.tryEmit(expr, { narrow: true });
    if (!emitted) throw new NoForm(expr);
    return emitted;
  }

  #piece(piece: StatePiece): readonly Statement[] {
    switch (piece.kind) {
      case 'rows':
        return [this.#count(piece.offset)];
      case 'nulls':
        return this.#counted(piece, true);
      case 'values':
        return this.#counted(piece, false);
      case 'sum':
      case 'floatSum':
      case 'extreme':
      case 'bits':
      case 'moments': {
        const { code, value, isNull } = this.#emit(piece.arg);
        const update = this.#update(piece, value);
        return [...code, ...(isNull ? [when(i32.eqz(get(isNull)), update)] : update)];
      }
      default:
        return assertNever(piece);
    }
  }

  /** Counts the rows in which the argument is NULL, or in which it is not. */
  #counted({ arg, offset }: PieceOf<'nulls' | 'values'>, nulls: boolean): readonly Statement[] {
    const count = this.#count(offset);
    const always = nulls ? [] : [count];
    if (arg.kind !== 'column') {
      const { code, isNull } = this.#emit(arg);
      return isNull ? [...code, when(nulls ? get(isNull) : i32.eqz(get(isNull)), [count])] : [...code, ...always];
    }
    const shape = this.#shapes.find(({ id }) => id === arg.id);
    if (shape && shape.kind !== 'mapped' && !shape.hasNulls) return always;
    const { code, value } = this.#emit({ kind: 'isNull', input: arg, negated: !nulls, type: BOOLEAN });
    return [...code, when(boolean(value), [count])];
  }

  #count(offset: number): Statement {
    return this.#fields.store('i64', offset, i64.add(this.#fields.load('i64', offset), i64.const(1n)));
  }

  #update(piece: PieceOf<'sum' | 'floatSum' | 'extreme' | 'bits' | 'moments'>, value: EmittedValue): Statement[] {
    switch (piece.kind) {
      case 'sum':
        return this.#sum(piece, value);
      case 'floatSum':
        return this.#floatSum(piece, value);
      case 'extreme':
        return this.#extreme(piece, value);
      case 'bits':
        return this.#bits(piece, value);
      case 'moments':
        return this.#moments(piece, value);
      default:
        return assertNever(piece);
    }
  }

  /** The upper words change only when the lowest one runs over, which is rare enough to be a branch. */
  #sum({ offset, arg, wide }: PieceOf<'sum'>, value: EmittedValue): Statement[] {
    if (value.kind === 'i128') return this.#wideSum(offset, value.low, value.high);
    const addend = this.#fn.local('i64', 'addend');
    const low = this.#fn.local('i64', 'sum');
    const carry = this.#fn.local('i64', 'carry');
    const sum = [
      set(addend, asI64(value, arg.type)),
      set(low, i64.add(this.#fields.load('i64', offset), get(addend))),
      this.#fields.store('i64', offset, get(low)),
    ];
    const carried = i64.ltU(get(low), get(addend));
    if (isUnsigned(arg.type) || isNeverNegative(value)) {
      return [...sum, when(carried, [set(carry, i64.const(1n)), ...this.#carry(offset + 8, carry, wide)])];
    }
    return [
      ...sum,
      set(carry, i64.add(i64.shrS(get(addend), i64.const(63n)), i64.extendI32U(carried))),
      when(i32.eqz(i64.eqz(get(carry))), this.#carry(offset + 8, carry, wide)),
    ];
  }

  /** Adds -1, 0 or 1 to the words above the lowest. */
  #carry(offset: number, carry: Local<'i64'>, wide: boolean): Statement[] {
    const high = this.#fn.local('i64', 'high');
    const added = this.#fields.store('i64', offset, get(high));
    const statements = [set(high, i64.add(this.#fields.load('i64', offset), get(carry))), added];
    if (!wide) return statements;
    const runsOver = i64.eq(get(high), i64.shrS(get(carry), i64.const(63n)));
    return [
      ...statements,
      when(runsOver, [
        this.#fields.store('i64', offset + 8, i64.add(this.#fields.load('i64', offset + 8), get(carry))),
      ]),
    ];
  }

  #wideSum(offset: number, addLow: Local<'i64'>, addHigh: Local<'i64'>): Statement[] {
    const low = this.#fn.local('i64', 'sum');
    const high = this.#fn.local('i64', 'high');
    const carry = this.#fn.local('i64', 'carry');
    const sum = this.#fn.local('i64', 'sum2');
    return [
      set(low, i64.add(this.#fields.load('i64', offset), get(addLow))),
      this.#fields.store('i64', offset, get(low)),
      set(carry, i64.extendI32U(i64.ltU(get(low), get(addLow)))),
      set(sum, i64.add(get(addHigh), get(carry))),
      set(carry, i64.add(i64.shrS(get(addHigh), i64.const(63n)), i64.extendI32U(i64.ltU(get(sum), get(carry))))),
      set(high, i64.add(this.#fields.load('i64', offset + 8), get(sum))),
      this.#fields.store('i64', offset + 8, get(high)),
      set(carry, i64.add(get(carry), i64.extendI32U(i64.ltU(get(high), get(sum))))),
      this.#fields.store('i64', offset + 16, i64.add(this.#fields.load('i64', offset + 16), get(carry))),
    ];
  }

  #floatSum({ offset }: PieceOf<'floatSum'>, value: EmittedValue): Statement[] {
    const add = (at: number, addend: Code<'f64'>) =>
      this.#fields.store('f64', at, f64.add(this.#fields.load('f64', at), addend));
    return [add(offset, asF64(value)), add(offset + 8, f64.sub(asF64(value), asF64(value)))];
  }

  #extreme({ offset, arg, greatest }: PieceOf<'extreme'>, value: EmittedValue): Statement[] {
    const better = this.#better(offset + 8, arg.type, greatest, value);
    return [
      when(i32.or(i32.eqz(this.#fields.load('i32', offset)), better), [
        this.#fields.store('i32', offset, i32.const(1)),
        ...this.#store(offset + 8, arg.type, value),
      ]),
    ];
  }

  /** Whether the value comes before, or after, the one in the state. */
  #better(offset: number, type: SqlType, greatest: boolean, value: EmittedValue): Code<'i32'> {
    if (isFloat(type)) {
      const known = () =>
        type.kind === 'real' ? f64.promoteF32(this.#fields.load('f32', offset)) : this.#fields.load('f64', offset);
      const [a, b] = greatest ? [known, () => asF64(value)] : [() => asF64(value), known];
      return i32.or(f64.lt(a(), b()), i32.and(f64.ne(b(), b()), f64.eq(a(), a())));
    }
    if (value.kind === 'i128' || valueWidth(type) === 16) {
      const [low, high] = words(value);
      const knownLow = () => this.#fields.load('i64', offset);
      const knownHigh = () => this.#fields.load('i64', offset + 8);
      const upper = isUnsigned(type) ? (greatest ? i64.gtU : i64.ltU) : greatest ? i64.gtS : i64.ltS;
      const lower = greatest ? i64.gtU : i64.ltU;
      return i32.or(upper(high(), knownHigh()), i32.and(i64.eq(high(), knownHigh()), lower(low(), knownLow())));
    }
    const known = this.#fields.loadWhole(type, offset);
    const compare = type.kind === 'ubigint' ? (greatest ? i64.gtU : i64.ltU) : greatest ? i64.gtS : i64.ltS;
    return compare(asI64(value, type), known);
  }

  #bits({ offset, arg, op }: PieceOf<'bits'>, value: EmittedValue): Statement[] {
    const combined = this.#fn.local('i64', 'bits');
    const known = this.#fields.loadWhole(arg.type, offset + 8);
    return [
      set(combined, asI64(value, arg.type)),
      when(this.#fields.load('i32', offset), [set(combined, i64[op](get(combined), known))]),
      this.#fields.store('i32', offset, i32.const(1)),
      this.#fields.storeWhole(arg.type, offset + 8, get(combined)),
    ];
  }

  /** The same steps in the same order as the accumulator's. */
  #moments({ offset }: PieceOf<'moments'>, value: EmittedValue): Statement[] {
    const x = this.#fn.local('f64', 'x');
    const n = this.#fn.local('f64', 'n');
    const distance = this.#fn.local('f64', 'distance');
    const mean = this.#fn.local('f64', 'mean');
    const squares = f64.mul(get(distance), f64.sub(get(x), get(mean)));
    return [
      set(x, asF64(value)),
      set(n, f64.add(this.#fields.load('f64', offset), f64.const(1))),
      set(mean, this.#fields.load('f64', offset + 8)),
      set(distance, f64.sub(get(x), get(mean))),
      set(mean, f64.add(get(mean), f64.div(get(distance), get(n)))),
      this.#fields.store('f64', offset, get(n)),
      this.#fields.store('f64', offset + 8, get(mean)),
      this.#fields.store('f64', offset + 16, f64.add(this.#fields.load('f64', offset + 16), squares)),
    ];
  }

  #store(offset: number, type: SqlType, value: EmittedValue): Statement[] {
    if (value.kind === 'f32') return [this.#fields.store('f32', offset, get(value.local))];
    if (value.kind === 'f64') return [this.#fields.store('f64', offset, get(value.local))];
    if (valueWidth(type) !== 16) return [this.#fields.storeWhole(type, offset, asI64(value, type))];
    const [low, high] = words(value);
    return [this.#fields.store('i64', offset, low()), this.#fields.store('i64', offset + 8, high())];
  }
}

const isNeverNegative = (value: EmittedValue) =>
  (value.kind === 'i64' || value.kind === 'i32') && value.bounds !== null && value.bounds.min >= 0n;

function boolean(value: EmittedValue): Code<'i32'> {
  if (value.kind !== 'i32') throw new InternalError(`a condition came as ${value.kind}`);
  return get(value.local);
}

function asI64(value: EmittedValue, type: SqlType): Code<'i64'> {
  if (value.kind === 'i64') return get(value.local);
  if (value.kind !== 'i32') throw new InternalError(`a whole number came as ${value.kind}`);
  return isUnsigned(type) ? i64.extendI32U(get(value.local)) : i64.extendI32S(get(value.local));
}

function asF64(value: EmittedValue): Code<'f64'> {
  if (value.kind === 'f64') return get(value.local);
  if (value.kind !== 'f32') throw new InternalError(`a float came as ${value.kind}`);
  return f64.promoteF32(get(value.local));
}

/** The low and the high 64 bits; a narrow decimal is extended. */
function words(value: EmittedValue): readonly [() => Code<'i64'>, () => Code<'i64'>] {
  if (value.kind === 'i128') return [() => get(value.low), () => get(value.high)];
  if (value.kind !== 'i64') throw new InternalError(`a value of 128 bits came as ${value.kind}`);
  return [() => get(value.local), () => i64.shrS(get(value.local), i64.const(63n))];
}
