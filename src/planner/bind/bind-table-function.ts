import { BindError, UnsupportedError } from '../../common/errors.ts';
import { BIGINT, BOOLEAN, type SqlType, typeName } from '../../common/types.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { evaluateConstant } from '../../operators/expr/interpret.ts';
import { isConstant } from '../../operators/expr/rewrite.ts';
import type { LogicalPlan, LogicalUnnest } from '../logical/logical-plan.ts';
import { didYouMean } from '../near-names.ts';
import type { FunctionTable } from '../parse/ast.ts';
import type { NamedArgument } from '../parse/ast-expr.ts';
import { bindExpr, type ExprEnvironment } from './bind-expr.ts';
import { placeApplies, SubqueryCollector } from './bind-subquery.ts';
import { lateralEnvironment, scanFiles } from './bind-table.ts';
import type { QueryEnvironment } from './query-environment.ts';
import { ONE_ROW, type PendingUnnest, type Relation, relationOf } from './relation.ts';
import { callOf } from './resolve-call.ts';
import { filesOf, READ_OPTIONS, readsFiles } from './resolve-tables.ts';
import { type Names, Scope } from './scope.ts';
import { unnestOver } from './unnest-over.ts';

/** Functions of the registry that give a list: as a table they give its entries. */
const SERIES: ReadonlySet<string> = new Set(['range', 'generate_series']);
const NAMES = ['read_parquet', 'unnest', ...SERIES];

/** A function in FROM. */
export function bindTableFunction(node: FunctionTable, env: QueryEnvironment, earlier: Names): Relation {
  if (readsFiles(node.name)) return bindRead(node, env);
  if (node.name === 'unnest' || SERIES.has(node.name)) return bindLists(node, env, earlier);
  throw new BindError('SQ1104', `there is no table function "${node.name}"`, {
    span: node.span,
    hint: didYouMean(node.name, NAMES) ?? `there are ${NAMES.join(', ')}`,
  });
}

function bindRead(node: FunctionTable, env: QueryEnvironment): Relation {
  const { name, args, span } = node;
  if (node.ordinality) {
    throw new UnsupportedError('SQ2001', `${name} WITH ORDINALITY is not supported`, {
      span,
      hint: 'number the rows by row_number() OVER (ORDER BY …)',
    });
  }
  for (const option of node.namedArgs) requireOption(name, option, env);
  if (args.length === 0) throw new BindError('SQ1105', `${name} needs the name of a file`, { span });
  const uris = filesOf(node);
  if (uris) return scanFiles(uris, node, node, env);
  const odd = args.flatMap((arg) => (arg.kind === 'list' ? arg.elements : [arg])).find((arg) => arg.kind !== 'string');
  throw new BindError('SQ1105', `${name} takes texts that name files`, { span: odd?.span ?? span });
}

/** Options that say what is done anyway. */
const DEFAULTS: Readonly<Record<string, boolean>> = { union_by_name: true };

function requireOption(name: string, { name: option, value: node, span }: NamedArgument, env: QueryEnvironment): void {
  if (Object.hasOwn(READ_OPTIONS, option.name.toLowerCase())) {
    if (node.kind === 'boolean') return;
    throw new BindError('SQ1105', `${option.name} of ${name} is true or false`, { span: node.span });
  }
  const known = [...Object.keys(DEFAULTS), ...Object.keys(READ_OPTIONS)];
  const wanted = DEFAULTS[option.name.toLowerCase()];
  if (wanted === undefined) {
    throw new UnsupportedError('SQ2001', `the option ${option.name} of ${name} is not supported yet`, {
      span,
      hint: didYouMean(option.name, known) ?? `known options: ${known.join(', ')}`,
    });
  }
  const value = bindExpr(node, {
    context: env.context,
    scope: new Scope(),
    aggregates: { forbiddenIn: 'an option' },
  });
  if (value.type.kind === BOOLEAN.kind && isConstant(value) && evaluateConstant(value) === wanted) return;
  throw new UnsupportedError('SQ2001', `${option.name} of ${name} can only be ${wanted}`, {
    span: node.span,
    hint: `leave ${option.name} out`,
  });
}

/** unnest(list, …), range(…), generate_series(…): over one row, or over the items of FROM that the lists come from. */
function bindLists(node: FunctionTable, env: QueryEnvironment, earlier: Names): Relation {
  const { name, args, namedArgs, span } = node;
  const [named] = namedArgs;
  if (named) {
    throw new BindError('SQ1105', `${name} takes no argument called ${named.name.name}`, { span: named.span });
  }
  if (args.length === 0) throw new BindError('SQ1105', `${name} needs an argument`, { span });
  const subqueries = new SubqueryCollector(env);
  const environment: ExprEnvironment = { ...lateralEnvironment(env, earlier), subqueries };
  const values = args.map((arg) => bindExpr(arg, environment));
  const lists = name === 'unnest' ? values : [callOf(name, values, span)];
  const columns = lists.flatMap((list) => entryColumns(list, node, env));
  if (node.ordinality) columns.push(env.context.ids.column('ordinality', BIGINT, false));
  const unnest: PendingUnnest = { lists, ordinality: node.ordinality, columns };
  const plan = unnestOver(placeApplies(ONE_ROW, subqueries.applies), unnest, false);
  const produced = plan.input.columns.length;
  const shown: LogicalPlan = produced === 0 ? plan : without(plan, produced, env);
  const relation = relationOf(shown, node, node.alias ?? name);
  const { used } = environment.scope;
  return { ...relation, lateral: used, ...(used && produced === 0 && { unnest }) };
}

/** The unnest without the columns of what it stands on. */
function without(plan: LogicalUnnest, count: number, { context }: QueryEnvironment): LogicalPlan {
  const kept = plan.columns.slice(count);
  return {
    kind: 'project',
    input: plan,
    exprs: kept.map(({ id, name, type }): Expr => ({ kind: 'column', id, name, type })),
    columns: kept.map(({ name, type, nullable }) => context.ids.column(name, type, nullable)),
  };
}

/** One column, called as its table; two for a map. */
function entryColumns({ type, span }: Expr, node: FunctionTable, { context }: QueryEnvironment): Column[] {
  const column = (name: string, of: SqlType) => context.ids.column(name, of, true);
  switch (type.kind) {
    case 'list':
      return [
        column(node.args.length === 1 || node.name !== 'unnest' ? (node.alias ?? node.name) : node.name, type.element),
      ];
    case 'map':
      return [column('key', type.key), column('value', type.value)];
    default:
      throw new BindError('SQ1105', `unnest takes lists, not a value of type ${typeName(type)}`, {
        span: span ?? node.span,
        hint: 'write unnest(ARRAY[…])',
      });
  }
}
