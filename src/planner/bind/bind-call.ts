import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { BOOLEAN, DATE, TIME, TIMESTAMP, TIMESTAMPTZ } from '../../common/types.ts';
import { caseBranch, type Expr } from '../../operators/expr/expr.ts';
import { structMaker } from '../../operators/expr/functions/nested.ts';
import { functionNames } from '../../operators/expr/functions.ts';
import { windowFunctionNames } from '../../operators/window/functions.ts';
import { literal } from '../expr/build.ts';
import { checkedSize, exprSize } from '../expr/expr-size.ts';
import type { AstExpr, CaseExpression, FunctionCall, StringLiteral } from '../parse/ast-expr.ts';
import { bindAggregate, isAggregate } from './aggregates.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { bindHypothetical, isHypothetical } from './hypothetical.ts';
import { callOf, condition, unified } from './resolve-call.ts';
import { bindRow, compareRows } from './row-values.ts';
import { bindUnnest } from './unnest-items.ts';
import { bindWindowCall } from './windows.ts';

/** A scalar, aggregate or window function. */
export function bindCall(node: FunctionCall, env: ExprEnvironment): Expr {
  const { name, span } = node;
  if (name === 'struct_pack') return bindStruct(node, env);
  if (node.namedArgs.length > 0) {
    throw new UnsupportedError('SQ2001', `an argument by name is not supported for ${name}()`, {
      span: node.namedArgs[0]?.span ?? span,
      hint: 'give the arguments by position',
    });
  }
  if (node.over) return bindWindowCall(node, node.over, env);
  if (name === 'grouping') return bindGrouping(node, env);
  if (isAggregate(name)) return bindAggregate(node, env);
  if (isHypothetical(node)) return bindHypothetical(node, env);
  if (windowFunctionNames().includes(name)) {
    throw new BindError('SQ1106', `${name}() needs a window`, { span, hint: `write ${name}(…) OVER (ORDER BY …)` });
  }
  if (node.nulls) throw new BindError('SQ1106', `${name}() does not take ${nullsText(node.nulls)}`, { span });
  if (node.star || node.distinct || node.filter || node.withinGroup || node.orderBy.length > 0) {
    throw new BindError('SQ1104', `"${name}" is not an aggregate function`, { span });
  }
  return name === 'unnest' ? bindUnnest(node, env) : scalarCall(node, env);
}

/** `struct_pack(a := 1, b := 'x')`. */
function bindStruct({ args, namedArgs, span }: FunctionCall, env: ExprEnvironment): Expr {
  const names = namedArgs.map(({ name }) => name.name);
  if (args.length > 0 || names.length === 0) {
    throw new BindError('SQ1105', 'struct_pack takes arguments with names', {
      span,
      hint: "write struct_pack(a := 1, b := 'x')",
    });
  }
  const twice = namedArgs.find(({ name }, i) => names.indexOf(name.name) < i);
  if (twice) throw new BindError('SQ1105', `the struct has two fields "${twice.name.name}"`, { span: twice.name.span });
  const values = namedArgs.map(({ value }) => bindExpr(value, env));
  return callOf(structMaker(names), values, span);
}

export const nullsText = (nulls: 'ignore' | 'respect') => `${nulls.toUpperCase()} NULLS`;

/** What a server knows and an engine without users and catalogs does not. */
const OF_A_SERVER: ReadonlySet<string> = new Set([
  'current_user',
  'session_user',
  'user',
  'current_role',
  'current_catalog',
  'current_database',
  'current_schema',
  'version',
  'pg_backend_pid',
]);

/** What changes with every call. */
const OF_SEQUENCES: ReadonlySet<string> = new Set(['nextval', 'currval', 'setval', 'lastval']);

function scalarCall(node: FunctionCall, env: ExprEnvironment): Expr {
  const { name, span } = node;
  if (OF_A_SERVER.has(name)) {
    const hint = 'a session has no users, catalogs or schemas';
    throw new UnsupportedError('SQ2001', `${name} is not supported`, { span, hint });
  }
  if (name === 'columns') {
    const hint = 'name the columns, or write * EXCLUDE (a, b)';
    throw new UnsupportedError('SQ2001', 'COLUMNS() is not supported yet', { span, hint });
  }
  if (OF_SEQUENCES.has(name)) {
    const hint = 'number the rows by row_number() OVER (ORDER BY …)';
    throw new UnsupportedError('SQ2001', `${name}() is not supported: there are no sequences`, { span, hint });
  }
  if (name === 'random' || name === 'rand' || name === 'gen_random_uuid' || name === 'uuid') {
    throw new UnsupportedError('SQ2001', `${name}() is not supported: attempts at one task would give different rows`, {
      span,
      hint: 'take the digits of a hash: md5(key)',
    });
  }
  const args = node.args.map((inner) => bindExpr(inner, env));
  const moment = args.length === 0 ? currentMoment(name, env.context.session.now, span) : null;
  if (moment) return moment;
  switch (name) {
    case 'coalesce':
      requireArguments(node, args.length > 0);
      return coalesceOf(unified(args, 'COALESCE', span), span);
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
    case 'overlaps':
      requireArguments(node, args.length === 4);
      return overlaps(args as [Expr, Expr, Expr, Expr], span);
    case 'substring':
      if (args[1]?.type.kind !== 'varchar') return callOf(name, args, span);
      throw new UnsupportedError('SQ2001', 'SUBSTRING with a regular expression is not supported', {
        span,
        hint: 'write regexp_extract(x, pattern)',
      });
    default:
      return callOf(name, args, span);
  }
}

