import { type Span, SquallError } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import type { Column, ColumnId } from '../../operators/expr/expr.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { BindSession } from './bind-session.ts';

/** Hands out the ids of one query. */
export class ColumnIds {
  #next: number;

  /** From this id on. */
  constructor(first = 0) {
    this.#next = first;
  }

  column(name: string, type: SqlType, nullable: boolean): Column {
    return { id: this.#next++ as ColumnId, name, type, nullable };
  }
}

/** What binding one statement shares. */
export interface BindContext {
  readonly sql: string;
  readonly catalog: Catalog;
  readonly signal: AbortSignal | undefined;
  readonly ids: ColumnIds;
  readonly scans: { next: number };
  readonly session: BindSession;
}

/** Points errors of others at what the user wrote. */
export async function locatedAt<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SquallError && error.span === undefined) Object.assign(error, { span });
    throw error;
  }
}

/** A piece of the text on one line. */
export const textOf = (sql: string, span: Span) => sql.slice(span.start, span.end).replace(/\s+/g, ' ').trim();
