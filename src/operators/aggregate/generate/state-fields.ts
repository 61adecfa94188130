import { InternalError } from '../../../common/errors.ts';
import type { SqlType } from '../../../common/types.ts';
import { type Code, f32, f64, get, i32, i64, type Local, type Statement, set } from '../../../wasm/emit/code.ts';
import type { FunctionBuilder } from '../../../wasm/emit/module-builder.ts';
import { isUnsigned, valueWidth } from './value-form.ts';

type FieldType = 'i32' | 'i64' | 'f32' | 'f64';

/** A field of a state: how it lies in memory, and the variable it is kept in where there is but one state. */
interface Held {
  readonly local: Local;
  readonly load: Statement;
  readonly store: Statement;
}

/**
 * The fields of the row's state, by their offsets. With one state for all rows they are variables of the function, loaded before
 * the first row and stored after the last; else they are in memory.
 */
export class StateFields {
  readonly #fn: FunctionBuilder;
  readonly #state: Local<'i32'>;
  readonly #held: Map<number, Held> | null;

  constructor(fn: FunctionBuilder, state: Local<'i32'>, inVariables: boolean) {
    this.#fn = fn;
    this.#state = state;
    this.#held = inVariables ? new Map() : null;
  }

  /** Complete when all code is made, as `epilogue` is. */
  prologue(): readonly Statement[] {
    return [...(this.#held?.values() ?? [])].map(({ load }) => load);
  }

  epilogue(): readonly Statement[] {
    return [...(this.#held?.values() ?? [])].map(({ store }) => store);
  }

  load<T extends FieldType>(type: T, offset: number): Code<T> {
    const field = this.#field(type, offset);
    return field ? get(field) : memoryLoad(type, get(this.#state), offset);
  }

  store<T extends FieldType>(type: T, offset: number, value: Code<T>): Statement {
    const field = this.#field(type, offset);
    return field ? set(field, value) : memoryStore(type, get(this.#state), offset, value);
  }

  /** A whole number as its type is held, as 64 bits. */
  loadWhole(type: SqlType, offset: number): Code<'i64'> {
    const field = this.#whole(type, offset);
    return field ? get(field) : loadWhole(get(this.#state), offset, type);
  }

  storeWhole(type: SqlType, offset: number, value: Code<'i64'>): Statement {
    const field = this.#whole(type, offset);
    return field ? set(field, value) : storeWhole(get(this.#state), offset, type, value);
  }

  #field<T extends FieldType>(type: T, offset: number): Local<T> | null {
    return this.#hold(
      type,
      offset,
      (at) => memoryLoad(type, at, offset),
      (at, value) => memoryStore(type, at, offset, value),
    );
  }

  #whole(type: SqlType, offset: number): Local<'i64'> | null {
    return this.#hold(
      'i64',
      offset,
      (at) => loadWhole(at, offset, type),
      (at, value) => storeWhole(at, offset, type, value),
    );
  }

  #hold<T extends FieldType>(
    type: T,
    offset: number,
    load: (at: Code<'i32'>) => Code<T>,
    store: (at: Code<'i32'>, value: Code<T>) => Statement,
  ): Local<T> | null {
    if (!this.#held) return null;
    const known = this.#held.get(offset);
    if (known) {
      if (known.local.type !== type) throw new InternalError(`the field at ${offset} is used as two types`);
      return known.local as Local<T>;
    }
    const local = this.#fn.local(type, 'field');
    const at = () => get(this.#state);
    this.#held.set(offset, { local, load: set(local, load(at())), store: store(at(), get(local)) });
    return local;
  }
}

function memoryLoad<T extends FieldType>(type: T, at: Code<'i32'>, offset: number): Code<T>;
function memoryLoad(type: FieldType, at: Code<'i32'>, offset: number): Code {
  switch (type) {
    case 'i32':
      return i32.load(at, offset);
    case 'i64':
      return i64.load(at, offset);
    case 'f32':
      return f32.load(at, offset);
    case 'f64':
      return f64.load(at, offset);
  }
}

function memoryStore<T extends FieldType>(type: T, at: Code<'i32'>, offset: number, value: Code<T>): Statement;
function memoryStore(type: FieldType, at: Code<'i32'>, offset: number, value: Code): Statement {
  switch (type) {
    case 'i32':
      return i32.store(at, value as Code<'i32'>, offset);
    case 'i64':
      return i64.store(at, value as Code<'i64'>, offset);
    case 'f32':
      return f32.store(at, value as Code<'f32'>, offset);
    case 'f64':
      return f64.store(at, value as Code<'f64'>, offset);
  }
}

function loadWhole(at: Code<'i32'>, offset: number, type: SqlType): Code<'i64'> {
  const unsigned = isUnsigned(type);
  switch (valueWidth(type)) {
    case 1:
      return unsigned ? i64.load8U(at, offset) : i64.load8S(at, offset);
    case 2:
      return unsigned ? i64.load16U(at, offset) : i64.load16S(at, offset);
    case 4:
      return unsigned ? i64.load32U(at, offset) : i64.load32S(at, offset);
    case 8:
      return i64.load(at, offset);
    default:
      throw new InternalError(`a value of type ${type.kind} is not one word`);
  }
}

function storeWhole(at: Code<'i32'>, offset: number, type: SqlType, value: Code<'i64'>): Statement {
  switch (valueWidth(type)) {
    case 1:
      return i64.store8(at, value, offset);
    case 2:
      return i64.store16(at, value, offset);
    case 4:
      return i64.store32(at, value, offset);
    case 8:
      return i64.store(at, value, offset);
    default:
      throw new InternalError(`a value of type ${type.kind} is not one word`);
  }
}
