import { assertNever } from '../../common/errors.ts';
import { typeName } from '../../common/types.ts';
import type { Column } from '../../operators/expr/expr.ts';
import { describePlan } from '../../operators/format-plan.ts';
import { children, type PhysicalPlan } from '../../operators/plan.ts';
import { Estimator } from '../estimate/estimate.ts';
import { describeLogical, formatLogical } from '../logical/format-logical.ts';
import { inputs, type LogicalPlan } from '../logical/logical-plan.ts';
import { formatInputs, formatStages, money, size, wayOf } from '../stages/format-stages.ts';
import type { EdgePrediction, Prediction, Stage, StageGraph } from '../stages/stage-graph.ts';
import type { ExplainOptions } from './explain-options.ts';

/** What EXPLAIN shows. */
export interface ExplainedPlan {
  readonly logical: LogicalPlan;
  readonly optimized: LogicalPlan;
  readonly stages: StageGraph;
  readonly predicted: Prediction;
}

/** A plan as EXPLAIN with these options prints it. */
export function explained(plan: ExplainedPlan, { format, type }: ExplainOptions): string {
  switch (format) {
    case 'text':
      return asText(plan, type);
    case 'json':
      return JSON.stringify(asJson(plan, type), null, 2);
    case 'mermaid':
      return asMermaid(plan, type);
    default:
      return assertNever(format);
  }
}

function asText({ logical, optimized, stages, predicted }: ExplainedPlan, type: ExplainOptions['type']): string {
  const withEstimates = (plan: LogicalPlan) => formatLogical(plan, new Estimator(plan));
  switch (type) {
    case null:
      return `${withEstimates(optimized)}\n\n${formatStages(stages, predicted)}`;
    case 'logical':
      return formatLogical(logical);
    case 'optimized':
      return withEstimates(optimized);
    case 'distributed':
      return formatStages(stages, predicted);
    case 'io':
      return formatInputs(stages, predicted);
    default:
      return assertNever(type);
  }
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The trees as data. Estimates are rows, rounded. */
function asJson({ logical, optimized, stages, predicted }: ExplainedPlan, type: ExplainOptions['type']): Json {
  switch (type) {
    case null:
      return {
        logical: logicalJson(logical, null),
        optimized: logicalJson(optimized, new Estimator(optimized)),
        stages: stages.stages.map((stage) => stageJson(stage, predicted)),
        predicted: asData(predicted),
      };
    case 'logical':
      return logicalJson(logical, null);
    case 'optimized':
      return logicalJson(optimized, new Estimator(optimized));
    case 'distributed':
      return stages.stages.map((stage) => stageJson(stage, predicted));
    case 'io':
      return {
        scans: stages.stages.flatMap((stage) =>
          stage.scans.map(
            ({ scan: _scan, ...facts }): Json => ({
              stage: stage.id,
              ...(facts as unknown as { [name: string]: Json }),
            }),
          ),
        ),
        predicted: asData(predicted),
      };
    default:
      return assertNever(type);
  }
}

const columnsJson = (columns: readonly Column[]): Json =>
  columns.map(({ name, type, nullable }) => ({ name, type: typeName(type), nullable }));

function logicalJson(plan: LogicalPlan, estimator: Estimator | null): Json {
  return {
    node: plan.kind,
    text: describeLogical(plan),
    ...(estimator && { estimatedRows: Math.max(1, Math.round(estimator.rows(plan))) }),
    columns: columnsJson(plan.columns),
    inputs: inputs(plan).map((input) => logicalJson(input, estimator)),
  };
}

function stageJson(stage: Stage, { memoryMb, edges }: Prediction): Json {
  let index = 0;
  const node = (plan: PhysicalPlan): Json => {
    const estimated = stage.estimatedRows[index++] ?? null;
    return {
      node: plan.kind,
      text: describePlan(plan),
      estimatedRows: estimated === null ? null : Math.round(estimated),
      columns: columnsJson(plan.columns),
      inputs: children(plan).map(node),
    };
  };
  return {
    stage: stage.id,
    tasks: stage.tasks.length,
    memoryMb,
    inputs: stage.inputs.map((input) => input.stage),
    exchanges: edges.filter(({ to }) => to === stage.id).map(asData),
    output: stage.output.kind,
    partitions: stage.output.kind === 'whole' ? null : stage.output.partitions,
    plan: node(stage.plan),
  };
}

const asData = (value: Prediction | EdgePrediction): Json => JSON.parse(JSON.stringify(value));

/** A flow chart: rows flow along the arrows; without a type the stages are boxes around their operators. */
function asMermaid({ logical, optimized, stages, predicted }: ExplainedPlan, type: ExplainOptions['type']): string {
  switch (type) {
    case 'logical':
      return ['flowchart BT', ...tree(logical, 'n', describeLogical, inputs)].join('\n');
    case 'optimized':
      return ['flowchart BT', ...tree(optimized, 'n', describeLogical, inputs)].join('\n');
    case null:
    case 'distributed':
    case 'io':
      return ['flowchart BT', ...stages.stages.flatMap((stage) => stageChart(stage, predicted))].join('\n');
    default:
      return assertNever(type);
  }
}

function stageChart(stage: Stage, { edges }: Prediction): readonly string[] {
  const prefix = `s${stage.id}_`;
  const inner = tree(stage.plan, prefix, describePlan, children).map((line) => `  ${line}`);
  const tasks = stage.tasks.length === 1 ? '1 task' : `${stage.tasks.length} tasks`;
  return [
    `  subgraph s${stage.id}["Stage ${stage.id}: ${tasks}"]`,
    ...inner,
    '  end',
    ...edges
      .filter(({ to }) => to === stage.id)
      .map(
        (edge) =>
          `  s${edge.from} -->|"${wayOf(edge)}: ${size(edge.bytes)}, ${money(edge.dollars + edge.functions)}"| s${stage.id}`,
      ),
  ];
}

/** Every node with the arrow to what reads it; nodes are numbered in preorder. */
function tree<Node>(
  root: Node,
  prefix: string,
  describe: (node: Node) => string,
  inputsOf: (node: Node) => readonly Node[],
): readonly string[] {
  const lines: string[] = [];
  let count = 0;
  const visit = (node: Node, reader: string | null): void => {
    const id = `${prefix}${count++}`;
    lines.push(`  ${id}["${quoted(describe(node))}"]`);
    if (reader !== null) lines.push(`  ${id} --> ${reader}`);
    for (const input of inputsOf(node)) visit(input, id);
  };
  visit(root, null);
  return lines;
}

const quoted = (text: string) => text.replaceAll('"', '#quot;').replaceAll('\n', ' ');
