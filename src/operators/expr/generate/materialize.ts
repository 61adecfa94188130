import type { SqlType } from '../../../common/types.ts';
import { i32, type Local, set, type ValueType } from '../../../wasm/emit/code.ts';
import type { Bounds } from '../../../wasm/vector.ts';
import type { CodeWriter } from './code-writer.ts';
import type { EmittedValue } from './emitted.ts';
import { type Computed, highOf, type Operand, representationOf, type Thunk, unite } from './operand.ts';

/** Puts a computed value into variables, in the representation of its type. */
export function materialize(w: CodeWriter, { value }: Computed, type: SqlType, narrow: boolean): EmittedValue {
  const into = <T extends ValueType>(kind: T, code: ReturnType<Thunk<T>>, name: string): Local<T> => {
    if (code.kind === 'get') return code.local as Local<T>;
    const local = w.local(kind, name);
    w.push(set(local, code));
    return local;
  };
  switch (value.kind) {
    case 'boolean':
      return { kind: 'i32', local: into('i32', value.value(), 'boolean'), bounds: null };
    case 'exact': {
      const { bounds } = value;
      const kind = representationOf(type);
      if (kind === 'i32') return { kind, local: into('i32', i32.wrapI64(value.low()), 'value'), bounds };
      if (kind === 'i64' || (narrow && !value.wide)) {
        return { kind: 'i64', local: into('i64', value.low(), 'value'), bounds };
      }
      return { kind: 'i128', low: into('i64', value.low(), 'low'), high: into('i64', highOf(value), 'high'), bounds };
    }
    case 'f32':
      return { kind: 'f32', local: into('f32', value.value(), 'value') };
    case 'f64':
      return { kind: 'f64', local: into('f64', value.value(), 'value') };
    case 'uuid':
      return {
        kind: 'i128',
        low: into('i64', value.low(), 'low'),
        high: into('i64', value.high(), 'high'),
        bounds: null,
      };
    case 'interval':
      return {
        kind: 'interval',
        months: into('i32', value.months(), 'months'),
        days: into('i32', value.days(), 'days'),
        micros: into('i64', value.micros(), 'micros'),
      };
    case 'view':
      return {
        kind: 'view',
        pointer: into('i32', value.pointer(), 'pointer'),
        length: into('i32', value.length(), 'length'),
      };
  }
}

/** Variables that take a value of one of several arms, and the statements that set them from each. */
export interface Merge {
  readonly value: Operand;
  assign(from: Operand): ReturnType<typeof set>[];
}

/** Variables for what any of the operands may be; all are of one type. */
export function mergeOf(w: CodeWriter, operands: readonly Operand[]): Merge {
  const first = operands[0] as Operand;
  const variables: { local: Local; from: (operand: Operand) => ReturnType<Thunk<ValueType>> }[] = [];
  const variable = <T extends ValueType>(
    type: T,
    name: string,
    from: (operand: never) => ReturnType<Thunk<T>>,
  ): Thunk<T> => {
    const local = w.local(type, name);
    variables.push({ local, from: from as unknown as (operand: Operand) => ReturnType<Thunk<ValueType>> });
    return () => ({ kind: 'get', type, local });
  };
  const value = mergedOperand(first, operands, variable);
  return {
    value,
    assign: (operand) => variables.map(({ local, from }) => set(local, from(operand))),
  };
}

type Variable = <T extends ValueType>(
  type: T,
  name: string,
  from: (operand: never) => ReturnType<Thunk<T>>,
) => Thunk<T>;

type Of<K extends Operand['kind']> = Extract<Operand, { kind: K }>;

function mergedOperand(first: Operand, operands: readonly Operand[], variable: Variable): Operand {
  switch (first.kind) {
    case 'boolean':
      return { kind: 'boolean', value: variable('i32', 'boolean', (o: Of<'boolean'>) => o.value()) };
    case 'exact': {
      const all = operands as readonly Of<'exact'>[];
      const bounds = all.map((operand): Bounds => operand.bounds).reduce(unite);
      const low = variable('i64', 'low', (o: Of<'exact'>) => o.low());
      if (all.every(({ wide }) => !wide)) return { kind: 'exact', wide: false, low, bounds };
      return { kind: 'exact', wide: true, low, high: variable('i64', 'high', (o: Of<'exact'>) => highOf(o)), bounds };
    }
    case 'f32':
      return { kind: 'f32', value: variable('f32', 'value', (o: Of<'f32'>) => o.value()), mayBeNan: anyNan(operands) };
    case 'f64':
      return { kind: 'f64', value: variable('f64', 'value', (o: Of<'f64'>) => o.value()), mayBeNan: anyNan(operands) };
    case 'uuid':
      return {
        kind: 'uuid',
        low: variable('i64', 'low', (o: Of<'uuid'>) => o.low()),
        high: variable('i64', 'high', (o: Of<'uuid'>) => o.high()),
      };
    case 'interval':
      return {
        kind: 'interval',
        months: variable('i32', 'months', (o: Of<'interval'>) => o.months()),
        days: variable('i32', 'days', (o: Of<'interval'>) => o.days()),
        micros: variable('i64', 'micros', (o: Of<'interval'>) => o.micros()),
      };
    case 'view':
      return {
        kind: 'view',
        pointer: variable('i32', 'pointer', (o: Of<'view'>) => o.pointer()),
        length: variable('i32', 'length', (o: Of<'view'>) => o.length()),
      };
  }
}

const anyNan = (operands: readonly Operand[]) =>
  operands.some((operand) => (operand.kind === 'f32' || operand.kind === 'f64') && operand.mayBeNan);
