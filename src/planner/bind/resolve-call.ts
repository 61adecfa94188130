import { BindError, type Span } from '../../common/errors.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTERVAL,
  type SqlType,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  typeName,
  VARCHAR,
} from '../../common/types.ts';
import { aggregateNames } from '../../operators/aggregate/functions.ts';
import { canCast, commonType } from '../../operators/expr/coerce.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import {
  functionEntries,
  functionNames,
  type ResolvedFunction,
  resolveFunction,
} from '../../operators/expr/functions.ts';
import { windowFunctionNames } from '../../operators/window/functions.ts';
import { castTo } from '../expr/build.ts';
import { didYouMean } from '../near-names.ts';
import { textAs } from './literals.ts';

/** A condition: boolean, or an untyped NULL. Throws BindError SQ1105 for everything else. */
export function condition(expr: Expr, where: string): Expr {
  if (expr.type.kind === 'boolean' || expr.type.kind === 'null') return castTo(expr, BOOLEAN);
  const [adapted] = isText(expr) ? adaptTexts([expr], BOOLEAN) : [];
  if (adapted) return adapted;
  throw new BindError('SQ1105', `${where} needs a condition, not a value of type ${typeName(expr.type)}`, {
    ...(expr.span && { span: expr.span }),
    hint: 'write a comparison',
  });
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
  'nullif',
]);

/** Operators beside whose other operand a constant text is read as that operand's type, as in `x + '1'`. */
const ADAPTS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '//', '&', '|', '#']);

/**
 * A call of the registry with its arguments cast. Throws BindError SQ1104 when there is no such function, SQ1105 when none of its
 * overloads takes them.
 */
export function callOf(name: string, rawArgs: readonly Expr[], span: Span): Expr {
  const args = NEEDS_SAME_TYPES.has(name) ? adaptTexts(rawArgs) : rawArgs;
  const resolved = resolveFunction(name, typesOf(args));
  if (resolved) return call(resolved, args, span);
  const adapted = SERIES.has(name)
    ? stepText(args)
    : ADAPTS.has(name)
      ? adaptTexts(args, besideMoment(name, args))
      : args;
  const second = adapted === args ? null : resolveFunction(name, typesOf(adapted));
  if (second) return call(second, adapted, span);
  throw noSuchCall(name, typesOf(args), span);
}

const SERIES: ReadonlySet<string> = new Set(['range', 'generate_series']);

/** Of `generate_series(timestamp '2024-01-01', '2024-02-01', '1 day')` the step is an interval. */
function stepText([from, to, step]: readonly Expr[]): readonly Expr[] {
  const bounds = [from, to].flatMap((bound) => bound ?? []);
  return [...adaptTexts(bounds), ...(step ? adaptTexts([step], INTERVAL) : [])];
}

/** A text that is added to a date, time or timestamp is an interval. */
function besideMoment(name: string, args: readonly Expr[]): SqlType | undefined {
  const isMoment = args.some(({ type }) => MOMENTS.has(type.kind));
  return name === '+' && isMoment ? INTERVAL : undefined;
}

const MOMENTS: ReadonlySet<string> = new Set(['date', 'time', 'timestamp', 'timestamptz']);

const typesOf = (exprs: readonly Expr[]) => exprs.map((expr) => expr.type);

function call(resolved: ResolvedFunction, args: readonly Expr[], span: Span): Expr {
  const cast = args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType));
  return { kind: 'call', function: resolved.name, args: cast, type: resolved.type, span };
}

const isText = (expr: Expr) => expr.kind === 'literal' && expr.type.kind === 'varchar' && expr.value !== null;

/** A constant text beside values of another type is read as that type, as in `l_shipdate <= '1998-09-02'`. */
export function adaptTexts(exprs: readonly Expr[], type?: SqlType): readonly Expr[] {
  const others = type ?? commonType(exprs.filter((expr) => !isText(expr)).map((expr) => expr.type));
  if (!others || others.kind === 'null' || others.kind === 'varchar' || !canCast(VARCHAR, others)) return exprs;
  if (!exprs.some(isText)) return exprs;
  return exprs.map((expr) =>
    expr.kind === 'literal' && isText(expr) ? textAs(expr.value as string, others, expr.span as Span) : expr,
  );
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

/** What is wrong with a call that resolves to nothing. */
export function noSuchCall(name: string, types: readonly SqlType[], span: Span): BindError {
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
  const unary = UNARY[name];
  if (unary !== undefined && args.length === 1) {
    return new BindError('SQ1105', `there is no operator ${unary} ${args[0]}`, { span, hint: 'cast the operand' });
  }
  const entry = functionEntries().find((known) => known.name === name);
  if (entry) {
    const hint = candidatesHint(entry, types.length);
    return new BindError('SQ1105', `${name}(${args.join(', ')}) does not exist`, { span, hint });
  }
  const names = functionNames().filter((known) => /^[a-z]/.test(known));
  const near = didYouMean(name, [...names, ...aggregateNames(), ...windowFunctionNames()]);
  return new BindError('SQ1104', `function "${name}" does not exist`, { span, ...(near !== null && { hint: near }) });
}

/** What operators of one operand are called in the registry. */
const UNARY: Readonly<Record<string, string>> = { negate: '-', bitwise_not: '~' };

/** One type for each family that functions tell apart. */
const PROBES: readonly SqlType[] = [
  VARCHAR,
  BIGINT,
  DOUBLE,
  DATE,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIME,
  INTERVAL,
  BOOLEAN,
  BLOB,
];
const MOST_ARGUMENTS = 3;
const MOST_CANDIDATES = 5;

/**
 * `lower(varchar)`: the overloads that there are for so many arguments, else for another number; none when there are more than five.
 */
export function candidateSignatures(
  name: string,
  count: number,
  resolve: (types: readonly SqlType[]) => { readonly argTypes: readonly SqlType[] } | null,
): readonly string[] {
  const arities = [count, 0, 1, 2, MOST_ARGUMENTS].filter((arity) => arity <= MOST_ARGUMENTS);
  for (const arity of arities) {
    const found = new Set<string>();
    for (const types of tuples(arity)) {
      const overload = resolve(types);
      if (overload) found.add(`${name}(${overload.argTypes.map(typeName).join(', ')})`);
    }
    if (found.size > 0) return found.size > MOST_CANDIDATES ? [] : [...found];
  }
  return [];
}

/** What to write instead of a call with arguments that do not fit: the overloads, or the signature of the documentation. */
export function candidatesHint(
  entry: {
    readonly name: string;
    readonly doc: string;
    resolve(types: readonly SqlType[]): { readonly argTypes: readonly SqlType[] } | null;
  },
  count: number,
): string {
  const candidates = candidateSignatures(entry.name, count, (types) => entry.resolve(types));
  if (candidates.length > 0) return `there is ${candidates.join(', ')}`;
  return `write ${entry.doc.split(': ')[0]}, with arguments of fitting types`;
}

function tuples(length: number): readonly (readonly SqlType[])[] {
  let made: readonly (readonly SqlType[])[] = [[]];
  for (let i = 0; i < length; i++) made = made.flatMap((tuple) => PROBES.map((type) => [...tuple, type]));
  return made;
}
