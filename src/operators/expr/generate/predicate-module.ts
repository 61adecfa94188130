import { block, brIf, choose, get, i32, type Local, loop, set } from '../../../wasm/emit/code.ts';
import { ModuleBuilder } from '../../../wasm/emit/module-builder.ts';
import type { Pointer } from '../../../wasm/vector.ts';
import type { ExecutionContext } from '../../execution.ts';
import type { Expr } from '../expr.ts';
import type { ColumnShape } from './column-shape.ts';
import { ExprGenerator } from './expr-generator.ts';
import { instantiate, now } from './instantiate.ts';
import { RowState, STATUS } from './row-state.ts';

/** Field of the state: how many rows stay. */
export const KEPT = 12;

/** Generated code that selects the rows in which a predicate is true. */
export interface PredicateModule {
  readonly constants: Uint8Array;
  /**
   * Looks at the rows `from` to `to` of the selection (0: all rows) and writes those that stay to `out`, which may be the
   * selection, behind those that are there already: their count is in the state. Answers where it stopped, `to` when it did
   * not; why is in the state.
   */
  run(table: Pointer, selection: Pointer, from: number, to: number, out: Pointer, state: Pointer): number;
}

/** Null when the predicate has no generated form. */
export function compilePredicate(
  predicate: Expr,
  shapes: readonly ColumnShape[],
  context: Pick<ExecutionContext, 'memory' | 'onModule'>,
  title: string,
): PredicateModule | null {
  const since = now();
  const module = new ModuleBuilder();
  const names = ['table', 'selection', 'from', 'to', 'out', 'state'];
  const fn = module.function(
    'select',
    names.map((name) => ({ type: 'i32', name })),
    'i32',
  );
  const [table, selection, index, to, out, state] = names.map((_, i) => fn.param('i32', i)) as [
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
  ];
  const [row, kept, heapStart] = [fn.local('i32', 'row'), fn.local('i32', 'kept'), fn.local('i32', 'heapStart')];
  const ends = new RowState(fn, state, () => get(index));
  ends.onEnd(() => [i32.store(get(state), get(kept), KEPT)]);
  const generator = new ExprGenerator({
    module,
    fn,
    shapes,
    table,
    row,
    raise: () => ends.stop(STATUS.raised),
    leave: () => ends.stop(STATUS.left),
    heap: ends.heap,
  });
  const emitted = generator.tryEmit(predicate);
  if (emitted?.value.kind !== 'i32') return null;
  const { code, value, isNull } = emitted;
  const holds = isNull ? i32.and(get(value.local), i32.eqz(get(isNull))) : get(value.local);
  const nextRow = choose(
    get(selection),
    i32.load(i32.add(get(selection), i32.shl(get(index), i32.const(2)))),
    get(index),
  );
  fn.setBody([
    ...generator.prologue(),
    ...ends.begin(),
    set(kept, i32.load(get(state), KEPT)),
    set(heapStart, get(ends.heap.top)),
    block((done) => [
      brIf(done, i32.geU(get(index), get(to))),
      loop((again) => [
        set(row, nextRow),
        set(ends.heap.top, get(heapStart)),
        ...code,
        i32.store(i32.add(get(out), i32.shl(get(kept), i32.const(2))), get(row)),
        set(kept, i32.add(get(kept), holds)),
        set(index, i32.add(get(index), i32.const(1))),
        brIf(again, i32.ltU(get(index), get(to))),
      ]),
    ]),
    ...ends.stop(STATUS.done),
  ]);
  const { select } = instantiate<{ select: PredicateModule['run'] }>(module, context, title, since);
  return { constants: generator.constants, run: select };
}
