import { assertNever } from '../../common/errors.ts';
import { formatExpr } from '../../operators/expr/format.ts';
import { formatKey, planLines } from '../../operators/format-plan.ts';
import type { EdgePrediction, Prediction, ScanFacts, Selected, Stage, StageGraph, StageOutput } from './stage-graph.ts';

/** The stages for EXPLAIN, the one that delivers the result first, and what all of it asks of the storage. */
export function formatStages(graph: StageGraph, predicted: Prediction, notes?: StageNotes): string {
  const stages = [...graph.stages].reverse().map((stage) => formatStage(stage, notes));
  const edges = predicted.edges.map((edge) => `${formatEdge(edge)}${notes?.edge(edge) ?? ''}`);
  return [...stages, ...(edges.length > 0 ? [edges.join('\n')] : []), formatPrediction(predicted)].join('\n\n');
}

/** What is said of a stage, of each node of its plan in preorder, and of what it hands on, behind their lines. */
export interface StageNotes {
  stage(stage: Stage): string;
  edge(edge: EdgePrediction): string;
  node(stage: Stage, index: number): string;
}

/** What the scans of every stage read, and what all of it asks of the storage. */
export function formatInputs({ stages }: StageGraph, predicted: Prediction): string {
  const scans = stages.flatMap((stage) => stage.scans.map(formatScan));
  return [...scans, formatPrediction(predicted)].join('\n');
}

function formatStage(stage: Stage, notes: StageNotes | undefined): string {
  const inputs = stage.inputs.length > 0 ? ` ← ${stage.inputs.map((input) => input.stage).join(', ')}` : '';
  const plan = planLines(stage.plan).map((line, i) => `  ${line}${notes?.node(stage, i) ?? ''}`);
  const output = formatOutput(stage.output);
  return [
    `Stage ${stage.id} [${tasks(stage.tasks.length)}]${inputs}${output}${notes?.stage(stage) ?? ''}`,
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

/** How rows travel from one stage to another, and what that is thought to take. */
function formatEdge(edge: EdgePrediction): string {
  const { from, to, bytes, put, get, ms } = edge;
  const facts = [
    wayOf(edge),
    `${tasks(edge.writers)} → ${readersOf(edge)}`,
    size(bytes),
    formatRequests({ PUT: put, GET: get }),
    duration(ms),
    money(edge.dollars + edge.functions),
  ];
  return `Exchange ${from} → ${to}: ${facts.join(' · ')}`;
}

/** Who reads all of it, or which part. */
function readersOf({ readers, partitions }: EdgePrediction): string {
  if (partitions !== null) return `${tasks(readers)} by ${number(partitions)} partitions`;
  return readers === 1 ? '1 task' : `each of ${tasks(readers)}`;
}

/** `objects, lz4, level 1 of 2`. */
export function wayOf({ medium, inMessages, compression, level, levels }: EdgePrediction): string {
  const way = [medium === 'inline' && !inMessages ? 'inline, else objects' : medium];
  if (compression !== null) way.push(compression);
  if (levels > 1) way.push(`level ${level} of ${levels}`);
  return way.join(', ');
}

function formatPrediction({ requests, bytes, memoryMb, ms, dollars }: Prediction): string {
  const { functions, requests: asked, total, prices } = dollars;
  const parts = `functions ${money(functions)}, requests ${money(asked)}; ${prices.region} prices of ${prices.date}`;
  return [
    `Predicted: ${formatRequests(requests)} · ${size(bytes)} read · ${duration(ms)} on functions of ${number(memoryMb)} MB`,
    `Predicted bill: ${money(total)} (${parts})`,
  ].join('\n');
}

function formatRequests(requests: Readonly<Record<string, number>>): string {
  const made = Object.entries(requests).flatMap(([kind, count]) => (count > 0 ? [`${number(count)} ${kind}`] : []));
  return made.length > 0 ? made.join(' · ') : 'no requests';
}

const tasks = (count: number): string => (count === 1 ? '1 task' : `${number(count)} tasks`);

/** `41 ms`, `1.9 s`. */
const duration = (ms: number): string => (ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

const ratio = ({ selected, total }: Selected) => `${number(selected)}/${number(total)}`;

/** Thousands are set apart by a narrow space. */
const number = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** US dollars with two digits that count, and at least two behind the point: `$0.0027`. */
export function money(dollars: number): string {
  if (dollars === 0) return '$0';
  const digits = Math.max(2, 1 - Math.floor(Math.log10(Math.abs(dollars))));
  return `$${dollars.toFixed(digits)}`;
}

/** Bytes in powers of 1,000 with three digits: `1.10 GB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
