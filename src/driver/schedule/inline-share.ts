import type { StageId } from '../../common/ids.ts';
import { inlineBytes } from '../../planner/functions-offered.ts';
import type { Stage, StageGraph } from '../../planner/stages/stage-graph.ts';
import type { CloudLimits } from '../cloud.ts';

/** What partitioned outputs of a stage take together at most while they pass through the driver, in payloads. */
const PAYLOADS_AT_ONCE = 8;
/** A partition may have so many times its even share before a message becomes too large. */
const UNEVEN = 2;

/**
 * Bytes that the output of one task may have to travel inside messages. All inputs of a consumer together stay below one payload, so
 * that it can be handed them inline; of partitioned outputs, each of which goes to another consumer in parts, while the partitions are
 * about even. Where they are not the message goes through the store.
 */
export function inlineShare(stage: Stage, graph: StageGraph, limits: CloudLimits): number {
  const isRead = graph.stages.some(({ inputs }) => inputs.some(({ stage: id }) => id === stage.id));
  if (isRead && stage.exchange.medium !== 'inline') return 0;
  const payload = inlineBytes(limits) / mostInputs(graph, stage.id);
  return Math.floor(Math.min(payload, (payload * consumers(stage, graph)) / stage.tasks.length));
}

/** Over how many consumers the bytes spread. */
function consumers({ id, output }: Stage, { stages }: StageGraph): number {
  const routes = stages.flatMap(({ inputs }) => inputs.filter(({ stage }) => stage === id));
  if (output.kind === 'whole' || routes.some(({ route }) => route.kind === 'all')) return 1;
  const readers = stages.filter(({ inputs }) => inputs.some(({ stage }) => stage === id));
  const fewest = readers.reduce((least, { tasks }) => Math.min(least, tasks.length), output.partitions);
  return Math.min(PAYLOADS_AT_ONCE, Math.max(1, fewest / UNEVEN));
}

/** The most inputs that a consumer of this stage has. */
const mostInputs = ({ stages }: StageGraph, producer: StageId): number =>
  stages.reduce(
    (most, { inputs }) => (inputs.some(({ stage }) => stage === producer) ? Math.max(most, inputs.length) : most),
    1,
  );
