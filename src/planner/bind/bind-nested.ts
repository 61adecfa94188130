import { BindError, type Span } from '../../common/errors.ts';
import { BOOLEAN, type Field, typeName } from '../../common/types.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { literal } from '../expr/build.ts';
import { didYouMean, listed } from '../near-names.ts';
import type { Identifier } from '../parse/ast.ts';
import type { ListValue, QuantifiedComparison, Subscript } from '../parse/ast-expr.ts';
import type { Bind } from './bind-expr.ts';
import { inList, operatorName } from './bind-predicates.ts';
import { adaptTexts, callOf, unified } from './resolve-call.ts';

export function bindList(node: ListValue, bind: Bind): Expr {
  const elements = node.elements.map(bind);
  return callOf('list_value', elements.length === 0 ? [] : unified(elements, 'a list', node.span), node.span);
}

/** The element of a list or map; `s['field']` is the field of a struct. */
export function bindSubscript(node: Subscript, bind: Bind): Expr {
  const operand = bind(node.operand);
  const index = bind(node.index);
  if (operand.type.kind === 'struct' && index.kind === 'literal' && typeof index.value === 'string') {
    return fieldOf(operand, { name: index.value, quoted: false, span: node.index.span }, node.span);
  }
  const key = operand.type.kind === 'map' ? adaptTexts([index], operand.type.key) : [index];
  return callOf('[]', [operand, ...key], node.span);
}

/** A field of a struct: without regard to case unless it is quoted; the exact spelling wins. */
export function fieldOf(operand: Expr, name: Identifier, span: Span): Expr {
  const { type } = operand;
  if (type.kind !== 'struct') {
    throw new BindError('SQ1105', `a value of type ${typeName(type)} has no fields`, {
      span,
      hint: 'only structs have',
    });
  }
  const field = matching(type.fields, name);
  if (field) return callOf(`.${field.name}`, [operand], span);
  const names = type.fields.map((one) => one.name);
  throw new BindError('SQ1102', `the struct has no field "${name.name}"`, {
    span: name.span,
    hint: didYouMean(name.name, names) ?? `it has ${listed(names)}`,
  });
}

function matching(fields: readonly Field[], { name, quoted }: Identifier): Field | undefined {
  const exact = fields.find((field) => field.name === name);
  if (exact || quoted) return exact;
  return fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** `x = ANY (list)`: a list written out becomes a chain of comparisons, any other one is looked through by a function. */
export function bindQuantified(node: QuantifiedComparison, bind: Bind): Expr {
  const { quantifier, span } = node;
  const operator = operatorName(node.operator);
  if (!COMPARISONS.has(operator)) {
    throw new BindError('SQ1105', `${quantifier.toUpperCase()} takes a comparison, not ${node.operator}`, {
      span,
      hint: 'write =, <>, <, <=, > or >=',
    });
  }
  const operand = bind(node.operand);
  if (node.list.kind === 'list') return overElements(operator, quantifier, operand, node.list.elements.map(bind), span);
  const list = bind(node.list);
  if (list.type.kind !== 'list') {
    throw new BindError(
      'SQ1105',
      `${quantifier.toUpperCase()} needs a list or a query, not a value of type ${typeName(list.type)}`,
      {
        span: node.list.span,
        hint: `write ${quantifier.toUpperCase()} (ARRAY[…]) or IN (…)`,
      },
    );
  }
  const [value] = adaptTexts([operand], list.type.element);
  return callOf(`${quantifier}_${NAMES[operator]}`, [value as Expr, list], span);
}

/** The functions over lists that compare so. */
const NAMES: Readonly<Record<string, string>> = { '=': 'eq', '<>': 'ne', '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' };

function overElements(
  operator: string,
  quantifier: 'any' | 'all',
  operand: Expr,
  elements: readonly Expr[],
  span: Span,
): Expr {
  const isAny = quantifier === 'any';
  if (elements.length === 0) return literal(!isAny, BOOLEAN, span);
  if (isAny && operator === '=') return inList([operand, ...elements], false, span);
  if (!isAny && operator === '<>') return inList([operand, ...elements], true, span);
  const tests = elements.map((element) => callOf(operator, [operand, element], span));
  const [first] = tests as [Expr, ...Expr[]];
  return tests.length === 1 ? first : { kind: isAny ? 'or' : 'and', args: tests, type: BOOLEAN, span };
}
