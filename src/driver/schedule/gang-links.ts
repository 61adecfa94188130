import { InternalError } from '../../common/errors.ts';
import { type StageId, type TaskId, taskId } from '../../common/ids.ts';
import type { LinkGang, LinkInput, LinkOutput } from '../../operators/task.ts';
import type { Stage } from '../../planner/stages/stage-graph.ts';
import { taskReadings } from './stage-inputs.ts';
import type { Unit } from './units.ts';

/** Who sends to whom in a gang. */
export interface GangLinks {
  /** Where the rows of a task go; undefined: to nobody in the gang. */
  output(stage: StageId, task: number): LinkOutput | undefined;
  /** Who sends to a task, by the stage that does. */
  inputs(stage: StageId, task: number): ReadonlyMap<StageId, LinkInput>;
}

/** The links between the stages of a unit. */
export function gangLinks(unit: Unit, gang: LinkGang): GangLinks {
  const edges = unit.filter(({ exchange }) => exchange.medium === 'direct').map((producer) => edgeFrom(producer, unit));
  return {
    output: (stage, task) => {
      const edge = edges.find(({ from }) => from === stage);
      return edge && { gang, to: edge.to, peers: edge.readers[task] as readonly TaskId[] };
    },
    inputs: (stage, task) =>
      new Map(
        edges
          .filter(({ to }) => to === stage)
          .map(({ from, producers }) => [from, { gang, peers: producers[task] as readonly TaskId[] }]),
      ),
  };
}

interface Edge {
  readonly from: StageId;
  readonly to: StageId;
  /** By task of the producer and partition: the task it goes to. */
  readonly readers: readonly (readonly TaskId[])[];
  /** By task of the consumer: the tasks that send. */
  readonly producers: readonly (readonly TaskId[])[];
}

function edgeFrom(producer: Stage, unit: Unit): Edge {
  const wrong = (why: string) => new InternalError(`the direct exchange of stage ${producer.id} ${why}`);
  const { output } = producer;
  if (output.kind === 'whole') throw wrong('has no partitions');
  const readers = unit.flatMap((stage) =>
    stage.inputs.filter((input) => input.stage === producer.id).map((input) => ({ stage, input })),
  );
  const [reader] = readers;
  if (!reader || readers.length > 1) throw wrong(`has ${readers.length} readers`);
  const to: (TaskId | undefined)[][] = producer.tasks.map(() => Array.from({ length: output.partitions }));
  const producers = reader.stage.tasks.map((_, task) =>
    taskReadings(reader.stage, reader.input, task, producer).map((part) => {
      const partitions = to[part.producer];
      if (!partitions || !part.slice) throw wrong(`is read by a task of stage ${reader.stage.id} in another way`);
      for (let partition = part.slice.from; partition < part.slice.to; partition++) {
        if (partitions[partition] !== undefined) throw wrong('has a partition that two tasks read');
        partitions[partition] = taskId(task);
      }
      return taskId(part.producer);
    }),
  );
  if (to.some((partitions) => partitions.some((task) => task === undefined)))
    throw wrong('has a partition that nobody reads');
  return { from: producer.id, to: reader.stage.id, readers: to as TaskId[][], producers };
}
