import { assertNever, BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import type { Column } from '../../operators/expr/expr.ts';
import type { TableSource } from '../catalog/table-source.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { didYouMean, listed } from '../near-names.ts';
import type { CommonTable, FunctionTable, NamedTable, Query, TableRef } from '../parse/ast.ts';
import { type BindContext, locatedAt } from './bind-context.ts';
import { namesMatch, type ScopeColumn, type ScopeTable } from './scope.ts';

/** A table of FROM: how its rows come about, and what it lets name. */
export interface BoundTable {
  readonly plan: LogicalPlan;
  readonly table: ScopeTable;
}

/** What WITH makes known to a query: the innermost last. */
export type CommonTables = readonly CommonTable[];

export type BindSubquery = (query: Query, commonTables: CommonTables) => Promise<LogicalPlan>;

export interface TableEnvironment {
  readonly context: BindContext;
  readonly commonTables: CommonTables;
  readonly bindSubquery: BindSubquery;
}

export async function bindTable(node: TableRef, env: TableEnvironment): Promise<BoundTable> {
  switch (node.kind) {
    case 'table':
      return bindNamed(node, env);
    case 'file':
      return bindFiles([node.uri], node, env);
    case 'function':
      return bindFunction(node, env);
    case 'subquery': {
      if (node.lateral) throw new UnsupportedError('SQ2002', 'LATERAL is not supported yet', { span: node.span });
      return derived(await env.bindSubquery(node.query, env.commonTables), node, node.alias);
    }
    case 'join':
      throw joinsUnsupported(node.span);
    case 'sample':
      throw new UnsupportedError('SQ2001', 'TABLESAMPLE is not supported yet', { span: node.span });
    default:
      return assertNever(node);
  }
}

export function joinsUnsupported(span: Span): UnsupportedError {
  return new UnsupportedError('SQ2002', 'joins are not supported yet', {
    span: { start: span.start, end: span.end },
    hint: 'a query reads one table, or one query in FROM (…)',
  });
}

async function bindNamed(node: NamedTable, env: TableEnvironment): Promise<BoundTable> {
  const { context, commonTables } = env;
  const [first] = node.path;
  if (first && node.path.length === 1) {
    const index = commonTables.findLastIndex((common) => namesMatch(first, common.name));
    const common = commonTables[index];
    if (common) {
      // A common table sees those before it only.
      const plan = await env.bindSubquery(common.query, commonTables.slice(0, index));
      const renamed = derived(plan, { ...node, columnAliases: common.columns }, common.name);
      return relabelled(renamed, node, node.alias ?? common.name);
    }
  }
  const options = context.signal ? { signal: context.signal } : {};
  const found = await locatedAt(node.span, () =>
    context.catalog.resolve({ kind: 'name', path: node.path.map(({ name, quoted }) => ({ name, quoted })) }, options),
  );
  if (found) return scan(found, node, (first && node.path.at(-1)?.name) ?? null, context);
  if (first && node.path.length === 1 && first.quoted && looksLikePath(first.name)) {
    return bindFiles([first.name], node, env);
  }
  const name = node.path.map((part) => part.name).join('.');
  const known = [...context.catalog.names(), ...commonTables.map((common) => common.name)];
  const near = didYouMean(name, known);
  const hint =
    near ??
    (known.length > 0 ? `known tables: ${listed(known)}` : "read files in place: FROM 's3://bucket/data/*.parquet'");
  throw new BindError('SQ1101', `table "${name}" does not exist`, { span: node.span, hint });
}

const looksLikePath = (name: string) => name.includes('/') || name.endsWith('.parquet');

type Aliased = Pick<NamedTable, 'alias' | 'columnAliases' | 'span'>;

async function bindFiles(uris: readonly string[], node: Aliased, { context }: TableEnvironment): Promise<BoundTable> {
  const options = context.signal ? { signal: context.signal } : {};
  const source = await locatedAt(node.span, () => context.catalog.resolve({ kind: 'files', uris }, options));
  if (!source) throw new BindError('SQ1101', `${uris.join(', ')} cannot be read as a table`, { span: node.span });
  return scan(source, node, stem(uris[0] as string), context);
}

/** `data/orders.parquet` can be called orders. */
function stem(uri: string): string | null {
  const name = /([^/]+?)(?:\.[^/.]*)*$/.exec(uri)?.[1] ?? '';
  return /^[\w -]+$/.test(name) ? name : null;
}

async function bindFunction(node: FunctionTable, env: TableEnvironment): Promise<BoundTable> {
  const { name, span, args } = node;
  if (node.namedArgs.length > 0)
    throw new UnsupportedError('SQ2001', 'an argument by name is not supported yet', { span });
  if (node.ordinality) throw new UnsupportedError('SQ2001', 'WITH ORDINALITY is not supported yet', { span });
  if (name !== 'read_parquet' && name !== 'parquet_scan') {
    const near = didYouMean(name, ['read_parquet']);
    throw new BindError('SQ1104', `there is no table function "${name}"`, {
      span,
      hint: near ?? "read_parquet('…') is the only one",
    });
  }
  const uris = args.map((arg) => {
    if (arg.kind === 'string') return arg.value;
    throw new BindError('SQ1105', `${name} takes texts that name files`, { span: arg.span });
  });
  if (uris.length === 0) throw new BindError('SQ1105', `${name} needs the name of a file`, { span });
  return bindFiles(uris, node, env);
}

function scan(source: TableSource, node: Aliased, name: string | null, context: BindContext): BoundTable {
  const columns = source.schema.map((field) => context.ids.column(field.name, field.type, field.nullable));
  const plan: LogicalPlan = {
    kind: 'scan',
    scan: context.scans.next++,
    source,
    columns,
    fields: source.schema.map((_, i) => i),
    predicate: null,
    constraints: [],
  };
  const entries = columns.map((column, i): ScopeColumn => {
    const unsupported = source.schema[i]?.unsupported;
    return unsupported === undefined ? { column } : { column, unsupported };
  });
  return relabelled({ plan, table: { alias: null, columns: entries } }, node, node.alias ?? name);
}

function derived(plan: LogicalPlan, node: Aliased, alias: string | null): BoundTable {
  const columns = plan.columns.map((column): ScopeColumn => ({ column }));
  return relabelled({ plan, table: { alias: null, columns } }, node, alias);
}

/** Under another name, the first columns under the names that the alias gives them. */
function relabelled({ plan, table }: BoundTable, node: Aliased, alias: string | null): BoundTable {
  const { columnAliases } = node;
  if (columnAliases.length > table.columns.length) {
    throw new BindError(
      'SQ1105',
      `${alias ?? 'the table'} has ${counted(table.columns.length)}, not ${columnAliases.length}`,
      {
        span: node.span,
        hint: 'give a name to at most as many columns as there are',
      },
    );
  }
  const columns = table.columns.map((entry, i): ScopeColumn => {
    const name = columnAliases[i];
    return name === undefined ? entry : { ...entry, column: renamed(entry.column, name) };
  });
  return { plan, table: { alias, columns } };
}

const renamed = (column: Column, name: string): Column => ({ ...column, name });

const counted = (columns: number) => (columns === 1 ? '1 column' : `${columns} columns`);
