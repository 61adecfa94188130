import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import type { Column } from '../../operators/expr/expr.ts';
import { didYouMean, listed } from '../near-names.ts';
import type { Identifier } from '../parse/ast.ts';

/** A column that can be named, or one that could be if its type were supported. */
export interface ScopeColumn {
  readonly column: Column;
  /** Why the column cannot be read. */
  readonly unsupported?: string;
}

/** One table of FROM. */
export interface ScopeTable {
  /** What qualifies its columns; null when nothing does. */
  readonly alias: string | null;
  readonly columns: readonly ScopeColumn[];
}

/** The tables whose columns a clause can name. */
export class Scope {
  readonly tables: readonly ScopeTable[];

  constructor(tables: readonly ScopeTable[]) {
    this.tables = tables;
  }

  /** The one column of that name. Throws BindError SQ1102 (none), SQ1103 (several), SQ1101 (no such table). */
  resolve(path: readonly Identifier[], span: Span): Column {
    const found = this.find(path, span);
    if (found === null) throw this.#unknownColumn(path, span);
    return found;
  }

  /** Like `resolve`, but null when there is none. */
  find(path: readonly Identifier[], span: Span): Column | null {
    const name = path.at(-1) as Identifier;
    if (path.length > 2) {
      throw new UnsupportedError('SQ2001', 'a name of more than two parts is not supported yet', {
        span,
        hint: 'write table.column',
      });
    }
    const tables = path.length === 1 ? this.tables : this.qualified(path[0] as Identifier);
    const matches = tables.flatMap(({ alias, columns }) =>
      preferExact(name, columns, (entry) => entry.column.name).map((entry) => ({ alias, entry })),
    );
    const [first, second] = matches;
    if (!first) return null;
    if (second) {
      const owners = matches.map(({ alias, entry }) => `${alias ?? '?'}.${entry.column.name}`);
      throw new BindError('SQ1103', `column "${name.name}" is ambiguous`, {
        span,
        hint: `it could be ${owners.join(' or ')}`,
      });
    }
    return readable(first.entry, span);
  }

  /** The tables of that alias: exactly one. */
  qualified(name: Identifier): readonly ScopeTable[] {
    const named = this.tables.filter((table) => table.alias !== null);
    const found = preferExact(name, named, (table) => table.alias as string);
    if (found.length === 0) {
      const aliases = named.map((table) => table.alias as string);
      const near = didYouMean(name.name, aliases);
      const hint = near ?? (aliases.length > 0 ? `FROM has ${listed(aliases)}` : 'the query has no FROM');
      throw new BindError('SQ1101', `there is no table "${name.name}" in FROM`, { span: name.span, hint });
    }
    return found;
  }

  /** Every column, for `*`. */
  all(span: Span, tables: readonly ScopeTable[] = this.tables): readonly Column[] {
    return tables.flatMap((table) => table.columns).map((entry) => readable(entry, span));
  }

  #unknownColumn(path: readonly Identifier[], span: Span): BindError {
    const name = (path.at(-1) as Identifier).name;
    const tables = path.length === 1 ? this.tables : this.qualified(path[0] as Identifier);
    const names = tables.flatMap(({ columns }) => columns.map((entry) => entry.column.name));
    const near = didYouMean(name, names);
    const known = tables
      .filter((table) => table.columns.length > 0)
      .map(({ alias, columns }) => `${alias ?? 'columns'}: ${listed(columns.map((entry) => entry.column.name))}`);
    const hint = near ? (known.length > 0 ? `${near} (${known.join('; ')})` : near) : known.join('; ');
    return new BindError('SQ1102', `column "${name}" does not exist`, {
      span,
      hint: hint === '' ? 'the query has no FROM' : hint,
    });
  }
}

function readable({ column, unsupported }: ScopeColumn, span: Span): Column {
  if (unsupported !== undefined) {
    throw new UnsupportedError('SQ2303', `column "${column.name}" cannot be read yet: ${unsupported}`, { span });
  }
  return column;
}

/** Entries of that name: without regard to case unless it is quoted; the exact spelling wins over the others. */
function preferExact<T>(name: Identifier, entries: readonly T[], nameOf: (entry: T) => string): readonly T[] {
  const exact = entries.filter((entry) => nameOf(entry) === name.name);
  if (exact.length > 0 || name.quoted) return exact;
  const wanted = name.name.toLowerCase();
  return entries.filter((entry) => nameOf(entry).toLowerCase() === wanted);
}

/** Whether a name means another one. */
export function namesMatch(name: Identifier, other: string): boolean {
  return name.name === other || (!name.quoted && name.name.toLowerCase() === other.toLowerCase());
}