/** `(start, end) OVERLAPS (start, length)`. */
function overlaps([start, end, otherStart, otherEnd]: readonly [Expr, Expr, Expr, Expr], span: Span): Expr {
  const until = (from: Expr, to: Expr) => (to.type.kind === 'interval' ? callOf('+', [from, to], span) : to);
  const bounds = [start, until(start, end), otherStart, until(otherStart, otherEnd)];
  return callOf('overlaps', unified(bounds, 'OVERLAPS', span), span);
}

function requireArguments({ name, span }: FunctionCall, fit: boolean): void {
  if (!fit) throw new BindError('SQ1105', `${name} does not take these arguments`, { span });
}

/** Larger operands are not written twice. */
const MOST_REPEATED = 64;

/** A CASE, for which code is generated; over large operands the function, which evaluates each of them once. */
function coalesceOf(values: readonly Expr[], span: Span): Expr {
  if (values.length === 1) return values[0] as Expr;
  const tested = values.slice(0, -1);
  if (tested.some((value) => exprSize(value) > MOST_REPEATED)) return callOf('coalesce', values, span);
  const whens = tested.map((input): Expr => ({ kind: 'isNull', input, negated: true, type: BOOLEAN, span }));
  return caseOf(whens, values, span);
}

const MICROS_PER_DAY = 86_400_000_000n;

/** What the clock said when the query began, in UTC: the same wherever it stands in the query. */
function currentMoment(name: string, now: bigint, span: Span): Expr | null {
  const timeOfDay = ((now % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
  switch (name) {
    case 'now':
    case 'current_timestamp':
    case 'transaction_timestamp':
    case 'statement_timestamp':
    case 'get_current_timestamp':
      return literal(now, TIMESTAMPTZ, span);
    case 'current_date':
    case 'today':
      return literal(Number((now - timeOfDay) / MICROS_PER_DAY), DATE, span);
    case 'localtimestamp':
    case 'current_localtimestamp':
      return literal(now, TIMESTAMP, span);
    case 'localtime':
    case 'current_time':
    case 'current_localtime':
      return literal(timeOfDay, TIME, span);
    default:
      return null;
  }
}

const EXTRACT = 'extract_';

function bindExtract(field: string, source: Expr, span: Span): Expr {
  const fields = functionNames().flatMap((name) => (name.startsWith(EXTRACT) ? [name.slice(EXTRACT.length)] : []));
  if (!fields.includes(field)) {
    throw new BindError('SQ1104', `EXTRACT has no field "${field}"`, { span, hint: `fields are ${fields.join(', ')}` });
  }
  return callOf(EXTRACT + field, [source], span);
}

/** `GROUPING(a, b)`. */
function bindGrouping(node: FunctionCall, env: ExprEnvironment): Expr {
  const { span, args } = node;
  const { aggregates } = env;
  if ('forbiddenIn' in aggregates) {
    throw new BindError('SQ1106', `grouping() cannot stand in ${aggregates.forbiddenIn}`, { span });
  }
  if (args.length === 0 || node.star || node.distinct || node.filter) {
    throw new BindError('SQ1105', 'grouping takes the expressions of GROUP BY', { span, hint: 'write GROUPING(a, b)' });
  }
  const inner: ExprEnvironment = { ...env, aggregates: { forbiddenIn: 'GROUPING' } };
  return aggregates.grouping(
    args.map((arg) => bindExpr(arg, inner)),
    span,
  );
}

export function bindCase(node: CaseExpression, env: ExprEnvironment): Expr {
  const { span } = node;
  const bind = (inner: AstExpr) => bindExpr(inner, env);
  const operand = node.operand && bindRow(node.operand, env);
  const whens = node.branches.map(({ when }) =>
    operand ? compareRows('=', operand, bindRow(when, env), when.span) : condition(bind(when), 'WHEN'),
  );
  const results = node.branches.map(({ result }) => bind(result));
  if (node.otherwise) results.push(bind(node.otherwise));
  return caseOf(whens, unified(results, 'CASE', span), span);
}

/** As many results as conditions, or one more: ELSE. */
function caseOf(whens: readonly Expr[], results: readonly Expr[], span: Span): Expr {
  const type = (results[0] as Expr).type;
  const branches = whens.map((when, i) => caseBranch(when, results[i] as Expr));
  return checkedSize({ kind: 'case', branches, otherwise: results[whens.length] ?? null, type, span });
}
