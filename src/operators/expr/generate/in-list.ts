import { type Code, choose, get, i32, i64, set } from '../../../wasm/emit/code.ts';
import type { InListExpr } from '../expr.ts';
import type { CodeWriter } from './code-writer.ts';
import { compare } from './comparisons.ts';
import { textBytes } from './literals.ts';
import {
  type Computed,
  type ExactOperand,
  INT64,
  NotGenerated,
  type Operand,
  rangeOf,
  type ViewOperand,
  within,
} from './operand.ts';

/** As many comparisons cost no more than a search. */
const FEW = 6;
/** Most bits of a set of small numbers. */
const MOST_BITS = 1n << 14n;

/** `input IN (list)`, with all of the list computed already unless it is literals. */
export function emitInList(
  w: CodeWriter,
  expr: InListExpr,
  input: Computed,
  visit: (item: InListExpr['list'][number]) => Computed,
): Computed {
  const values = expr.list.map((item) => (item.kind === 'literal' ? item.value : undefined));
  const literal = values.every((value) => value !== undefined);
  const present = values.filter((value) => value !== null && value !== undefined);
  if (literal && present.length > FEW) {
    const found = w.keep(searched(w, input.value, expr, present as NonNullable<(typeof present)[number]>[]), 'found');
    return answer(w, expr, input, found(), values.includes(null) ? () => i32.const(1) : null);
  }
  const items = expr.list.map(visit);
  const found = w.local('i32', 'found');
  w.push(set(found, i32.const(0)));
  for (const { value, isNull } of items) {
    const same = w.keep(compare(w, '=', input.value, value), 'same');
    w.push(set(found, i32.or(get(found), isNull ? i32.and(same(), i32.eqz(isNull())) : same())));
  }
  const nulls = items.map(({ isNull }) => isNull).filter((isNull) => isNull !== null);
  const someNull =
    nulls.length > 0
      ? w.keep(
          nulls.map((isNull) => isNull()).reduce((all, isNull) => i32.or(all, isNull)),
          'null',
        )
      : null;
  return answer(w, expr, input, get(found), someNull);
}

function answer(
  w: CodeWriter,
  { negated }: InListExpr,
  input: Computed,
  found: Code<'i32'>,
  someNull: (() => Code<'i32'>) | null,
): Computed {
  const kept = w.keep(found, 'in');
  const unknown = someNull ? i32.and(someNull(), i32.eqz(kept())) : null;
  const missing = input.isNull && unknown ? i32.or(input.isNull(), unknown) : (input.isNull?.() ?? unknown);
  return {
    value: { kind: 'boolean', value: negated ? w.keep(i32.eqz(kept()), 'not') : kept },
    isNull: missing && w.keep(missing, 'null'),
  };
}

/** A search among many literals: by bit, or by halving a sorted list. */
function searched(
  w: CodeWriter,
  input: Operand,
  expr: InListExpr,
  values: readonly NonNullable<unknown>[],
): Code<'i32'> {
  if (input.kind === 'exact' && rangeOf(expr.input.type)) {
    return numberSearch(
      w,
      input,
      values.map((value) => BigInt(value as number | bigint)),
    );
  }
  if (input.kind === 'view') return textSearch(w, input, values as readonly (string | Uint8Array)[]);
  throw new NotGenerated('a long list');
}

function numberSearch(w: CodeWriter, input: ExactOperand, values: readonly bigint[]): Code<'i32'> {
  const sorted = [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [min, max] = [sorted[0] as bigint, sorted.at(-1) as bigint];
  if (input.wide || !within({ min, max }, INT64)) throw new NotGenerated('wide numbers');
  if (max - min < MOST_BITS) {
    const bits = new Uint8Array(Number((max - min) / 8n) + 1);
    for (const value of sorted) {
      const at = Number(value - min);
      bits[at >>> 3] = (bits[at >>> 3] as number) | (1 << (at & 7));
    }
    const table = w.constant(bits);
    const index = w.keep(i64.sub(input.low(), i64.const(min)), 'index');
    const small = () => i32.wrapI64(index());
    const byte = i32.load8U(i32.add(table(), i32.shrU(small(), i32.const(3))));
    const bit = i32.and(i32.shrU(byte, i32.and(small(), i32.const(7))), i32.const(1));
    return choose(i64.leU(index(), i64.const(max - min)), bit, i32.const(0));
  }
  const table = w.constant(new Uint8Array(BigInt64Array.from(sorted).buffer));
  return w.kernel(
    'decimals',
    'sortedContains',
    ['i32', 'i32', 'i64'],
    'i32',
    table(),
    i32.const(sorted.length),
    input.low(),
  );
}

function textSearch(w: CodeWriter, input: ViewOperand, values: readonly (string | Uint8Array)[]): Code<'i32'> {
  const all = values.map((value) => Buffer.from(typeof value === 'string' ? textBytes(value) : value));
  const sorted = all.sort(Buffer.compare);
  const ends: number[] = [];
  let end = 0;
  for (const { length } of sorted) {
    end += length;
    ends.push(end);
  }
  const table = w.constant(Buffer.concat([new Uint8Array(Uint32Array.from([0, ...ends]).buffer), ...sorted]));
  return w.kernel(
    'strings',
    'sortedContains',
    ['i32', 'i32', 'i32', 'i32'],
    'i32',
    table(),
    i32.const(sorted.length),
    input.pointer(),
    input.length(),
  );
}
