import { assertNever, BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { BOOLEAN, NULL, type SqlType, sameType, typeName, VARCHAR } from '../../common/types.ts';
import { aggregateNames } from '../../operators/aggregate/functions.ts';
import { canCast, commonType } from '../../operators/expr/coerce.ts';
import { caseBranch, type Expr } from '../../operators/expr/expr.ts';
import { functionNames, resolveFunction } from '../../operators/expr/functions.ts';
import { castTo, columnExpr, literal } from '../expr/build.ts';
import { checkedSize } from '../expr/expr-size.ts';
import { didYouMean } from '../near-names.ts';
import type {
  AstExpr,
  BetweenOperation,
  CaseExpression,
  FunctionCall,
  InListOperation,
  LikeOperation,
  StringLiteral,
} from '../parse/ast-expr.ts';
import { type AggregateCollector, isAggregate } from './aggregates.ts';
import type { BindContext } from './bind-context.ts';
import { intervalLiteral, numberLiteral, textAs } from './literals.ts';
import type { Scope } from './scope.ts';

/** Where an expression stands: what it can name, and whether it can aggregate. */
export interface ExprEnvironment {
  readonly context: BindContext;
  readonly scope: Scope;
  /** Takes aggregate calls; the name of the clause where there can be none. */
  readonly aggregates: AggregateCollector | { readonly forbiddenIn: string };
  /** Tried for every column that the scope does not have: aliases of the select list. */
  readonly alias?: (node: AstExpr) => Expr | null;
}

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
      return alias ?? columnExpr(env.scope.resolve(node.path, span), span);
    }
    case 'star':
      throw new BindError('SQ1106', '* stands for columns only in the select list and in count(*)', { span });
    case 'parameter':
      throw new UnsupportedError('SQ2001', `the parameter $${node.key} is not supported yet`, {
        span,
        hint: 'write the value into the query',
      });
    case 'unary':
      return bindUnary(node.operator, bind(node.operand), span);
    case 'binary':
      return callOf(node.operator, [bind(node.left), bind(node.right)], span);
    case 'and':
    case 'or': {
      const args = node.args.map((arg) => condition(bind(arg), node.kind.toUpperCase()));
      return { kind: node.kind, args, type: BOOLEAN, span };
    }
    case 'not':
      return { kind: 'not', input: condition(bind(node.operand), 'NOT'), type: BOOLEAN, span };
    case 'like':
      return bindLike(node, bind);
    case 'between':
      return bindBetween(node, bind);
    case 'inList':
      return bindInList(node, bind);
    case 'isNull':
      return { kind: 'isNull', input: bind(node.operand), negated: node.negated, type: BOOLEAN, span };
    case 'isTruth':
      return bindTruth(condition(bind(node.operand), 'IS'), node.truth, node.negated, span);
    case 'isDistinct': {
      const name = node.negated ? 'is_not_distinct_from' : 'is_distinct_from';
      return callOf(name, [bind(node.left), bind(node.right)], span);
    }
    case 'call':
      return bindCall(node, env);
    case 'case':
      return bindCase(node, bind);
    case 'cast':
      if (node.try) throw new UnsupportedError('SQ2001', 'TRY_CAST is not supported yet', { span });
      return bindCast(bind(node.operand), node.type, span);
    case 'row':
      throw new UnsupportedError('SQ2001', 'a row value is not supported yet', { span });
    case 'list':
      throw new UnsupportedError('SQ2001', 'a list is not supported yet', { span });
    case 'subscript':
      throw new UnsupportedError('SQ2001', 'a subscript is not supported yet', { span });
    case 'field':
      throw new UnsupportedError('SQ2001', 'the field of a value is not supported yet', { span });
    case 'quantified':
      throw new UnsupportedError('SQ2001', 'a comparison with ANY or ALL of a list is not supported yet', { span });
    case 'subquery':
      throw new UnsupportedError('SQ2005', 'a query inside an expression is not supported yet', {
        span,
        hint: 'run it on its own and write its result into the query',
      });
    default:
      return assertNever(node);
  }
}

/** A condition: boolean, or an untyped NULL. Throws BindError SQ1105 for everything else. */
export function condition(expr: Expr, where: string): Expr {
  if (expr.type.kind === 'boolean' || expr.type.kind === 'null') return castTo(expr, BOOLEAN);
  throw new BindError('SQ1105', `${where} needs a condition, not a value of type ${typeName(expr.type)}`, {
    ...(expr.span && { span: expr.span }),
    hint: 'write a comparison',
  });
}

function bindUnary(operator: string, operand: Expr, span: Span): Expr {
  if (operator === '-') return callOf('negate', [operand], span);
  if (operator === '+') {
    callOf('negate', [operand], span);
    return operand;
  }
  throw unknownOperator(operator, [operand.type], span);
}

