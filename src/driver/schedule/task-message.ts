import { attemptId, type QueryId, taskId } from '../../common/ids.ts';
import { type LinkOutput, PROTOCOL_VERSION, type Task } from '../../operators/task.ts';
import type { Stage } from '../../planner/stages/stage-graph.ts';
import type { Cloud } from '../cloud.ts';
import type { Scratch } from '../scratch.ts';

/** Share of a function's memory that a task may take as linear memory; the rest is Node, code and buffers in flight. */
const MEMORY_SHARE = 0.6;
/** A task gives up this long before its function would be killed, so that it can still report; at most a tenth of its time. */
const DEADLINE_MARGIN_MS = 1_000;

export interface TaskMessageOptions {
  readonly query: QueryId;
  readonly cloud: Cloud;
  readonly scratch: Scratch;
  readonly exchanges: Task['exchanges'];
  /** Bytes that its output may have to travel inside messages. */
  readonly inlineShare: number;
  /** Its report is also put into the query's journal. */
  readonly journal: boolean;
  /** Where its rows go, of a task in a gang. */
  readonly links?: LinkOutput;
}

/** What a function is told of one attempt. */
export function taskMessage(stage: Stage, index: number, attempt: number, options: TaskMessageOptions): Task {
  const { query, cloud, scratch, exchanges, inlineShare, journal, links } = options;
  const ids = { stage: stage.id, task: taskId(index), attempt: attemptId(attempt) };
  const { memoryMb, timeoutMs } = cloud.limits;
  const { compression } = stage.exchange;
  return {
    version: PROTOCOL_VERSION,
    query,
    ...ids,
    plan: stage.plan,
    scans: stage.tasks[index]!.scans,
    exchanges,
    output: {
      uri: scratch.uri(ids),
      maxInlineBytes: inlineShare,
      ...(stage.output.kind !== 'whole' && { partitioning: stage.output }),
      ...(compression !== null && { compression }),
      ...(links && { links }),
    },
    storage: cloud.storage,
    budget: {
      memoryBytes: Math.floor(memoryMb * 1024 * 1024 * MEMORY_SHARE),
      deadline: cloud.clock.now() + timeoutMs - Math.min(DEADLINE_MARGIN_MS, timeoutMs / 10),
    },
    ...(journal && { journal: scratch.journal }),
  };
}
