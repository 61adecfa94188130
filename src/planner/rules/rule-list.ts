import { decorrelate } from './decorrelate/decorrelate.ts';
import { dropFalseFilters } from './drop-false-filters.ts';
import { extractConstraints } from './extract-constraints.ts';
import { foldConstants } from './fold-constants.ts';
import { marksToSemiJoins } from './marks-to-semi-joins.ts';
import { mergeProjects } from './merge-projects.ts';
import { orderJoins } from './order-joins.ts';
import { pruneColumns } from './prune-columns.ts';
import { pushFilters } from './push-filters.ts';
import type { Rule } from './rule.ts';
import { unwrapCasts } from './unwrap-casts.ts';

/** The only place of order. */
export const RULES: readonly Rule[] = [
  foldConstants,
  // Compares columns with folded literals.
  unwrapCasts,
  // Before a query inside an expression is turned into joins: fewer outer rows lend their values.
  pushFilters,
  // The rules from here on know no apply.
  decorrelate,
  // A filter over a project becomes constant once the project's literals stand in it.
  foldConstants,
  unwrapCasts,
  pushFilters,
  marksToSemiJoins,
  foldConstants,
  unwrapCasts,
  dropFalseFilters,
  mergeProjects,
  // By estimates, which need every condition where it filters.
  orderJoins,
  // After every rule that removes the last use of a column.
  pruneColumns,
  extractConstraints,
];
