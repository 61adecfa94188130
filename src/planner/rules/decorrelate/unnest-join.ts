import { assertNever } from '../../../common/errors.ts';
import type { Expr } from '../../../operators/expr/expr.ts';
import { substitute } from '../../../operators/expr/rewrite.ts';
import { columnExpr, conjuncts } from '../../expr/build.ts';
import { exprKey } from '../../expr/same-expr.ts';
import type { LogicalJoin } from '../../logical/logical-plan.ts';
import { join } from '../../logical/rebuild.ts';
import { reproject } from '../../logical/renew-columns.ts';
import { aligned } from './align.ts';
import { equality } from './conditions.ts';
import { conditionOf, outerColumnsIn, withDefaults, withOuterValues } from './domain-join.ts';
import type { Unnester } from './unnest.ts';
import { type OuterEquality, outerValues, type Unnested } from './unnested.ts';

export function unnestJoin(node: LogicalJoin, unnester: Unnester): Unnested {
  switch (node.type) {
    case 'inner':
      return unnestInner(node, unnester);
    case 'left':
    case 'right':
    case 'semi':
    case 'anti':
    case 'mark':
      return unnestOuter(node, unnester);
    case 'full':
      return unnestFull(node, unnester);
    default:
      return assertNever(node.type);
  }
}

/** Pairs belong to an outer row that both of them belong to. */
function unnestInner(node: LogicalJoin, unnester: Unnester): Unnested {
  const left = withDefaults(unnester.unnest(node.left), unnester.context);
  const right = withDefaults(unnester.unnest(node.right), unnester.context);
  const conditions = node.condition ? conjuncts(node.condition) : [];
  const local = conditions.filter((condition) => !unnester.readsOuter(condition));
  const equalities = new Map<string, OuterEquality>(left.equalities.map((each) => [exprKey(each.outer), each]));
  for (const each of right.equalities) {
    const key = exprKey(each.outer);
    const other = equalities.get(key);
    if (!other) {
      equalities.set(key, each);
      continue;
    }
    const nullsEqual = other.nullsEqual && each.nullsEqual;
    local.push(equality(other.inner, each.inner, nullsEqual));
    equalities.set(key, { ...other, nullsEqual });
  }
  const pairs: Unnested = {
    plan: join({ ...node, left: left.plan, right: right.plan, condition: conditionOf(local) }),
    equalities: [...equalities.values()],
    others: [...left.others, ...right.others],
    known: new Map([...left.known, ...right.known]),
    defaults: null,
  };
  return unnester.filter(
    pairs,
    conditions.filter((condition) => unnester.readsOuter(condition)),
  );
}

/** The kept side knows which outer row its rows belong to; the other side's conditions become the join's. */
function unnestOuter(node: LogicalJoin, unnester: Unnester): Unnested {
  const { context } = unnester;
  const [keptSide, otherSide] = node.type === 'right' ? [node.right, node.left] : [node.left, node.right];
  const other = withDefaults(unnester.unnest(otherSide), context);
  const asked = [
    ...other.equalities.map(({ outer }) => outer),
    ...other.others,
    ...(node.condition ? [node.condition] : []),
    ...(node.compare ? [node.compare] : []),
  ];
  const unsettled = withDefaults(unnester.unnest(keptSide), context);
  const wanted = outerColumnsIn(asked, context.outer);
  const kept = wanted.size === 0 ? unsettled : withOuterValues(unsettled, wanted, context);
  const values = outerValues(kept);
  const within = (expr: Expr) => substitute(expr, values);
  const conditions = [
    ...other.equalities.map(({ outer, inner, nullsEqual }) => equality(within(outer), inner, nullsEqual)),
    ...other.others.map(within),
    ...(node.condition ? [within(node.condition)] : []),
  ];
  const [left, right] = node.type === 'right' ? [other, kept] : [kept, other];
  return {
    ...kept,
    plan: join({
      ...node,
      left: left.plan,
      right: right.plan,
      condition: conditionOf(conditions),
      compare: node.compare && within(node.compare),
    }),
  };
}

function unnestFull(node: LogicalJoin, unnester: Unnester): Unnested {
  const { context } = unnester;
  const asked = outerColumnsIn(node.condition ? [node.condition] : [], context.outer);
  const [left, right] = aligned([unnester.unnest(node.left), unnester.unnest(node.right)], asked, context) as [
    Unnested,
    Unnested,
  ];
  const values = outerValues(left);
  const conditions: Expr[] = left.equalities.map(({ inner, nullsEqual }, i) =>
    equality(inner, (right.equalities[i] as OuterEquality).inner, nullsEqual),
  );
  if (node.condition) conditions.push(substitute(node.condition, values));
  const pairs = join({ ...node, left: left.plan, right: right.plan, condition: conditionOf(conditions) });
  const keys = left.equalities.map(({ inner }) => context.ids.column('key', inner.type, true));
  const plan = reproject(
    pairs,
    [...pairs.columns, ...keys],
    [
      ...pairs.columns.map((column) => columnExpr(column)),
      ...left.equalities.map(({ inner }, i) => either(inner, (right.equalities[i] as OuterEquality).inner)),
    ],
    context,
  );
  return {
    plan,
    equalities: left.equalities.map((each, i) => ({ ...each, inner: columnExpr(keys[i] as (typeof keys)[number]) })),
    others: [],
    known: new Map(),
    defaults: null,
  };
}

/** The first, or the second when it is NULL. */
const either = (first: Expr, second: Expr): Expr => ({
  kind: 'call',
  function: 'coalesce',
  args: [first, second],
  type: first.type,
});
