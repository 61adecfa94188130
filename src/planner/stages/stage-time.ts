import { type CostModel, computeMs, transferMs } from '../cost/cost-model.ts';
import { scannedBytes } from './stage-bytes.ts';
import type { Stage } from './stage-graph.ts';

/** ms that a task of the stage takes, of which all are thought to be equal: over what it scans, and over the rows it is handed. */
export function taskMs(model: CostModel, stage: Stage, readBytes: number): number {
  const { cpu, stores } = model.latencies;
  const tasks = stage.tasks.length;
  const scanned = scannedBytes(stage) / tasks;
  const scanMs =
    scanned === 0
      ? 0
      : stores.standard.read.p95Ms + Math.max(transferMs(model, scanned), computeMs(model, scanned, cpu.scan));
  return scanMs + computeMs(model, readBytes / tasks, cpu.compute);
}
