import { InternalError } from '../../common/errors.ts';
import type { StageId } from '../../common/ids.ts';
import type { Stage, StageGraph } from '../../planner/stages/stage-graph.ts';

/** Stages that begin together: one, or those that direct edges connect. */
export type Unit = readonly Stage[];

/** Every stage is in one unit; producers come first. */
export function unitsOf({ stages }: StageGraph): readonly Unit[] {
  const heads = new Map<StageId, StageId>(stages.map(({ id }) => [id, id]));
  const headOf = (id: StageId): StageId => {
    const head = heads.get(id);
    if (head === undefined) throw new InternalError(`there is no stage ${id}`);
    return head === id ? id : headOf(head);
  };
  for (const { id, inputs } of stages) {
    for (const { stage } of inputs) if (isDirect(stages, stage)) heads.set(headOf(stage), headOf(id));
  }
  const units = new Map<StageId, Stage[]>();
  for (const stage of stages) {
    const head = headOf(stage.id);
    const unit = units.get(head);
    if (unit) unit.push(stage);
    else units.set(head, [stage]);
  }
  return [...units.values()];
}

const isDirect = (stages: readonly Stage[], id: StageId): boolean =>
  stages.some((stage) => stage.id === id && stage.exchange.medium === 'direct');

/** What a unit waits for: all that its stages read, and wait for, of others. */
export function prerequisites(unit: Unit): readonly StageId[] {
  const own = new Set(unit.map(({ id }) => id));
  const needed = unit.flatMap(({ inputs, after }) => [...inputs.map(({ stage }) => stage), ...after]);
  return [...new Set(needed)].filter((id) => !own.has(id));
}
