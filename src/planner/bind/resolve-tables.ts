import type { Span } from '../../common/errors.ts';
import type { ReadOptions, TableReference } from '../catalog/catalog.ts';
import type { TableSource } from '../catalog/table-source.ts';
import type { CommonTable, FileTable, FunctionTable, Identifier, NamedTable, Query } from '../parse/ast.ts';
import { type BindContext, locatedAt } from './bind-context.ts';
import { namesMatch } from './scope.ts';

/** The tables that a statement names, by the node that names them; null for a name that the catalog does not know. */
export type ResolvedTables = ReadonlyMap<object, TableSource | null>;

interface Wanted {
  readonly node: NamedTable | FileTable | FunctionTable;
  readonly reference: TableReference;
  /** Where the statement asks for it: the view that does, if one does. */
  readonly span: Span;
}

/**
 * Asks the catalog for every table that the query reads, each once and all at the same time, so that binding needs no waiting. Of
 * several failures the first in the text is thrown.
 */
export async function resolveTables(query: Query, context: BindContext): Promise<ResolvedTables> {
  const wanted = tablesOf(query, context).sort((a, b) => a.span.start - b.span.start);
  const asked = new Map<string, Promise<PromiseSettledResult<TableSource | null>>>();
  for (const { reference, span } of wanted) {
    const key = JSON.stringify(reference);
    if (asked.has(key)) continue;
    const settled = Promise.allSettled([locatedAt(span, () => find(reference, context))]);
    asked.set(
      key,
      settled.then(([result]) => result),
    );
  }
  const found = new Map<object, TableSource | null>();
  for (const { node, reference } of wanted) {
    const result = await (asked.get(JSON.stringify(reference)) as Promise<PromiseSettledResult<TableSource | null>>);
    if (result.status === 'rejected') throw result.reason;
    found.set(node, result.value);
  }
  return found;
}

async function find(reference: TableReference, { catalog, signal }: BindContext): Promise<TableSource | null> {
  const options = signal ? { signal } : {};
  const found = await catalog.resolve(reference, options);
  if (found || reference.kind === 'files') return found;
  const [part, another] = reference.path;
  const isPlace = part?.quoted && !another && looksLikePath(part.name);
  return isPlace ? catalog.resolve({ kind: 'files', uris: [part.name] }, options) : null;
}

const looksLikePath = (name: string) => name.includes('/') || name.endsWith('.parquet');

/** Names of common tables that can be seen, the innermost first. */
interface Known {
  readonly name: string;
  readonly next: Known | null;
}

const isKnown = (name: Identifier, known: Known | null): boolean => {
  for (let entry = known; entry; entry = entry.next) if (namesMatch(name, entry.name)) return true;
  return false;
};

interface Visit {
  readonly node: object;
  readonly known: Known | null;
  readonly span: Span | null;
}

function tablesOf(query: Query, { session }: BindContext): Wanted[] {
  const wanted: Wanted[] = [];
  const visits: Visit[] = [{ node: query, known: null, span: null }];
  const views = new Set<object>();
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    const { node, known, span } = visit;
    if (isQuery(node)) {
      const inner = node.with.reduce<Known | null>(
        (before, item) => visitCommonTable(node, item, before, visit),
        known,
      );
      visits.push(...childrenOf({ ...node, with: [] }, { ...visit, known: inner }));
    } else if (isKind<NamedTable>(node, 'table')) {
      const [name, another] = node.path as [Identifier, Identifier?];
      const at = span ?? node.span;
      if (!another && isKnown(name, known)) continue;
      const view = another ? null : session.views.find(name);
      if (view) {
        if (!views.has(view.query)) visits.push({ node: view.query, known: null, span: at });
        views.add(view.query);
        continue;
      }
      const path = node.path.map((part) => ({ name: part.name, quoted: part.quoted }));
      wanted.push({ node, reference: { kind: 'name', path }, span: at });
    } else if (isKind<FileTable>(node, 'file')) {
      wanted.push({ node, reference: { kind: 'files', uris: [node.uri] }, span: span ?? node.span });
    } else {
      const uris = isKind<FunctionTable>(node, 'function') ? filesOf(node) : null;
      if (uris) {
        const options = readOptions(node as FunctionTable);
        wanted.push({
          node: node as FunctionTable,
          reference: { kind: 'files', uris, ...(options && { options }) },
          span: span ?? (node as FunctionTable).span,
        });
      }
      visits.push(...childrenOf(node, visit));
    }
  }
  return wanted;

  /** A common table sees those before it, and in WITH RECURSIVE itself. */
  function visitCommonTable(query: Query, item: CommonTable, before: Known | null, { span }: Visit): Known {
    const after = { name: item.name, next: before };
    visits.push({ node: item.query, known: query.recursive ? after : before, span });
    return after;
  }
}

const isQuery = (node: object): node is Query => 'with' in node && 'body' in node;

const isKind = <T extends { kind: string }>(node: object, kind: T['kind']): node is T =>
  'kind' in node && node.kind === kind;

function childrenOf(node: object, { known, span }: Visit): readonly Visit[] {
  const children = Object.values(node).filter((child): child is object => typeof child === 'object' && child !== null);
  return children.map((child) => ({ node: child, known, span }));
}

const FILE_FUNCTIONS: ReadonlySet<string> = new Set(['read_parquet', 'parquet_scan']);

export const readsFiles = (name: string) => FILE_FUNCTIONS.has(name);

/** The files that a call of read_parquet names; null when it is none, or does not name them by texts. */
export function filesOf({ name, args }: FunctionTable): readonly string[] | null {
  if (!readsFiles(name) || args.length === 0) return null;
  const nodes = args.flatMap((arg) => (arg.kind === 'list' ? arg.elements : [arg]));
  const uris = nodes.flatMap((node) => (node.kind === 'string' ? [node.value] : []));
  return uris.length === nodes.length && uris.length > 0 ? uris : null;
}

/** Options of read_parquet that are true or false, as the catalog calls them. */
export const READ_OPTIONS: Readonly<Record<string, keyof ReadOptions>> = {
  hive_partitioning: 'hivePartitioning',
  hive_types_autocast: 'hiveTypesAutocast',
};

/** The options that a call of read_parquet gives; null for none. What is no option is found out when the call is bound. */
function readOptions({ namedArgs }: FunctionTable): ReadOptions | null {
  const given = namedArgs.flatMap(({ name, value }) => {
    const option = READ_OPTIONS[name.name.toLowerCase()];
    return option && value.kind === 'boolean' ? [[option, value.value] as const] : [];
  });
  return given.length === 0 ? null : Object.fromEntries(given);
}
