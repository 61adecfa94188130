import { type PriceTable, type StoreKind, storageDollars, storePrices } from '../common/prices.ts';
import type { LinkTraffic } from '../operators/task.ts';
import type { Stage, StageGraph } from '../planner/stages/stage-graph.ts';
import { stageOf } from '../planner/stages/stage-graph.ts';
import type { EdgeRun } from '../planner/statements/explain-analyze.ts';
import type { AttemptEvent } from './schedule/schedule-options.ts';

/** What each stage handed to its readers, of all attempts; the writing at the first reader. */
export function edgeRuns(
  graph: StageGraph,
  attempts: readonly AttemptEvent[],
  { prices, store }: { readonly prices: PriceTable; readonly store: StoreKind },
): readonly EdgeRun[] {
  const told = new Set<number>();
  return graph.stages.flatMap((reader) =>
    reader.inputs.map(({ stage }): EdgeRun => {
      const isFirst = !told.has(stage);
      told.add(stage);
      const outputs = isFirst ? metricsOf(attempts, stage).map(({ output }) => output) : [];
      const inputs = metricsOf(attempts, reader.id).flatMap((metrics) => metrics.inputs[stage] ?? []);
      const traffic = {
        put: outputs.reduce((sum, { requests }) => sum + requests, 0),
        get: inputs.reduce((sum, { requests }) => sum + requests, 0),
        written: outputs.reduce((sum, { bytes }) => sum + bytes, 0),
        read: inputs.reduce((sum, { bytes }) => sum + bytes, 0),
      };
      const writer = stageOf(graph, stage);
      // What goes over links is no traffic of a store.
      const stored = traffic.put + traffic.get > 0 ? traffic : { ...traffic, written: 0, read: 0 };
      const dollars = storageDollars(storePrices(prices, store), stored);
      return { from: stage, to: reader.id, media: mediaOf(writer, attempts), ...traffic, dollars };
    }),
  );
}

const metricsOf = (attempts: readonly AttemptEvent[], stage: number) =>
  attempts.flatMap((event) => (event.stage === stage && event.metrics ? [event.metrics] : []));

/** How the outputs of a stage that have rows travelled. */
function mediaOf({ id, exchange }: Stage, attempts: readonly AttemptEvent[]): EdgeRun['media'] {
  const won = attempts.flatMap((event) => (event.stage === id && event.error === null ? (event.metrics ?? []) : []));
  const media = won.flatMap(({ output, rowsOut, links }): EdgeRun['media'] => {
    if (exchange.medium === 'direct' && links) return links.fellBack.length > 0 ? ['direct', 'objects'] : ['direct'];
    if (rowsOut === 0) return [];
    return [output.requests > 0 ? 'objects' : 'inline'];
  });
  return (['inline', 'objects', 'direct'] as const).filter((medium) => media.includes(medium));
}

/** The links of all tasks that won; null without any. */
export function linkTraffic(attempts: readonly AttemptEvent[]): LinkTraffic | null {
  const traffic = attempts.flatMap(({ error, metrics }) => (error === null && metrics?.links ? [metrics.links] : []));
  if (traffic.length === 0) return null;
  return {
    connected: traffic.reduce((sum, { connected }) => sum + connected, 0),
    fellBack: [...new Set(traffic.flatMap(({ fellBack }) => fellBack))],
    descriptorsPeak: traffic.reduce((most, { descriptorsPeak }) => Math.max(most, descriptorsPeak), 0),
  };
}
