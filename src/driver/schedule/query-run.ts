import { setMaxListeners } from 'node:events';
import { CancelledError, cancelled, InternalError } from '../../common/errors.ts';
import type { StageId } from '../../common/ids.ts';
import type { ExchangeInput, Manifest } from '../../operators/task.ts';
import type { AdaptiveGraph } from '../../planner/adaptive/adaptive-graph.ts';
import { type Stage, type StageGraph, stageOf } from '../../planner/stages/stage-graph.ts';
import { mayBeAwaited, mayStartEarly } from './early-start.ts';
import { GangRun } from './gang-run.ts';
import { inlineShare } from './inline-share.ts';
import { launcherOf } from './launcher.ts';
import { Meetings } from './meetings.ts';
import { Prewarming } from './prewarm.ts';
import { remainingPaths } from './priority.ts';
import type { RunContext } from './run-context.ts';
import type { ScheduleOptions } from './schedule-options.ts';
import { type InputOf, inputOf } from './stage-inputs.ts';
import { StageRun } from './stage-run.ts';
import { usesTree } from './tree.ts';
import { prerequisites, type Unit, unitsOf } from './units.ts';

interface UnitPath {
  readonly unit: Unit;
  /** How long its way to the result is. */
  readonly path: number;
}

/** One query while it runs: which stages have begun, what they have delivered, and what begins next. */
export class QueryRun {
  readonly #adaptive: AdaptiveGraph;
  readonly #options: ScheduleOptions;
  readonly #context: RunContext;
  readonly #prewarming: Prewarming;
  readonly #stop = new AbortController();
  readonly #runs = new Map<StageId, StageRun>();
  readonly #underway = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | null = null;
  #units: { readonly graph: StageGraph; readonly units: readonly UnitPath[] } | null = null;
  #settle: () => void = () => undefined;

  constructor(adaptive: AdaptiveGraph, options: ScheduleOptions) {
    this.#adaptive = adaptive;
    this.#options = options;
    const launcher = launcherOf(options.cloud);
    const signal = AbortSignal.any([options.signal, this.#stop.signal]);
    setMaxListeners(0, signal);
    this.#context = {
      options,
      launcher,
      lane: launcher.slots.lane(),
      meetings: new Meetings(options),
      signal,
      exchanges: (run) => this.#exchanges(run),
      progress: () => this.#step(),
      ended: (runs) => this.#ended(runs),
    };
    this.#prewarming = new Prewarming(this.#context);
  }

  /** Called once. The manifests of the last stage, in the order of its tasks. */
  async run(): Promise<readonly Manifest[]> {
    const { lane, meetings } = this.#context;
    try {
      await new Promise<void>((resolve) => {
        this.#settle = resolve;
        this.#step();
      });
    } finally {
      this.#stop.abort(new CancelledError('SQ7000', 'the query needs nothing more'));
      await Promise.all(this.#underway);
      await this.#prewarming.settled();
      lane.close();
      await meetings.close();
    }
    const { signal } = this.#options;
    if (signal.aborted) throw cancelled(signal);
    if (this.#failure) throw this.#failure.error;
    return this.#result()?.manifests ?? [];
  }

  /** The last stage, when it is complete. */
  #result(): StageRun | null {
    const last = this.#adaptive.graph.stages.at(-1);
    const run = last && this.#runs.get(last.id);
    return run?.complete ? run : null;
  }

  /** Something has happened: begins what can begin. */
  #step(): void {
    if (this.#stop.signal.aborted) return;
    if (this.#options.signal.aborted || this.#failure || this.#result()) {
      this.#settle();
      return;
    }
    const waiting = this.#unitsByPath().filter(({ unit }) => !unit.every(({ id }) => this.#runs.has(id)));
    for (const { unit, path } of waiting) {
      if (this.#isReady(unit) || this.#isReadyEarly(unit)) this.#begin(unit, path);
      else this.#prewarming.consider(unit, this.#runs);
    }
    if ([...this.#runs.values()].some(({ complete }) => !complete)) return;
    const stage = waiting[0]?.unit.find(({ id }) => !this.#runs.has(id));
    this.#fail(new InternalError(stage ? `stage ${stage.id} waits for one that never ends` : 'there is no stage'));
  }

  /** What begins together, the longest way to the result first. */
  #unitsByPath(): readonly UnitPath[] {
    const { graph } = this.#adaptive;
    if (this.#units?.graph !== graph) {
      const paths = remainingPaths(graph);
      const pathOf = (unit: Unit) => Math.max(...unit.map(({ id }) => paths.get(id) ?? 0));
      const units = unitsOf(graph).map((unit) => ({ unit, path: pathOf(unit) }));
      this.#units = { graph, units: units.sort((a, b) => b.path - a.path) };
    }
    return this.#units.units;
  }

  #isReady(unit: Unit): boolean {
    return prerequisites(unit).every((id) => this.#runs.get(id)?.complete);
  }

  #isReadyEarly(unit: Unit): boolean {
    const [stage] = unit;
    if (unit.length > 1 || !stage || this.#options.choices?.optimize !== 'latency') return false;
    return mayStartEarly(stage, this.#adaptive.graph, this.#runs);
  }

  #begin(unit: Unit, priority: number): void {
    for (const { id } of unit) this.#adaptive.began(id);
    const { graph } = this.#adaptive;
    const runs = unit.map(({ id }) => this.#newRun(stageOf(graph, id), graph, priority));
    for (const run of runs) this.#runs.set(run.stage.id, run);
    const [first] = runs;
    const running =
      runs.length > 1 || !first
        ? new GangRun(runs, this.#context).run()
        : first.run(this.#context, (error) => this.#fail(error));
    const underway = running
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#underway.delete(underway));
    this.#underway.add(underway);
  }

  #newRun(stage: Stage, graph: StageGraph, priority: number): StageRun {
    const { cloud, choices } = this.#options;
    const isEarly = () => !stage.inputs.every((input) => this.#runs.get(input.stage)?.complete);
    const early = isEarly() && stage.inputs.every((input) => !isDirect(graph, input.stage));
    const tree = usesTree(stage, this.#options);
    const awaited = choices?.optimize === 'latency' && cloud.limits.concurrency > 1 && mayBeAwaited(stage, graph);
    return new StageRun(stage, {
      priority,
      inlineShare: inlineShare(stage, graph, cloud.limits),
      journal: early || tree || awaited,
      tree,
      ...(early && { early: isEarly }),
    });
  }

  /** What each task of a stage reads; what comes over links apart. */
  #exchanges({ stage }: StageRun): (task: number) => Readonly<Record<number, ExchangeInput>> {
    const { graph } = this.#adaptive;
    const inputs = stage.inputs
      .filter((input) => !isDirect(graph, input.stage))
      .map((input): readonly [StageId, InputOf] => {
        const produced = this.#runs.get(input.stage);
        if (!produced) throw new InternalError(`stage ${stage.id} begins before its input, stage ${input.stage}`);
        return [input.stage, inputOf(stage, input, produced)];
      });
    return (task) => Object.fromEntries(inputs.map(([from, of]) => [from, of(task)]));
  }

  #ended(runs: readonly StageRun[]): void {
    if (this.#stop.signal.aborted) return;
    for (const { stage, manifests } of runs) {
      for (const decision of this.#adaptive.ended(stage.id, manifests)) this.#options.onDecision?.(decision);
    }
    this.#step();
  }

  #fail(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#failure ??= { error };
    this.#stop.abort(error);
    this.#settle();
  }
}

const isDirect = (graph: StageGraph, id: StageId): boolean => stageOf(graph, id).exchange.medium === 'direct';
