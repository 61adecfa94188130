import type { Span } from '../../common/errors.ts';
import { BOOLEAN, DOUBLE, isInteger } from '../../common/types.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { castTo, literal } from '../expr/build.ts';
import { checkedSize } from '../expr/expr-size.ts';
import type {
  BetweenOperation,
  BinaryOperation,
  DistinctTest,
  InListOperation,
  LikeOperation,
  NullTest,
} from '../parse/ast-expr.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { callOf, unified } from './resolve-call.ts';
import { bindRow, compareRows, rowInList, rowIsNull } from './row-values.ts';

/** Other spellings of operators of the registry. */
const OPERATORS: Readonly<Record<string, string>> = {
  '!=': '<>',
  '==': '=',
  '^': 'power',
  '**': 'power',
  '^@': 'starts_with',
};

export const operatorName = (operator: string) => OPERATORS[operator] ?? operator;

export function bindBinary(node: BinaryOperation, env: ExprEnvironment): Expr {
  const { left, right, span } = node;
  const operator = operatorName(node.operator);
  if (left.kind === 'row' || right.kind === 'row') {
    return compareRows(operator, bindRow(left, env), bindRow(right, env), span);
  }
  const args = [bindExpr(left, env), bindExpr(right, env)];
  switch (operator) {
    case '/':
      return division(args, env, span);
    case '||':
      return callOf(concatenation(args), args, span);
    default:
      return callOf(operator, args, span);
  }
}

/** Of lists, of a list and an element, or of texts. */
function concatenation([left, right]: readonly Expr[]): string {
  const [isList, otherIsList] = [left?.type.kind === 'list', right?.type.kind === 'list'];
  if (!isList && !otherIsList) return '||';
  const isNull = left?.type.kind === 'null' || right?.type.kind === 'null';
  if ((isList && otherIsList) || isNull) return 'list_concat';
  return isList ? 'list_append' : 'list_prepend';
}

/** Of whole numbers truncated, unless `integer_division` says otherwise. */
function division(args: readonly Expr[], { context }: ExprEnvironment, span: Span): Expr {
  const truncates = context.session.settings.integer_division || !args.every(({ type }) => isInteger(type));
  const operands = truncates ? args : args.map((arg) => castTo(arg, DOUBLE));
  return callOf('/', operands, span);
}

export function bindDistinct({ left, right, negated, span }: DistinctTest, env: ExprEnvironment): Expr {
  const name = negated ? 'is_not_distinct_from' : 'is_distinct_from';
  return compareRows(name, bindRow(left, env), bindRow(right, env), span);
}

export function bindNullTest({ operand, negated, span }: NullTest, env: ExprEnvironment): Expr {
  return rowIsNull(bindRow(operand, env), negated, span);
}

export function bindLike(node: LikeOperation, env: ExprEnvironment): Expr {
  const parts = [node.input, node.pattern, ...(node.escape ? [node.escape] : [])];
  const args = parts.map((part) => bindExpr(part, env));
  const name = node.operator.replace(' ', '_');
  return callOf(node.negated ? `not_${name}` : name, args, node.span);
}

export function bindBetween(node: BetweenOperation, env: ExprEnvironment): Expr {
  const { span, negated } = node;
  const [input, low, high] = [node.input, node.low, node.high].map((part) => bindRow(part, env)) as [
    readonly Expr[],
    readonly Expr[],
    readonly Expr[],
  ];
  const within = (from: readonly Expr[], to: readonly Expr[]): Expr => {
    const args = [compareRows('>=', input, from, span), compareRows('<=', input, to, span)];
    return { kind: 'and', args, type: BOOLEAN, span };
  };
  const between: Expr = node.symmetric
    ? { kind: 'or', args: [within(low, high), within(high, low)], type: BOOLEAN, span }
    : within(low, high);
  return checkedSize(negated ? { kind: 'not', input: between, type: BOOLEAN, span } : between);
}

export function bindInList(node: InListOperation, env: ExprEnvironment): Expr {
  const { span, negated } = node;
  if (node.input.kind === 'row' || node.list.some(({ kind }) => kind === 'row')) {
    const list = node.list.map((item) => bindRow(item, env));
    return rowInList(bindRow(node.input, env), list, negated, span);
  }
  return inList(
    [node.input, ...node.list].map((part) => bindExpr(part, env)),
    negated,
    span,
  );
}

/** The first IN the others. */
export function inList(exprs: readonly Expr[], negated: boolean, span: Span): Expr {
  const [input, ...list] = unified(exprs, 'IN', span) as [Expr, ...Expr[]];
  // The registry knows what can be compared: two of the type.
  callOf('=', [input, input], span);
  return { kind: 'inList', input, list, negated, type: BOOLEAN, span };
}

export function bindTruth(input: Expr, truth: 'true' | 'false' | 'unknown', negated: boolean, span: Span): Expr {
  if (truth === 'unknown') return { kind: 'isNull', input, negated, type: BOOLEAN, span };
  return callOf(
    negated ? 'is_distinct_from' : 'is_not_distinct_from',
    [input, literal(truth === 'true', BOOLEAN)],
    span,
  );
}
