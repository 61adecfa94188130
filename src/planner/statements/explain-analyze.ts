import { qError } from '../estimate/q-error.ts';
import { formatRows } from '../logical/format-logical.ts';
import { formatStages } from '../stages/format-stages.ts';
import type { Stage } from '../stages/stage-graph.ts';
import type { ExplainedPlan } from './explain.ts';

/** What the tasks of a stage took. Times in ms. */
export interface StageRun {
  /** Rows that each node of the plan, in preorder, delivered in all tasks together; null where the tasks did not say. */
  readonly operatorRows: readonly number[] | null;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Of each task, from its invocation to its report. */
  readonly taskMs: readonly number[];
  readonly memoryPeakBytes: number;
  /** Bytes read from storage. */
  readonly bytes: number;
}

/**
 * The stages as they ran: per node the rows that were estimated, the rows that were delivered and the factor between them; per
 * stage its tasks' times, with a note when the slowest took more than three times the median.
 */
export function analyzed({ stages, predicted }: ExplainedPlan, runs: readonly StageRun[]): string {
  return formatStages(stages, predicted, {
    stage: ({ id }) => stageNote(runs[id]),
    node: (stage, index) => nodeNote(stage, index, runs[stage.id]),
  });
}

function stageNote(run: StageRun | undefined): string {
  if (!run || run.taskMs.length === 0) return ' · did not run';
  const times = run.taskMs.toSorted((a, b) => a - b);
  const [min, median, max] = [times[0], times[times.length >> 1], times.at(-1)] as [number, number, number];
  const skewed = times.length > 1 && max > 3 * median ? ' · skewed' : '';
  const facts = [
    `ms ${ms(min)}/${ms(median)}/${ms(max)} (least, median, most)`,
    `rows ${count(run.rowsIn)} in, ${count(run.rowsOut)} out`,
    `${count(run.bytes)} bytes read`,
    `peak ${count(Math.ceil(run.memoryPeakBytes / 1_000_000))} MB`,
  ];
  return ` · ${facts.join(' · ')}${skewed}`;
}

function nodeNote(stage: Stage, index: number, run: StageRun | undefined): string {
  const estimated = stage.estimatedRows[index] ?? null;
  const actual = run?.operatorRows?.[index];
  const estimate = estimated === null ? '' : `  ~${formatRows(estimated)}`;
  if (actual === undefined) return estimate;
  const factor = estimated === null ? '' : `, q ${qError(estimated, actual).toFixed(2)}`;
  return `${estimate}  = ${count(actual)} ${actual === 1 ? 'row' : 'rows'}${factor}`;
}

const ms = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
const count = (value: number) => value.toLocaleString('en');
