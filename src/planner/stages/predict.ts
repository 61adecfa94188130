import type { StageId } from '../../common/ids.ts';
import type { PriceTable } from '../../common/prices.ts';
import type { RequestClass } from '../../storage/object-store.ts';
import type { PlanningRequests } from '../catalog/table-source.ts';
import { type CostModel, costModel, functionDollars, startMs, wavesOf } from '../cost/cost-model.ts';
import { hopCost } from '../cost/exchange-cost.ts';
import type { Hop, HopCost } from '../cost/hop-cost.ts';
import { type FunctionsOffered, inlineBytes, LAMBDA_OFFER } from '../functions-offered.ts';
import { hopOf } from './hops.ts';
import { levelOf, readersOf } from './levels.ts';
import { outputBytes, scannedBytes } from './stage-bytes.ts';
import { type EdgePrediction, type Prediction, type Stage, type StageGraph, stageOf } from './stage-graph.ts';
import { taskMs } from './stage-time.ts';

/** Objects that one request deletes. */
const DELETED_AT_ONCE = 1_000;

/**
 * What a query asks of the storage and of functions: what planning has asked, a GET for every range of every task, what the exchanges
 * are thought to ask, and the time of the functions by the dated tables.
 */
export function predict(
  graph: StageGraph,
  planning: readonly PlanningRequests[],
  functions: FunctionsOffered = LAMBDA_OFFER,
): Prediction {
  const model = costModel(functions);
  const requests = none();
  for (const made of planning) {
    for (const kind of Object.keys(requests) as RequestClass[]) requests[kind] += made[kind] ?? 0;
  }
  const inputs = graph.stages.flatMap((stage) => stage.tasks).flatMap((task) => Object.values(task.scans).flat());
  requests.GET += inputs.reduce((sum, input) => sum + input.ranges.length, 0);
  const scanning = requestDollars(requests, model.prices);
  const edges = predictEdges(graph, model);
  const exchanges = exchangeRequests(edges);
  for (const kind of Object.keys(requests) as RequestClass[]) requests[kind] += exchanges[kind];
  const stages = timeStages(graph, model, edges);
  const asked = scanning + edges.reduce((sum, { dollars }) => sum + dollars, 0);
  const run = stages.dollars + edges.reduce((sum, { functions: own }) => sum + own, 0);
  const { region, date } = model.prices;
  return {
    requests,
    exchanges,
    bytes: graph.stages.reduce((sum, stage) => sum + scannedBytes(stage), 0),
    edges,
    memoryMb: functions.memoryMb,
    ms: stages.ms,
    dollars: { functions: run, requests: asked, total: run + asked, prices: { region, date } },
  };
}

const none = (): Record<RequestClass, number> => ({ GET: 0, HEAD: 0, PUT: 0, LIST: 0, DELETE: 0 });

const requestDollars = (requests: Readonly<Record<RequestClass, number>>, { request }: PriceTable): number =>
  (Object.keys(requests) as RequestClass[]).reduce((sum, kind) => sum + requests[kind] * request[kind], 0);

/** What is written is read by each reader, and deleted in the end. */
function exchangeRequests(edges: readonly EdgePrediction[]): Record<RequestClass, number> {
  const requests = none();
  for (const { put, get } of edges) {
    requests.PUT += put;
    requests.GET += get;
  }
  requests.DELETE = Math.ceil(requests.PUT / DELETED_AT_ONCE);
  return requests;
}

/** Every edge, in the order of the readers; what writing takes is told at the first reader. */
function predictEdges(graph: StageGraph, model: CostModel): readonly EdgePrediction[] {
  const told = new Set<StageId>();
  return graph.stages.flatMap((reader) =>
    reader.inputs.map((input): EdgePrediction => {
      const writer = stageOf(graph, input.stage);
      const bytes = outputBytes(graph, writer);
      const hop = hopOf(writer, reader, input, bytes, !told.has(writer.id));
      told.add(writer.id);
      const { medium, compression } = writer.exchange;
      return {
        from: writer.id,
        to: reader.id,
        medium,
        compression,
        ...levelOf(graph, writer),
        writers: hop.writers,
        readers: hop.readers,
        partitions: input.route.kind === 'all' || writer.output.kind === 'whole' ? null : writer.output.partitions,
        bytes,
        inMessages: medium === 'inline' && fitsMessages(graph, writer, bytes, model),
        ...edgeCost(graph, writer, hop, model),
      };
    }),
  );
}

function edgeCost(graph: StageGraph, writer: Stage, hop: Hop, model: CostModel): HopCost {
  const { medium, compression } = writer.exchange;
  if (medium === 'direct') return hopCost(model, hop, { medium, waitingMs: gangMs(graph, writer, model) });
  const isInline = medium === 'inline' && fitsMessages(graph, writer, hop.bytes, model);
  return hopCost(model, hop, isInline ? { medium } : { medium: 'objects', compression });
}

/** All outputs of all inputs of a reader have to fit one message. */
function fitsMessages(graph: StageGraph, { id }: Stage, bytes: number, { functions }: CostModel): boolean {
  const most = readersOf(graph, id).reduce((inputs, reader) => Math.max(inputs, reader.inputs.length), 1);
  return bytes <= inlineBytes(functions) / most;
}

function stageMs(graph: StageGraph, stage: Stage, model: CostModel): number {
  const read = stage.inputs.reduce((sum, input) => {
    const writer = stageOf(graph, input.stage);
    return sum + hopOf(writer, stage, input, outputBytes(graph, writer), false).readBytes;
  }, 0);
  return taskMs(model, stage, read);
}

/** From the start of its gang to the last row of a stage. */
function gangMs(graph: StageGraph, stage: Stage, model: CostModel): number {
  const linked = stage.inputs.map((input) => stageOf(graph, input.stage)).filter(isLinked);
  const before = Math.max(0, ...linked.map((one) => gangMs(graph, one, model)));
  return before + stageMs(graph, stage, model) * wavesOf(model, stage.tasks.length);
}

const isLinked = ({ exchange }: Stage): boolean => exchange.medium === 'direct';

/** A stage begins when its inputs are there; the time of the longest way is the query's. */
function timeStages(
  graph: StageGraph,
  model: CostModel,
  edges: readonly EdgePrediction[],
): { readonly ms: number; readonly dollars: number } {
  const ends = new Map<StageId, number>();
  let dollars = 0;
  for (const stage of graph.stages) {
    const own = stageMs(graph, stage, model);
    const tasks = stage.tasks.length;
    const arrived = edges.filter(({ to }) => to === stage.id).map(({ from, ms }) => (ends.get(from) ?? 0) + ms);
    const ready = arrived.length > 0 ? Math.max(...arrived) : startMs(model, tasks);
    ends.set(stage.id, ready + own * wavesOf(model, tasks));
    dollars += functionDollars(model, own * tasks) + tasks * model.prices.invocation;
  }
  return { ms: Math.max(0, ...ends.values()), dollars };
}
