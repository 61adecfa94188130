import type { Identifier, Query } from '../parse/ast.ts';

/** A query with a name, kept by the session. */
export interface View {
  readonly name: string;
  /** The statement that made it; the spans of the query are places in it. */
  readonly sql: string;
  readonly query: Query;
  /** Names for its columns from left to right; the others keep theirs. */
  readonly columns: readonly string[];
}

/** Views by name: without regard to case unless the name is quoted. */
export interface Views {
  find(name: Identifier): View | null;
  names(): readonly string[];
}

export const NO_VIEWS: Views = { find: () => null, names: () => [] };
