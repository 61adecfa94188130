import { get, i32, set, when } from '../../../wasm/emit/code.ts';
import { type CallEmitter, strict } from './call-emitter.ts';
import type { CodeWriter } from './code-writer.ts';
import { type Comparison, compare } from './comparisons.ts';
import { mergeOf } from './materialize.ts';
import type { Computed, Operand } from './operand.ts';

const comparison = (name: Comparison): CallEmitter =>
  strict((w, [a, b]) => ({
    kind: 'boolean',
    value: w.keep(compare(w, name, a as Operand, b as Operand), 'holds'),
  }));

/** IS [NOT] DISTINCT FROM: NULL is a value like any other. */
const distinctness =
  (distinct: boolean): CallEmitter =>
  (w, _, [a, b]) => {
    const [x, y] = [a as Computed, b as Computed];
    const differ = w.keep(compare(w, '<>', x.value, y.value), 'differ');
    const oneNull = x.isNull && y.isNull ? i32.xor(x.isNull(), y.isNull()) : (x.isNull ?? y.isNull)?.();
    let result = differ();
    if (oneNull) {
      const someNull =
        x.isNull && y.isNull
          ? i32.or(x.isNull(), y.isNull())
          : ((x.isNull ?? y.isNull) as () => ReturnType<typeof differ>)();
      result = i32.or(oneNull, i32.and(differ(), i32.eqz(someNull)));
    }
    return { value: { kind: 'boolean', value: w.keep(distinct ? result : i32.eqz(result), 'distinct') }, isNull: null };
  };

/** The first or last of its arguments; of equal ones the first stays. */
const extreme =
  (name: 'greatest' | 'least'): CallEmitter =>
  (w, _, args) => {
    const merge = mergeOf(
      w,
      args.map(({ value }) => value),
    );
    const [first, ...others] = args as readonly [Computed, ...Computed[]];
    w.push(...merge.assign(first.value));
    if (args.every(({ isNull }) => !isNull)) {
      for (const { value } of others) w.push(when(better(w, name, value, merge.value), merge.assign(value)));
      return { value: merge.value, isNull: null };
    }
    const isNull = w.local('i32', 'null');
    w.push(set(isNull, first.isNull ? first.isNull() : i32.const(0)));
    for (const other of others) {
      const beats = w.keep(better(w, name, other.value, merge.value), 'beats');
      const takes = i32.or(get(isNull), beats());
      const live = other.isNull ? i32.and(i32.eqz(other.isNull()), takes) : takes;
      w.push(when(live, [...merge.assign(other.value), set(isNull, i32.const(0))]));
    }
    return { value: merge.value, isNull: () => get(isNull) };
  };

const better = (w: CodeWriter, name: 'greatest' | 'least', candidate: Operand, best: Operand) =>
  compare(w, name === 'greatest' ? '>' : '<', candidate, best);

export const COMPARISONS: Readonly<Record<string, CallEmitter>> = {
  '=': comparison('='),
  '<>': comparison('<>'),
  '<': comparison('<'),
  '<=': comparison('<='),
  '>': comparison('>'),
  '>=': comparison('>='),
  is_distinct_from: distinctness(true),
  is_not_distinct_from: distinctness(false),
  greatest: extreme('greatest'),
  least: extreme('least'),
};
