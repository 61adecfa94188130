import type { Compression } from '../../operators/task.ts';
import { tasksOf } from '../stages/routes.ts';
import type { LevelShape } from '../stages/stage-graph.ts';
import type { CostModel } from './cost-model.ts';
import { type Hop, type HopCost, inlineCost, linksCost, objectsCost } from './hop-cost.ts';

/** One way of bringing rows to the tasks that their keys belong to, or all of them to all tasks. */
export type ExchangeWay =
  | { readonly medium: 'inline' }
  | { readonly medium: 'objects'; readonly compression: Compression | null }
  /** `waitingMs`: from the start of the gang to the producers' last row. */
  | { readonly medium: 'direct'; readonly waitingMs: number };

/** Bytes of rows by partition, through all levels: what the hops are predicted to take together. */
export function partitionedCost(
  model: CostModel,
  shapes: readonly LevelShape[],
  bytes: number,
  way: ExchangeWay,
): HopCost {
  const costs: HopCost[] = [];
  let waitingMs = way.medium === 'direct' ? way.waitingMs : 0;
  for (const hop of hopsOf(shapes, bytes)) {
    const cost = hopCost(model, hop, way.medium === 'direct' ? { ...way, waitingMs } : way);
    waitingMs += cost.ms;
    costs.push(cost);
  }
  const between = shapes.slice(1, -1).reduce((sum, shape) => sum + tasksOf(shape), 0);
  const total = sumCosts(costs);
  return { ...total, functions: total.functions + between * model.prices.invocation };
}

const hopsOf = (shapes: readonly LevelShape[], bytes: number): readonly Hop[] =>
  shapes.slice(1).map((to, i): Hop => {
    const from = shapes[i] as LevelShape;
    return {
      writers: tasksOf(from),
      readers: tasksOf(to),
      gets: from.groups * to.prefix,
      partitioned: true,
      bytes,
      readBytes: bytes,
      writes: true,
    };
  });

export function hopCost(model: CostModel, hop: Hop, way: ExchangeWay): HopCost {
  if (way.medium === 'inline') return inlineCost(model, hop);
  return way.medium === 'objects' ? objectsCost(model, hop, way.compression) : linksCost(model, hop, way.waitingMs);
}

const NOTHING: HopCost = { put: 0, get: 0, written: 0, read: 0, ms: 0, dollars: 0, functions: 0 };

export const sumCosts = (costs: readonly HopCost[]): HopCost =>
  costs.reduce(
    (a, b) => ({
      put: a.put + b.put,
      get: a.get + b.get,
      written: a.written + b.written,
      read: a.read + b.read,
      ms: a.ms + b.ms,
      dollars: a.dollars + b.dollars,
      functions: a.functions + b.functions,
    }),
    NOTHING,
  );
