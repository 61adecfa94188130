import type { Decision } from '../adaptive/adaptive-graph.ts';
import { qError } from '../estimate/q-error.ts';
import { formatRows } from '../logical/format-logical.ts';
import { formatStages, money } from '../stages/format-stages.ts';
import type { Prediction, Stage, StageGraph } from '../stages/stage-graph.ts';

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

/** What one stage handed to another took. What writing took is told at the first reader. */
export interface EdgeRun {
  readonly from: number;
  readonly to: number;
  /** How the rows travelled: several ways when not all outputs did the same. */
  readonly media: readonly ('inline' | 'objects' | 'direct')[];
  readonly put: number;
  readonly get: number;
  /** Bytes to storage or over links. */
  readonly written: number;
  readonly read: number;
  /** Bill of the storage, US dollars. */
  readonly dollars: number;
}

/** A query as it ran. */
export interface QueryRun {
  /** With the stages that came, and without those that were dropped, while it ran. */
  readonly stages: StageGraph;
  readonly predicted: Prediction;
  /** By the number of the stage. */
  readonly runs: ReadonlyMap<number, StageRun>;
  readonly edges: readonly EdgeRun[];
  readonly decisions: readonly Decision[];
}

/**
 * The stages as they ran: per node the rows that were estimated, the rows that were delivered and the factor between them; per
 * stage its tasks' times, with a note when the slowest took more than three times the median; per exchange its requests and bytes; and
 * what was decided anew on the way.
 */
export function analyzed({ stages, predicted, runs, edges, decisions }: QueryRun): string {
  const text = formatStages(stages, predicted, {
    stage: ({ id }) => stageNote(runs.get(id)),
    node: (stage, index) => nodeNote(stage, index, runs.get(stage.id)),
    edge: ({ from, to }) => edgeNote(edges.find((edge) => edge.from === from && edge.to === to)),
  });
  const decided = decisions.map(
    ({ stage, kind, from, to, why }) => `Decided while it ran: stage ${stage}, ${kind}: ${from} → ${to} (${why})`,
  );
  return [text, ...(decided.length > 0 ? [decided.join('\n')] : [])].join('\n\n');
}

function edgeNote(run: EdgeRun | undefined): string {
  if (!run) return '';
  const requests = [
    ...(run.put > 0 ? [`${count(run.put)} PUT`] : []),
    ...(run.get > 0 ? [`${count(run.get)} GET`] : []),
    ...(run.put + run.get === 0 ? ['no requests'] : []),
  ];
  const moved = `${count(run.written)} bytes written, ${count(run.read)} read`;
  return `  = ${run.media.join(' and ') || 'nothing'} · ${requests.join(' · ')} · ${moved} · ${money(run.dollars)}`;
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
