import { aggregatesToWindows } from './aggregates-to-windows.ts';
import { decorrelate } from './decorrelate/decorrelate.ts';
import { dropDistincts } from './drop-distincts.ts';
import { dropFalseFilters } from './drop-false-filters.ts';
import { dropSorts } from './drop-sorts.ts';
import { eagerAggregation } from './eager-aggregation.ts';
import { extractConstraints } from './extract-constraints.ts';
import { factorDisjunctions } from './factor-disjunctions.ts';
import { foldConstants } from './fold-constants.ts';
import { inferPredicates } from './infer-predicates.ts';
import { inlineCommonTables } from './inline-common-tables.ts';
import { marksToSemiJoins } from './marks-to-semi-joins.ts';
import { mergeProjects } from './merge-projects.ts';
import { orderJoins } from './order-joins.ts';
import { propagateEmpty } from './propagate-empty.ts';
import { pruneColumns } from './prune-columns.ts';
import { pushFilters } from './push-filters.ts';
import { pushLimits } from './push-limits.ts';
import { removeRedundantJoins } from './remove-redundant-joins.ts';
import { removeRenamings } from './remove-renamings.ts';
import type { Rule } from './rule.ts';
import { simplifyOuterJoins } from './simplify-outer-joins.ts';
import { simplifyRanges } from './simplify-ranges.ts';
import { unwrapCasts } from './unwrap-casts.ts';

/** The only place of order. */
export const RULES: readonly Rule[] = [
  foldConstants,
  // Compares columns with folded literals.
  unwrapCasts,
  factorDisjunctions,
  // Before filters move: into a common table that several read, none does.
  inlineCommonTables,
  // Before a query inside an expression is turned into joins: fewer outer rows lend their values.
  pushFilters,
  // The rules from here on know no apply.
  decorrelate,
  removeRenamings,
  // Filters stand right above the marks and the outer joins that they read.
  pushFilters,
  marksToSemiJoins,
  simplifyOuterJoins,
  pushFilters,
  // Twice: what one join learns from another, the joins below that one learn the second time.
  inferPredicates,
  pushFilters,
  inferPredicates,
  pushFilters,
  // A filter over a project becomes constant once the project's literals stand in it.
  foldConstants,
  unwrapCasts,
  simplifyRanges,
  dropFalseFilters,
  propagateEmpty,
  dropDistincts,
  dropSorts,
  pushLimits,
  mergeProjects,
  // Knows by the columns that are delivered what is read.
  pruneColumns,
  removeRedundantJoins,
  // Knows by conditions that stand as low as they can whether two blocks are alike.
  aggregatesToWindows,
  // A common table that a window left with one reader.
  inlineCommonTables,
  mergeProjects,
  eagerAggregation,
  // By estimates, which need every condition where it filters.
  orderJoins,
  // After every rule that removes the last use of a column.
  pruneColumns,
  extractConstraints,
];
