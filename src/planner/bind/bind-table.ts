import { assertNever, BindError, UnsupportedError } from '../../common/errors.ts';
import type { TableSource } from '../catalog/table-source.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { didYouMean, listed } from '../near-names.ts';
import type { FileTable, NamedTable, SubqueryTable, TableRef } from '../parse/ast.ts';
import type { ExprEnvironment } from './bind-expr.ts';
import { bindJoin } from './bind-join.ts';
import { bindSample } from './bind-sample.ts';
import { bindTableFunction } from './bind-table-function.ts';
import { readView } from './bind-view.ts';
import type { KnownTable, QueryEnvironment } from './query-environment.ts';
import { type Aliased, type Relation, relationOf } from './relation.ts';
import { type Names, namesMatch, Scope } from './scope.ts';

/** An item of FROM; `earlier` is what LATERAL lets it name. */
export function bindTable(node: TableRef, env: QueryEnvironment, earlier: Names): Relation {
  switch (node.kind) {
    case 'table':
      return bindNamed(node, env);
    case 'file':
      return bindFile(node, env);
    case 'function':
      return bindTableFunction(node, env, earlier);
    case 'subquery':
      return bindDerived(node, env, earlier);
    case 'join':
      return bindJoin(node, env, earlier);
    case 'sample':
      return bindSample(node, bindTable(node.table, env, earlier), env);
    default:
      return assertNever(node);
  }
}

/** Where an item of FROM stands that may name the ones before it. */
export function lateralEnvironment(env: QueryEnvironment, earlier: Names): ExprEnvironment {
  const scope = new Scope(earlier, { outer: env.outer, hidden: env.hidden });
  return { context: env.context, scope, aggregates: { forbiddenIn: 'FROM' } };
}

function bindDerived(node: SubqueryTable, env: QueryEnvironment, earlier: Names): Relation {
  if (!node.lateral) {
    const plan = env.bindQuery(node.query, { ...env, hidden: earlier.tables.length > 0 ? earlier : env.hidden });
    return relationOf(plan, node, node.alias);
  }
  const outer = lateralEnvironment(env, earlier);
  const plan = env.bindQuery(node.query, { ...env, outer, hidden: null });
  return { ...relationOf(plan, node, node.alias), lateral: outer.scope.used };
}

function bindNamed(node: NamedTable, env: QueryEnvironment): Relation {
  const [first, another] = node.path;
  const known = first && !another && env.known.findLast((entry) => namesMatch(first, entry.name));
  if (known) return readKnown(known, node, env);
  const view = first && !another && env.context.session.views.find(first);
  if (view) return readView(view, node, env);
  const source = env.tables.get(node);
  const qualifiers = node.path.slice(0, -1).map(({ name }) => name);
  const name = node.path.at(-1)?.name ?? null;
  if (source) return scan(source, node, looksLikePlace(name) ? stem(name as string) : name, env, qualifiers);
  throw unknownTable(node, env);
}

const looksLikePlace = (name: string | null) => name?.includes('/') ?? false;

/** One reading of a common table, or of the rows of the round before. */
function readKnown(known: KnownTable, node: NamedTable, { context }: QueryEnvironment): Relation {
  if (known.kind === 'working') {
    if (known.forbiddenIn !== null) {
      throw new UnsupportedError(
        'SQ2001',
        `WITH RECURSIVE that names "${known.name}" in ${known.forbiddenIn} is not supported`,
        {
          span: node.span,
          hint: `name "${known.name}" once in FROM of the query after UNION`,
        },
      );
    }
    known.readings.count++;
    if (known.readings.count > 1) {
      throw new UnsupportedError('SQ2001', `WITH RECURSIVE that names "${known.name}" twice is not supported`, {
        span: node.span,
        hint: `name "${known.name}" once in FROM of the query after UNION`,
      });
    }
  }
  const columns = known.columns.map(({ name, type, nullable }) => context.ids.column(name, type, nullable));
  const plan: LogicalPlan = {
    kind: known.kind === 'working' ? 'workingTable' : 'commonTable',
    table: known.table,
    name: known.name,
    fields: columns.map((_, i) => i),
    columns,
  };
  return relationOf(plan, node, node.alias ?? known.name);
}

const CATALOGS = ['information_schema', 'pg_catalog'];

function unknownTable(node: NamedTable, env: QueryEnvironment): BindError | UnsupportedError {
  const name = node.path.map((part) => part.name).join('.');
  const schema = node.path.at(-2)?.name.toLowerCase() ?? '';
  if (CATALOGS.includes(schema)) {
    const hint = 'write SHOW TABLES, DESCRIBE table or SHOW FUNCTIONS';
    return new UnsupportedError('SQ2001', `${schema} is not supported`, { span: node.span, hint });
  }
  const message = `table "${name}" does not exist`;
  const [first] = node.path;
  if (first && node.path.length === 1 && env.later.some((later) => namesMatch(first, later))) {
    return new BindError('SQ1101', message, {
      span: node.span,
      hint: 'WITH names it later, or it names itself: put it first, or write WITH RECURSIVE',
    });
  }
  const { catalog, session } = env.context;
  const names = [...catalog.names(), ...session.views.names(), ...env.known.map((entry) => entry.name)];
  const known = [...new Set(names)];
  const near = didYouMean(name, known) ?? didYouMean(node.path.at(-1)?.name ?? name, known);
  const hint =
    near ??
    (known.length > 0 ? `known tables: ${listed(known)}` : "read files in place: FROM 's3://bucket/data/*.parquet'");
  return new BindError('SQ1101', message, { span: node.span, hint });
}

function bindFile(node: FileTable, env: QueryEnvironment): Relation {
  return scanFiles([node.uri], node, node, env);
}

/** Files as a table; `node` is the one that the tables of the statement were resolved by. */
export function scanFiles(uris: readonly string[], node: object, aliased: Aliased, env: QueryEnvironment): Relation {
  const source = env.tables.get(node);
  if (!source) throw new BindError('SQ1101', `${uris.join(', ')} cannot be read as a table`, { span: aliased.span });
  return scan(source, aliased, stem(uris[0] as string), env, []);
}

/** `data/orders.parquet` can be called orders. */
function stem(uri: string): string | null {
  const name = /([^/]+?)(?:\.[^/.]*)*$/.exec(uri)?.[1] ?? '';
  return /^[\w -]+$/.test(name) ? name : null;
}

function scan(
  source: TableSource,
  node: Aliased,
  name: string | null,
  { context }: QueryEnvironment,
  qualifiers: readonly string[],
): Relation {
  const plan: LogicalPlan = {
    kind: 'scan',
    scan: context.scans.next++,
    source,
    columns: source.schema.map((field) => context.ids.column(field.name, field.type, field.nullable)),
    fields: source.schema.map((_, i) => i),
    predicate: null,
    constraints: [],
  };
  const unsupported = source.schema.map((column) => column.unsupported);
  return relationOf(plan, node, node.alias ?? name, { unsupported, qualifiers });
}
