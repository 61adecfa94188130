import { BindError } from '../../common/errors.ts';
import type { BindContext } from '../bind/bind-context.ts';
import { bindQuery } from '../bind/bind-query.ts';
import { StatementCatalog } from '../catalog/statement-catalog.ts';
import type { PartitionTest, TableSource } from '../catalog/table-source.ts';
import type { LogicalPlan, LogicalScan } from '../logical/logical-plan.ts';
import { partitionTest } from '../logical/partition-test.ts';
import { nodes } from '../logical/rewrite.ts';
import type { Query } from '../parse/ast.ts';
import { optimize } from '../rules/optimize.ts';

/**
 * A query as a logical plan. Where it reads partitioned tables it is bound twice: at first over a few of their files, which tells
 * by its optimised plan what partitions it wants, then over the files of those. The rows that this leaves out are such as the
 * scans would leave out, so that what the query means is the same.
 *
 * @throws what `bindQuery` throws
 */
export async function bindStatement(query: Query, context: BindContext): Promise<LogicalPlan> {
  const catalog = new StatementCatalog(context.catalog);
  const within: BindContext = { ...context, catalog };
  const { ids, signal } = context;
  const again = (wanted: (source: TableSource) => PartitionTest) => {
    catalog.want(wanted);
    return bindQuery(query, { ...within, scans: { next: 0 } });
  };
  let bound: LogicalPlan;
  try {
    bound = await bindQuery(query, within);
  } catch (error) {
    // The column may be one that few files have.
    const mayBeElsewhere = error instanceof BindError && error.code === 'SQ1102' && catalog.hasUnread;
    if (mayBeElsewhere) return again(() => () => true);
    throw error;
  }
  if (!catalog.hasUnread) return bound;
  const optimized = optimize(bound, { ids, ...(signal && { signal }) });
  const scans = nodes(optimized).filter((node): node is LogicalScan => node.kind === 'scan');
  return again((source) => {
    const tests = scans.filter((scan) => scan.source === source).map(partitionTest);
    return (values) => tests.some((test) => test === null || test(values));
  });
}
