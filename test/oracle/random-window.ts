import type { SqlType } from '../../src/common/types.ts';
import { isNumeric } from '../../src/common/types.ts';
import type { Column, Expr } from '../../src/operators/expr/expr.ts';
import type { FrameBound, SortKey, WindowFrame } from '../../src/operators/plan.ts';
import type { Chance } from './chance.ts';
import { big, literal, ref } from './expr-builder.ts';
import { frame, over, type WindowTerm } from './window-term.ts';

/** What a random window function is made over. */
export interface WindowScope {
  /** Possible arguments. */
  readonly columns: readonly Column[];
  readonly keys: readonly SortKey[];
  /** Whether the order leaves no two rows that differ as peers. */
  readonly total: boolean;
  readonly condition: () => Expr;
}

export function randomWindowTerm(chance: Chance, scope: WindowScope): WindowTerm {
  const of = chance.pick(scope.columns);
  const kind = chance.int(3);
  if (kind === 0) {
    const name = chance.pick([...RANKINGS, ...(scope.total ? ['row_number', 'ntile'] : [])]);
    return over(name, name === 'ntile' ? [big(1 + chance.int(5))] : []);
  }
  if (kind === 1 && scope.total) {
    const name = chance.pick(['lag', 'lead', 'first_value', 'last_value', 'nth_value']);
    const second =
      name === 'nth_value'
        ? [big(1 + chance.int(3))]
        : name.startsWith('l') && name !== 'last_value'
          ? [big(chance.int(4))]
          : [];
    return over(name, [ref(of), ...second], { frame: randomFrame(chance, scope), ignoreNulls: chance.rarely(4) });
  }
  const names = ['count', 'min', 'max', ...(isNumeric(of.type) ? ['sum', 'avg'] : [])];
  const filter = chance.rarely(5) ? { filter: scope.condition() } : {};
  return over(chance.pick(names), [ref(of)], { frame: randomFrame(chance, scope), ...filter });
}

const RANKINGS = ['rank', 'dense_rank', 'percent_rank', 'cume_dist'];

/** Types of order keys that a number of their own type is added to. */
const RANGED: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint']);

type BoundKind = FrameBound['kind'];

function randomFrame(chance: Chance, { keys, total }: WindowScope): WindowFrame {
  const [key] = keys;
  const unit = chance.pick<WindowFrame['unit']>(total ? ['rows', 'range', 'groups'] : ['range', 'groups']);
  const type: SqlType | null = keys.length === 1 && key && RANGED.has(key.expr.type.kind) ? key.expr.type : null;
  const offsets: BoundKind[] = unit === 'range' && type === null ? [] : ['preceding', 'following'];
  const start = chance.pick<BoundKind>(['unboundedPreceding', 'currentRow', ...offsets]);
  const end = chance.pick<BoundKind>([
    'unboundedFollowing',
    ...(start === 'following' ? [] : (['currentRow'] as const)),
    ...offsets.filter((kind) => kind === 'following' || start === 'unboundedPreceding' || start === 'preceding'),
  ]);
  const bound = (kind: BoundKind): FrameBound => {
    if (kind !== 'preceding' && kind !== 'following') return { kind };
    if (unit !== 'range') return { kind, offset: big(chance.int(4)) };
    const offset = chance.int(20);
    return { kind, offset: literal(type?.kind === 'bigint' ? BigInt(offset) : offset, type as SqlType) };
  };
  return frame(unit, bound(start), bound(end), chance.pick(['noOthers', 'noOthers', 'currentRow', 'group', 'ties']));
}
