import { assertNever } from '../../../common/errors.ts';
import type { SqlType } from '../../../common/types.ts';
import {
  block,
  brIf,
  type Code,
  choose,
  f32,
  f64,
  get,
  i32,
  i64,
  type Local,
  loop,
  type Statement,
  select,
  set,
} from '../../../wasm/emit/code.ts';
import { ModuleBuilder } from '../../../wasm/emit/module-builder.ts';
import { layoutOf } from '../../../wasm/layout.ts';
import type { Bounds, Pointer } from '../../../wasm/vector.ts';
import type { ExecutionContext } from '../../execution.ts';
import type { Expr } from '../expr.ts';
import { elementAt } from './column-loads.ts';
import type { ColumnShape } from './column-shape.ts';
import type { Emitted, EmittedValue } from './emitted.ts';
import { ExprGenerator } from './expr-generator.ts';
import { instantiate, now } from './instantiate.ts';
import { RowState, STATE_BYTES, STATUS } from './row-state.ts';

/** Where an output stands in the state: u32 data, u32 validity (0: the values are never NULL), u32 whether one was. */
export const OUTPUT_BYTES = 16;
export const OUTPUT_FIELDS = { data: 0, validity: 4, nulls: 8 };

export const outputOffset = (index: number) => STATE_BYTES + index * OUTPUT_BYTES;

/** Generated code that computes expressions row by row. */
export interface ValueModule {
  readonly constants: Uint8Array;
  /** Per expression. */
  readonly outputs: readonly { readonly nullable: boolean; readonly bounds: Bounds | null }[];
  /** Whether a row can stop the loop but for want of heap. */
  readonly stops: boolean;
  /**
   * Computes the rows `from` to `to` of the selection (0: all rows) and answers where it stopped, `to` when it did not; why is
   * in the state. Values go to their rows' positions, validity bits are cleared where a value is NULL.
   */
  run(table: Pointer, selection: Pointer, from: number, to: number, state: Pointer): number;
}

/** Null when one of the expressions has no generated form. */
export function compileValues(
  exprs: readonly Expr[],
  shapes: readonly ColumnShape[],
  context: Pick<ExecutionContext, 'memory' | 'onModule'>,
  title: string,
): ValueModule | null {
  const since = now();
  const module = new ModuleBuilder();
  const names = ['table', 'selection', 'from', 'to', 'state'];
  const fn = module.function(
    'evaluate',
    names.map((name) => ({ type: 'i32', name })),
    'i32',
  );
  const [table, selection, index, to, state] = names.map((_, i) => fn.param('i32', i)) as [
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
  ];
  const row = fn.local('i32', 'row');
  const ends = new RowState(fn, state, () => get(index));
  let stops = false;
  const stop = (status: number) => () => {
    stops = true;
    return ends.stop(status);
  };
  const generator = new ExprGenerator({
    module,
    fn,
    shapes,
    table,
    row,
    raise: stop(STATUS.raised),
    leave: stop(STATUS.left),
    heap: ends.heap,
  });
  const outputs = exprs.map((_, i) => ({
    data: fn.local('i32', `data_${i}`),
    validity: fn.local('i32', `validity_${i}`),
    nulls: fn.local('i32', `nulls_${i}`),
  }));
  ends.onEnd(() =>
    outputs.map(({ nulls }, i) => i32.store(get(state), get(nulls), outputOffset(i) + OUTPUT_FIELDS.nulls)),
  );
  const emitted: Emitted[] = [];
  for (const expr of exprs) {
    const made = generator.tryEmit(expr);
    if (!made) return null;
    emitted.push(made);
  }
  const stores = emitted.flatMap((made, i) => {
    const { data, validity, nulls } = outputs[i] as (typeof outputs)[number];
    return [
      ...made.code,
      ...storeValue(made, (exprs[i] as Expr).type, data, row),
      ...storeNull(made, validity, nulls, row),
    ];
  });
  const nextRow = choose(
    get(selection),
    i32.load(i32.add(get(selection), i32.shl(get(index), i32.const(2)))),
    get(index),
  );
  fn.setBody([
    ...generator.prologue(),
    ...ends.begin(),
    ...outputs.flatMap(({ data, validity, nulls }, i) => [
      set(data, i32.load(get(state), outputOffset(i) + OUTPUT_FIELDS.data)),
      set(validity, i32.load(get(state), outputOffset(i) + OUTPUT_FIELDS.validity)),
      set(nulls, i32.load(get(state), outputOffset(i) + OUTPUT_FIELDS.nulls)),
    ]),
    block((done) => [
      brIf(done, i32.geU(get(index), get(to))),
      loop((again) => [
        set(row, nextRow),
        ...stores,
        set(index, i32.add(get(index), i32.const(1))),
        brIf(again, i32.ltU(get(index), get(to))),
      ]),
    ]),
    ...ends.stop(STATUS.done),
  ]);
  const { evaluate } = instantiate<{ evaluate: ValueModule['run'] }>(module, context, title, since);
  return {
    constants: generator.constants,
    outputs: emitted.map(({ value, isNull }) => ({ nullable: isNull !== null, bounds: boundsOf(value) })),
    stops,
    run: evaluate,
  };
}

const boundsOf = (value: EmittedValue) => ('bounds' in value ? value.bounds : null);

function storeNull({ isNull }: Emitted, validity: Local<'i32'>, nulls: Local<'i32'>, row: Local<'i32'>): Statement[] {
  if (!isNull) return [];
  const at = () => i32.add(get(validity), i32.shrU(get(row), i32.const(3)));
  const bit = i32.shl(get(isNull), i32.and(get(row), i32.const(7)));
  return [
    i32.store8(at(), i32.and(i32.load8U(at()), i32.xor(bit, i32.const(-1)))),
    set(nulls, i32.or(get(nulls), get(isNull))),
  ];
}

function storeValue({ value, isNull }: Emitted, type: SqlType, data: Local<'i32'>, row: Local<'i32'>): Statement[] {
  const layout = layoutOf(type);
  const width = layout === 'views' ? 8 : layout;
  const at = () => elementAt(data, get(row), width);
  switch (value.kind) {
    case 'i32':
      return [storeI32(at(), get(value.local), width)];
    case 'i64':
      return [i64.store(at(), get(value.local))];
    case 'f32':
      return [f32.store(at(), get(value.local))];
    case 'f64':
      return [f64.store(at(), get(value.local))];
    case 'i128':
      return [i64.store(at(), get(value.low)), i64.store(at(), get(value.high), 8)];
    case 'interval':
      return [
        i32.store(at(), get(value.months)),
        i32.store(at(), get(value.days), 4),
        i64.store(at(), get(value.micros), 8),
      ];
    case 'view': {
      const length = isNull ? select(i32.const(0), get(value.length), get(isNull)) : get(value.length);
      return [i32.store(at(), get(value.pointer)), i32.store(at(), length, 4)];
    }
    default:
      return assertNever(value);
  }
}

function storeI32(at: Code<'i32'>, value: Code<'i32'>, width: number): Statement {
  if (width === 1) return i32.store8(at, value);
  return width === 2 ? i32.store16(at, value) : i32.store(at, value);
}
