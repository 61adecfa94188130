import { assertNever } from '../../common/errors.ts';
import { formatExpr } from '../../operators/expr/format.ts';
import { formatKey, planLines } from '../../operators/format-plan.ts';
import type { Prediction, ScanFacts, Selected, Stage, StageGraph, StageOutput } from './stage-graph.ts';

/** The stages for EXPLAIN, the one that delivers the result first, and what all of it asks of the storage. */
export function formatStages(graph: StageGraph, predicted: Prediction, notes?: StageNotes): string {
  const stages = [...graph.stages].reverse().map((stage) => formatStage(stage, notes));
  return [...stages, formatPrediction(predicted)].join('\n\n');
}

/** What is said of a stage, and of each node of its plan in preorder, behind their lines. */
export interface StageNotes {
  stage(stage: Stage): string;
  node(stage: Stage, index: number): string;
}

/** What the scans of every stage read, and what all of it asks of the storage. */
export function formatInputs({ stages }: StageGraph, predicted: Prediction): string {
  const scans = stages.flatMap((stage) => stage.scans.map(formatScan));
  return [...scans, formatPrediction(predicted)].join('\n');
}

function formatStage(stage: Stage, notes: StageNotes | undefined): string {
  const tasks = stage.tasks.length === 1 ? '1 task' : `${number(stage.tasks.length)} tasks`;
  const inputs = stage.inputs.length > 0 ? ` ← ${stage.inputs.map((input) => input.stage).join(', ')}` : '';
  const plan = planLines(stage.plan).map((line, i) => `  ${line}${notes?.node(stage, i) ?? ''}`);
  const output = formatOutput(stage.output);
  return [
    `Stage ${stage.id} [${tasks}]${inputs}${output}${notes?.stage(stage) ?? ''}`,
    ...plan,
    ...stage.scans.map((scan) => `  ${formatScan(scan)}`),
  ].join('\n');
}

function formatOutput(output: StageOutput): string {
  switch (output.kind) {
    case 'whole':
      return '';
    case 'hash':
      return ` → ${number(output.partitions)} partitions by ${output.keys.map(formatExpr).join(', ')}`;
    case 'roundRobin':
      return ` → ${number(output.partitions)} partitions in turn`;
    case 'range':
      return ` → ${number(output.partitions)} pieces in order of ${output.keys.map(formatKey).join(', ')}`;
    default:
      return assertNever(output);
  }
}

function formatScan({ table, files, rowGroups, rows, bytes, columns }: ScanFacts): string {
  const facts = [
    `files ${ratio(files)}`,
    `row groups ${ratio(rowGroups)}`,
    `rows ${ratio(rows)}`,
    `bytes ${size(bytes.selected)}/${size(bytes.total)}`,
    `columns ${ratio(columns)}`,
  ];
  return `${table}: ${facts.join(' · ')}`;
}

function formatPrediction({ requests, exchanges, bytes }: Prediction): string {
  const more = Object.values(exchanges).some((count) => count > 0);
  const exchanged = more ? `\nExchanges, unless they fit into messages: at most ${formatRequests(exchanges)}` : '';
  return `Predicted: ${formatRequests(requests)} · ${size(bytes)} read${exchanged}`;
}

function formatRequests(requests: Prediction['requests']): string {
  const made = Object.entries(requests).flatMap(([kind, count]) => (count > 0 ? [`${number(count)} ${kind}`] : []));
  return made.length > 0 ? made.join(' · ') : 'no requests';
}

const ratio = ({ selected, total }: Selected) => `${number(selected)}/${number(total)}`;

/** Thousands are set apart by a narrow space. */
const number = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in powers of 1,000 with three digits: `1.10 GB`. */
function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