const NEEDS_SAME_TYPES: ReadonlySet<string> = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'is_distinct_from',
  'is_not_distinct_from',
]);

/** A call of the registry with its arguments cast. Throws BindError SQ1105 when no overload takes them. */
export function callOf(name: string, rawArgs: readonly Expr[], span: Span): Expr {
  const args = NEEDS_SAME_TYPES.has(name) ? adaptTexts(rawArgs) : rawArgs;
  const types = args.map((arg) => arg.type);
  const resolved = resolveFunction(name, types);
  if (!resolved) throw unknownOperator(name, types, span);
  const cast = args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType));
  return { kind: 'call', function: resolved.name, args: cast, type: resolved.type, span };
}

/** A constant text beside values of another type is read as that type, as in `l_shipdate <= '1998-09-02'`. */
function adaptTexts(exprs: readonly Expr[]): readonly Expr[] {
  const isText = (expr: Expr) => expr.kind === 'literal' && expr.type.kind === 'varchar' && expr.value !== null;
  const others = commonType(exprs.filter((expr) => !isText(expr)).map((expr) => expr.type));
  if (!others || others.kind === 'null' || others.kind === 'varchar' || !canCast(VARCHAR, others)) return exprs;
  return exprs.map((expr) =>
    expr.kind === 'literal' && isText(expr) ? textAs(expr.value as string, others, expr.span as Span) : expr,
  );
}

function unknownOperator(name: string, types: readonly SqlType[], span: Span): BindError {
  const args = types.map(typeName);
  if (NEEDS_SAME_TYPES.has(name) && args.length === 2) {
    return new BindError('SQ1105', `cannot compare ${args[0]} with ${args[1]}`, {
      span,
      hint: `cast one of them: CAST(… AS ${args[0]}) or CAST(… AS ${args[1]})`,
    });
  }
  if (!/^\w/.test(name)) {
    const text = args.length === 2 ? `${args[0]} ${name} ${args[1]}` : `${name} ${args[0]}`;
    return new BindError('SQ1105', `there is no operator ${text}`, { span, hint: 'cast the operands' });
  }
  if (functionNames().includes(name)) {
    const shown = name === 'negate' ? `- ${args[0]}` : `${name}(${args.join(', ')})`;
    return new BindError('SQ1105', `${shown} does not exist`, {
      span,
      hint: `the function takes other arguments: cast them`,
    });
  }
  const near = didYouMean(name, [...functionNames().filter((known) => /^[a-z]/.test(known)), ...aggregateNames()]);
  return new BindError('SQ1104', `function "${name}" does not exist`, { span, ...(near !== null && { hint: near }) });
}

function bindLike(node: LikeOperation, bind: (inner: AstExpr) => Expr): Expr {
  if (node.operator === 'similar to') {
    throw new UnsupportedError('SQ2001', 'SIMILAR TO is not supported yet', { span: node.span, hint: 'write LIKE' });
  }
  const args = [bind(node.input), bind(node.pattern), ...(node.escape ? [bind(node.escape)] : [])];
  return callOf(node.negated ? `not_${node.operator}` : node.operator, args, node.span);
}

function bindBetween(node: BetweenOperation, bind: (inner: AstExpr) => Expr): Expr {
  const { span } = node;
  if (node.symmetric) {
    throw new UnsupportedError('SQ2001', 'BETWEEN SYMMETRIC is not supported yet', { span, hint: 'order the bounds' });
  }
  const input = bind(node.input);
  const args = [callOf('>=', [input, bind(node.low)], span), callOf('<=', [input, bind(node.high)], span)];
  const between: Expr = { kind: 'and', args, type: BOOLEAN, span };
  return checkedSize(node.negated ? { kind: 'not', input: between, type: BOOLEAN, span } : between);
}

function bindInList(node: InListOperation, bind: (inner: AstExpr) => Expr): Expr {
  const { span, negated } = node;
  const [input, ...list] = unified([node.input, ...node.list].map(bind), 'IN', span) as [Expr, ...Expr[]];
  // The registry knows what can be compared: two of the type.
  callOf('=', [input, input], span);
  return { kind: 'inList', input, list, negated, type: BOOLEAN, span };
}

/** All in their common type. Throws BindError SQ1105 when there is none. */
export function unified(rawExprs: readonly Expr[], where: string, span: Span): readonly Expr[] {
  const exprs = adaptTexts(rawExprs);
  const common = commonType(exprs.map((expr) => expr.type));
  if (!common) {
    const names = [...new Set(exprs.map((expr) => typeName(expr.type)))];
    throw new BindError('SQ1105', `${where} mixes ${names.join(' and ')}`, { span, hint: 'cast them to one type' });
  }
  const type = common.kind === 'null' ? VARCHAR : common;
  return exprs.map((expr) => castTo(expr, type));
}

