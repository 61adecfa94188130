import type { TableRef } from '../parse/ast.ts';
import { combined } from './bind-join.ts';
import { bindTable } from './bind-table.ts';
import type { QueryEnvironment } from './query-environment.ts';
import { bothNames, ONE_ROW, type Relation } from './relation.ts';

/** The items of FROM, every row of each with every row of the others. No item is one row without columns. */
export function bindFrom(items: readonly TableRef[], env: QueryEnvironment): Relation {
  let all: Relation | null = null;
  for (const item of items) {
    const relation = bindTable(item, env, all ?? { tables: [], visible: [] });
    all = all
      ? { ...combined('inner', all, relation, null, item.span), ...bothNames(all, relation, item.span) }
      : relation;
  }
  return all ?? { plan: ONE_ROW, tables: [], visible: [], lateral: false };
}
