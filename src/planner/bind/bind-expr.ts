import { assertNever, BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { BOOLEAN, isNested, NULL, type SqlType, sameType, typeName, VARCHAR } from '../../common/types.ts';
import { canCast } from '../../operators/expr/coerce.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { castTo, literal } from '../expr/build.ts';
import type { AstExpr, SubqueryExpression } from '../parse/ast-expr.ts';
import type { AggregateCollector } from './aggregates.ts';
import { bindCall, bindCase } from './bind-call.ts';
import type { BindContext } from './bind-context.ts';
import { bindList, bindQuantified, bindSubscript, fieldOf } from './bind-nested.ts';
import {
  bindBetween,
  bindBinary,
  bindDistinct,
  bindInList,
  bindLike,
  bindNullTest,
  bindTruth,
} from './bind-predicates.ts';
import { intervalLiteral, numberLiteral, textAs } from './literals.ts';
import { bindParameter } from './parameters.ts';
import { callOf, condition, noSuchCall } from './resolve-call.ts';
import { bindRow, rowValue } from './row-values.ts';
import type { Scope } from './scope.ts';
import type { UnnestCollector } from './unnest-items.ts';
import type { WindowCollector } from './windows.ts';

/** Where an expression stands: what it can name, and whether it can aggregate. */
export interface ExprEnvironment {
  readonly context: BindContext;
  readonly scope: Scope;
  /** Takes aggregate calls; the name of the clause where there can be none. */
  readonly aggregates: AggregateCollector | { readonly forbiddenIn: string };
  /** Takes window functions; absent or the name of the clause where there can be none. */
  readonly windows?: WindowCollector | { readonly forbiddenIn: string };
  /** Takes queries; absent where there can be none. */
  readonly subqueries?: Subqueries;
  /** Takes unnest in the select list; absent where there can be none. */
  readonly unnests?: UnnestCollector;
  /** Tried for every column that the scope does not have: aliases of the select list. */
  readonly alias?: (node: AstExpr) => Expr | null;
}

/** Binds the queries that stand in an expression. */
export interface Subqueries {
  value(node: SubqueryExpression, env: ExprEnvironment): Expr;
  /** The values of a query of one row, for `(a, b) = (SELECT …)`. */
  row(node: SubqueryExpression, env: ExprEnvironment): readonly Expr[];
}

/** Binds a part of an expression in the environment of the whole. */
export type Bind = (node: AstExpr) => Expr;

/** An expression of the AST with names resolved, types known and casts explicit. */
export function bindExpr(node: AstExpr, env: ExprEnvironment): Expr {
  const { span } = node;
  const bind = (inner: AstExpr) => bindExpr(inner, env);
  switch (node.kind) {
    case 'number':
      return numberLiteral(node);
    case 'string':
      return literal(node.value, VARCHAR, span);
    case 'boolean':
      return literal(node.value, BOOLEAN, span);
    case 'null':
      return literal(null, NULL, span);
    case 'interval':
      return intervalLiteral(node);
    case 'column': {
      const alias = env.alias?.(node);
      return alias ?? env.scope.resolve(node.path, span);
    }
    case 'star':
      throw new BindError('SQ1106', '* stands for columns only in the select list and in count(*)', { span });
    case 'parameter':
      return bindParameter(node, env.context);
    case 'unary':
      return bindUnary(node.operator, bind(node.operand), span);
    case 'binary':
      return bindBinary(node, env);
    case 'and':
    case 'or': {
      const args = node.args.map((arg) => condition(bind(arg), node.kind.toUpperCase()));
      return { kind: node.kind, args, type: BOOLEAN, span };
    }
    case 'not':
      return { kind: 'not', input: condition(bind(node.operand), 'NOT'), type: BOOLEAN, span };
    case 'like':
      return bindLike(node, env);
    case 'between':
      return bindBetween(node, env);
    case 'inList':
      return bindInList(node, env);
    case 'isNull':
      return bindNullTest(node, env);
    case 'isTruth':
      return bindTruth(condition(bind(node.operand), 'IS'), node.truth, node.negated, span);
    case 'isDistinct':
      return bindDistinct(node, env);
    case 'call':
      return bindCall(node, env);
    case 'case':
      return bindCase(node, env);
    case 'cast':
      return bindCast(bind(node.operand), node.type, node.try, span);
    case 'row':
      return rowValue(bindRow(node, env), span);
    case 'list':
      return bindList(node, bind);
    case 'subscript':
      return bindSubscript(node, bind);
    case 'field':
      return fieldOf(bind(node.operand), node.field, span);
    case 'quantified':
      return bindQuantified(node, bind);
    case 'subquery':
      if (env.subqueries) return env.subqueries.value(node, env);
      throw new UnsupportedError('SQ2005', 'a query inside an expression is not supported yet', {
        span,
        hint: 'run it on its own and write its result into the query',
      });
    default:
      return assertNever(node);
  }
}

function bindUnary(operator: string, operand: Expr, span: Span): Expr {
  switch (operator) {
    case '-':
      return callOf('negate', [operand], span);
    case '+':
      callOf('negate', [operand], span);
      return operand;
    case '~':
      return callOf('bitwise_not', [operand], span);
    case '@':
      return callOf('abs', [operand], span);
    case '|/':
      return callOf('sqrt', [operand], span);
    case '||/':
      return callOf('cbrt', [operand], span);
    default:
      throw noSuchCall(operator, [operand.type], span);
  }
}

function bindCast(input: Expr, type: SqlType, forgiving: boolean, span: Span): Expr {
  if (sameType(input.type, type)) return input;
  if (input.type.kind === 'varchar' && isNested(type)) {
    throw new UnsupportedError('SQ2001', `a cast of a text to ${typeName(type)} is not supported yet`, {
      span,
      hint: 'write the value: ARRAY[1, 2], ROW(1, 2)',
    });
  }
  if (!canCast(input.type, type)) {
    throw new BindError('SQ1105', `cannot cast ${typeName(input.type)} to ${typeName(type)}`, { span });
  }
  if (forgiving) return { kind: 'cast', input, type, try: true, span };
  if (input.kind === 'literal' && input.type.kind === 'varchar' && input.value !== null) {
    return textAs(input.value as string, type, span);
  }
  return { ...castTo(input, type), span };
}