function bindTruth(input: Expr, truth: 'true' | 'false' | 'unknown', negated: boolean, span: Span): Expr {
  if (truth === 'unknown') return { kind: 'isNull', input, negated, type: BOOLEAN, span };
  return callOf(
    negated ? 'is_distinct_from' : 'is_not_distinct_from',
    [input, literal(truth === 'true', BOOLEAN)],
    span,
  );
}

function bindCast(input: Expr, type: SqlType, span: Span): Expr {
  if (sameType(input.type, type)) return input;
  if (!canCast(input.type, type)) {
    throw new BindError('SQ1105', `cannot cast ${typeName(input.type)} to ${typeName(type)}`, { span });
  }
  if (input.kind === 'literal' && input.type.kind === 'varchar' && input.value !== null) {
    return textAs(input.value as string, type, span);
  }
  return { kind: 'cast', input, type, try: false, span };
}

function bindCase(node: CaseExpression, bind: (inner: AstExpr) => Expr): Expr {
  const { span } = node;
  const operand = node.operand && bind(node.operand);
  const whens = node.branches.map(({ when }) =>
    operand ? callOf('=', [operand, bind(when)], when.span) : condition(bind(when), 'WHEN'),
  );
  const results = node.branches.map(({ result }) => bind(result));
  if (node.otherwise) results.push(bind(node.otherwise));
  return caseOf(whens, unified(results, 'CASE', span), span);
}

/** One more result than conditions: the last one is ELSE. */
function caseOf(whens: readonly Expr[], results: readonly Expr[], span: Span): Expr {
  const type = (results[0] as Expr).type;
  const branches = whens.map((when, i) => caseBranch(when, results[i] as Expr));
  return checkedSize({ kind: 'case', branches, otherwise: results[whens.length] ?? null, type, span });
}

function bindCall(node: FunctionCall, env: ExprEnvironment): Expr {
  const { name, span } = node;
  if (node.nulls) throw new UnsupportedError('SQ2001', 'IGNORE NULLS is not supported yet', { span });
  if (node.namedArgs.length > 0)
    throw new UnsupportedError('SQ2001', 'an argument by name is not supported yet', { span });
  if (node.over) throw new UnsupportedError('SQ2004', 'window functions are not supported yet', { span });
  if (isAggregate(name)) return bindAggregate(node, env);
  if (node.star || node.distinct || node.filter || node.withinGroup || node.orderBy.length > 0) {
    throw new BindError('SQ1104', `"${name}" is not an aggregate function`, { span });
  }
  const args = node.args.map((inner) => bindExpr(inner, env));
  switch (name) {
    case 'coalesce': {
      requireArguments(node, args.length > 0);
      const values = unified(args, 'COALESCE', span);
      const whens = values
        .slice(0, -1)
        .map((input): Expr => ({ kind: 'isNull', input, negated: true, type: BOOLEAN, span }));
      return whens.length === 0 ? (values[0] as Expr) : caseOf(whens, values, span);
    }
    case 'nullif': {
      requireArguments(node, args.length === 2);
      const [value, other] = args as [Expr, Expr];
      const equal = callOf('=', [value, other], span);
      return caseOf([equal], [literal(null, value.type), value], span);
    }
    case 'extract': {
      const [field] = node.args;
      requireArguments(node, args.length === 2 && field?.kind === 'string');
      return bindExtract((field as StringLiteral).value.toLowerCase(), args[1] as Expr, span);
    }
    default:
      return callOf(name, args, span);
  }
}

function requireArguments({ name, span }: FunctionCall, fit: boolean): void {
  if (!fit) throw new BindError('SQ1105', `${name} does not take these arguments`, { span });
}

const EXTRACT = 'extract_';

function bindExtract(field: string, source: Expr, span: Span): Expr {
  const fields = functionNames().flatMap((name) => (name.startsWith(EXTRACT) ? [name.slice(EXTRACT.length)] : []));
  if (!fields.includes(field)) {
    throw new BindError('SQ1104', `EXTRACT has no field "${field}"`, { span, hint: `fields are ${fields.join(', ')}` });
  }
  return callOf(EXTRACT + field, [source], span);
}

function bindAggregate(node: FunctionCall, env: ExprEnvironment): Expr {
  const { aggregates } = env;
  if ('forbiddenIn' in aggregates) {
    throw new BindError('SQ1106', `${node.name}() cannot stand in ${aggregates.forbiddenIn}`, {
      span: node.span,
      hint: aggregates.forbiddenIn === 'WHERE' ? 'aggregates are filtered by HAVING' : 'aggregate in a query in FROM',
    });
  }
  const inner: ExprEnvironment = { ...env, aggregates: { forbiddenIn: 'another aggregate' } };
  const filter = node.filter ? condition(bindExpr(node.filter, inner), 'FILTER') : null;
  const args = node.args.map((arg) => bindExpr(arg, inner));
  return aggregates.add(node, args, filter);
}
