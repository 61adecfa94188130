import { BindError, type Span } from '../../common/errors.ts';
import { BIGINT, DOUBLE, isFloat, isInteger, isNumeric, type SqlType, typeName } from '../../common/types.ts';
import { asDecimal } from '../../operators/expr/coerce.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { isConstant } from '../../operators/expr/rewrite.ts';
import type { FrameBound, SortKey, WindowFrame } from '../../operators/plan.ts';
import { castTo } from '../expr/build.ts';
import { didYouMean, listed } from '../near-names.ts';
import type {
  FrameBound as AstBound,
  WindowFrame as AstFrame,
  NamedWindow,
  OrderItem,
  WindowSpec,
} from '../parse/ast.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { adaptTexts } from './resolve-call.ts';

/** A window with what it takes over from the one that it names. */
export interface ResolvedWindow {
  readonly partitionBy: readonly AstExpr[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: AstFrame | null;
  readonly span: Span;
}

/**
 * `OVER w` is the window w; `OVER (w …)` adds an order or a frame to it and changes nothing that it says. Throws BindError SQ1114.
 */
export function resolveWindow(spec: WindowSpec, named: readonly NamedWindow[]): ResolvedWindow {
  const { name, partitionBy, orderBy, frame, span } = spec;
  if (name === null) return spec;
  const base = named.findLast((window) => window.name.toLowerCase() === name.toLowerCase());
  if (!base) {
    const names = named.map((window) => window.name);
    const near = didYouMean(name, names);
    throw new BindError('SQ1114', `there is no window "${name}"`, {
      span,
      hint: near ?? (names.length > 0 ? `WINDOW has ${listed(names)}` : 'define it: WINDOW w AS (…)'),
    });
  }
  const of = resolveWindow(base.window, named.slice(0, named.indexOf(base)));
  if (partitionBy.length === 0 && orderBy.length === 0 && frame === null) return { ...of, span };
  const refuse = (message: string) => new BindError('SQ1114', message, { span, hint: 'write the window out' });
  if (partitionBy.length > 0) throw refuse(`PARTITION BY cannot be added to the window "${name}"`);
  if (orderBy.length > 0 && of.orderBy.length > 0) throw refuse(`the window "${name}" has an ORDER BY already`);
  if (of.frame) throw refuse(`the window "${name}" has a frame and cannot be extended`);
  return { partitionBy: of.partitionBy, orderBy: orderBy.length > 0 ? orderBy : of.orderBy, frame, span };
}

/** Up to the row and its peers. */
const DEFAULT_FRAME: WindowFrame = {
  unit: 'range',
  start: { kind: 'unboundedPreceding' },
  end: { kind: 'currentRow' },
  exclude: 'noOthers',
};

/** The frame that a window's functions see. Throws BindError SQ1114 for one that cannot be. */
export function bindFrame(window: ResolvedWindow, orderBy: readonly SortKey[], env: ExprEnvironment): WindowFrame {
  const { frame, span } = window;
  if (!frame) return DEFAULT_FRAME;
  const { unit, start, end, exclude } = frame;
  refuseOrder(start, end, span);
  if (unit === 'groups' && orderBy.length === 0) {
    throw new BindError('SQ1114', 'a frame of GROUPS needs an ORDER BY', { span, hint: 'the groups are its peers' });
  }
  const bound = (side: AstBound) => bindBound(side, unit, orderBy, span, env);
  return { unit, start: bound(start), end: bound(end), exclude: exclude ?? 'noOthers' };
}

const PLACES = ['unboundedPreceding', 'preceding', 'currentRow', 'following', 'unboundedFollowing'] as const;

function refuseOrder(start: AstBound, end: AstBound, span: Span): void {
  const refuse = (message: string) => new BindError('SQ1114', message, { span, hint: 'turn the bounds around' });
  if (start.kind === 'unboundedFollowing') throw refuse('a frame cannot start at UNBOUNDED FOLLOWING');
  if (end.kind === 'unboundedPreceding') throw refuse('a frame cannot end at UNBOUNDED PRECEDING');
  if (PLACES.indexOf(start.kind) > PLACES.indexOf(end.kind)) {
    throw refuse(`a frame cannot start at ${WORDS[start.kind]} and end at ${WORDS[end.kind]}`);
  }
}

const WORDS: Readonly<Record<(typeof PLACES)[number], string>> = {
  unboundedPreceding: 'UNBOUNDED PRECEDING',
  preceding: 'n PRECEDING',
  currentRow: 'CURRENT ROW',
  following: 'n FOLLOWING',
  unboundedFollowing: 'UNBOUNDED FOLLOWING',
};

function bindBound(
  side: AstBound,
  unit: WindowFrame['unit'],
  orderBy: readonly SortKey[],
  span: Span,
  env: ExprEnvironment,
): FrameBound {
  if (!('offset' in side)) return side;
  const offset = bindExpr(side.offset, { ...env, aggregates: { forbiddenIn: 'the bound of a frame' } });
  if (!isConstant(offset)) {
    throw new BindError('SQ1114', 'the bound of a frame needs a constant', {
      span: side.offset.span,
      hint: 'write a number',
    });
  }
  return { kind: side.kind, offset: unit === 'range' ? rangeOffset(offset, orderBy, span) : rowCount(offset, unit) };
}

function rowCount(offset: Expr, unit: 'rows' | 'groups'): Expr {
  const [adapted] = adaptTexts([offset], BIGINT) as [Expr];
  if (isInteger(adapted.type) || adapted.type.kind === 'null') return castTo(adapted, BIGINT);
  throw new BindError('SQ1114', `${unit.toUpperCase()} is counted in whole numbers, not by ${typeName(offset.type)}`, {
    ...(offset.span && { span: offset.span }),
  });
}

/** An offset that can be added to the one order key. */
function rangeOffset(raw: Expr, orderBy: readonly SortKey[], span: Span): Expr {
  const [key, another] = orderBy;
  if (!key || another) {
    throw new BindError('SQ1114', 'a RANGE with an offset needs exactly one ORDER BY expression', { span });
  }
  const { type } = key.expr;
  const [offset] = adaptTexts([raw], offsetType(type)) as [Expr];
  if (offset.type.kind === 'null') return castTo(offset, offsetType(type));
  if (isFloat(type) && isNumeric(offset.type)) return castTo(offset, DOUBLE);
  if ((asDecimal(type) || type.kind === 'date') && asDecimal(offset.type)) return offset;
  if (MOMENTS.has(type.kind) && offset.type.kind === 'interval') return offset;
  throw new BindError(
    'SQ1114',
    `a RANGE around ${typeName(type)} cannot have an offset of type ${typeName(offset.type)}`,
    {
      ...(offset.span && { span: offset.span }),
      hint: MOMENTS.has(type.kind) ? "write an interval: INTERVAL '1 day'" : 'order by a number, a date or a time',
    },
  );
}

const MOMENTS: ReadonlySet<string> = new Set(['date', 'time', 'timestamp', 'timestamptz', 'interval']);

const offsetType = (key: SqlType): SqlType => (MOMENTS.has(key.kind) ? { kind: 'interval' } : key);
