import { children, type PhysicalPlan } from '../../operators/plan.ts';
import { bytesOf } from '../estimate/column-facts.ts';
import { bytesOf as rangeBytes } from './assign-tasks.ts';
import { isBetween } from './levels.ts';
import { type Stage, type StageGraph, stageOf } from './stage-graph.ts';

/** Bytes that a row says of itself beside its columns: validity, offsets. */
const ROW_BYTES = 1;

/** What the tasks of a stage together are thought to deliver, as Arrow buffers. */
export function outputBytes(graph: StageGraph, stage: Stage): number {
  if (isBetween(graph, stage))
    return Math.max(...stage.inputs.map((input) => outputBytes(graph, stageOf(graph, input.stage))));
  const rows = estimatedRows(stage);
  return rows * stage.plan.columns.reduce((sum, { type }) => sum + bytesOf(type), ROW_BYTES);
}

/** Bytes that its tasks together read out of tables. */
export const scannedBytes = ({ tasks }: Stage): number =>
  tasks.reduce(
    (sum, { scans }) =>
      sum +
      Object.values(scans)
        .flat()
        .reduce((own, input) => own + rangeBytes(input), 0),
    0,
  );

/** Rows of the root; where nobody has thought of a node, what its inputs and its own kind say. */
function estimatedRows({ plan, estimatedRows: estimates, tasks }: Stage): number {
  let next = 0;
  const visit = (node: PhysicalPlan): number => {
    const own = estimates[next++] ?? null;
    const inputs = children(node).map(visit);
    return (
      own ??
      supposedRows(
        node,
        inputs.reduce((sum, rows) => sum + rows, 0),
        tasks.length,
      )
    );
  };
  return visit(plan);
}

function supposedRows(node: PhysicalPlan, input: number, tasks: number): number {
  if (node.kind === 'values') return node.rows.length;
  if (node.kind === 'topN' || node.kind === 'limit')
    return node.limit === null ? input : Math.min(input, (node.limit + node.offset) * tasks);
  const isOneGroup = node.kind === 'aggregate' && node.groups.length === 0 && node.groupingSets === null;
  return isOneGroup ? tasks : input;
}
