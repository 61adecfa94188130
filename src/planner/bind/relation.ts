import { BindError, type Span } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import { columnExpr } from '../expr/build.ts';
import { inputs, type LogicalPlan } from '../logical/logical-plan.ts';
import { exprsOf } from '../logical/rewrite.ts';
import type { NamedTable } from '../parse/ast.ts';
import type { Names, ScopeColumn, ScopeTable, VisibleColumn } from './scope.ts';

/** Lists made into rows, not yet placed on what they come from. */
export interface PendingUnnest {
  readonly lists: readonly Expr[];
  readonly ordinality: boolean;
  readonly columns: readonly Column[];
}

/** An item of FROM: how its rows come about, and what it lets name. */
export interface Relation extends Names {
  readonly plan: LogicalPlan;
  /** For a table function over columns of earlier items: what can also be put on top of them. */
  readonly unnest?: PendingUnnest;
  /** Whether it names columns of earlier items of FROM. */
  readonly lateral: boolean;
}

export type Aliased = Pick<NamedTable, 'alias' | 'columnAliases' | 'span'>;

/** What a query in FROM or a common table lets name. */
export function relationOf(
  plan: LogicalPlan,
  node: Aliased,
  alias: string | null,
  more: { readonly unsupported?: readonly (string | undefined)[]; readonly qualifiers?: readonly string[] } = {},
): Relation {
  const { columnAliases } = node;
  refuseTooMany(alias, plan.columns.length, node);
  const columns = plan.columns.map((column, i): ScopeColumn => {
    const name = columnAliases[i] ?? column.name;
    const unsupported = more.unsupported?.[i];
    const expr = columnExpr({ ...column, name });
    return unsupported === undefined ? { name, expr } : { name, expr, unsupported };
  });
  const qualifiers = node.alias === null ? (more.qualifiers ?? []) : [];
  return { plan, ...namesOf({ alias, qualifiers, columns }), lateral: false };
}

function refuseTooMany(alias: string | null, columns: number, { columnAliases, span }: Aliased): void {
  if (columnAliases.length <= columns) return;
  throw new BindError('SQ1105', `${alias ?? 'the table'} has ${counted(columns)}, not ${columnAliases.length}`, {
    span,
    hint: 'give a name to at most as many columns as there are',
  });
}

/** Everything that a join lets name, as the columns of one table. */
export function oneTable(relation: Relation, node: Aliased): Relation {
  const { unnest: _unnest, ...rest } = relation;
  refuseTooMany(node.alias, relation.visible.length, node);
  const columns = relation.visible.map(({ owner: _owner, ...column }, i): ScopeColumn => {
    const name = node.columnAliases[i] ?? column.name;
    return { ...column, name, expr: column.expr.kind === 'column' ? { ...column.expr, name } : column.expr };
  });
  return { ...rest, ...namesOf({ alias: node.alias, qualifiers: [], columns }) };
}

export const counted = (columns: number) => (columns === 1 ? '1 column' : `${columns} columns`);

function namesOf(table: ScopeTable): Names {
  const visible = table.columns.map((column): VisibleColumn => ({ ...column, owner: table.alias }));
  return { tables: [table], visible };
}

/** The names of both. Throws BindError SQ1115 when both have a table of one name. */
export function bothNames(left: Names, right: Names, span: Span): Names {
  const known = new Set(left.tables.flatMap(({ alias, qualifiers }) => tableKey(alias, qualifiers) ?? []));
  for (const { alias, qualifiers } of right.tables) {
    const key = tableKey(alias, qualifiers);
    if (key === null || !known.has(key)) continue;
    throw new BindError('SQ1115', `FROM has two tables called "${alias}"`, {
      span,
      hint: `give one of them another alias: ${alias} AS ${alias}2`,
    });
  }
  return { tables: [...left.tables, ...right.tables], visible: [...left.visible, ...right.visible] };
}

const tableKey = (alias: string | null, qualifiers: readonly string[]) =>
  alias === null ? null : [...qualifiers, alias].join('\u0001').toLowerCase();

/** The columns that a plan reads and nothing in it delivers. */
export function freeColumns(plan: LogicalPlan): ReadonlySet<ColumnId> {
  const read = new Set<ColumnId>();
  const made = new Set<ColumnId>();
  const pending: LogicalPlan[] = [plan];
  for (let node = pending.pop(); node; node = pending.pop()) {
    for (const expr of exprsOf(node)) collectColumns(expr, read);
    for (const { id } of node.columns) made.add(id);
    pending.push(...inputs(node));
  }
  return new Set([...read].filter((id) => !made.has(id)));
}

export const idsOf = (columns: readonly Column[]): ReadonlySet<ColumnId> => new Set(columns.map(({ id }) => id));

export const readsAny = (read: ReadonlySet<ColumnId>, columns: ReadonlySet<ColumnId>) =>
  [...read].some((id) => columns.has(id));

export const nullableColumns = (columns: readonly Column[]): readonly Column[] =>
  columns.map((column) => (column.nullable ? column : { ...column, nullable: true }));

/** One row without columns: what SELECT without FROM reads. */
export const ONE_ROW: LogicalPlan = { kind: 'values', rows: [[]], columns: [] };
