import type { Clock } from '../common/clock.ts';
import { ResourceError, throwIfAborted } from '../common/errors.ts';
import type { StageId } from '../common/ids.ts';
import { preorder } from '../operators/plan.ts';
import type { EdgeTraffic, LinkTraffic, Task } from '../operators/task.ts';
import { EdgeMeter } from './edge-meter.ts';

/** How long computing goes on while nothing else of the process runs. */
const BREATH_MS = 8;

export type Phase = 'fetch' | 'decode' | 'compute' | 'write';

/** What is known about a task while it runs: time by phase, rows, the input at hand, and when to stop. */
export class TaskRun {
  readonly task: Task;
  readonly signal: AbortSignal;
  /** Rows that left scans and exchange sources. */
  rowsIn = 0;
  /** Rows that each node of the plan, in preorder, has delivered. */
  readonly operatorRows: number[];
  /** What delivering the output takes. */
  readonly outputEdge = new EdgeMeter();
  /** Of a task in a gang, once it has ended. */
  links: LinkTraffic | null = null;
  /** The object whose rows are at hand, for errors; null between inputs. */
  object: string | null = null;
  readonly #inputs = new Map<StageId, EdgeMeter>();
  readonly #clock: Clock;
  readonly #start: number;
  #waited = 0;
  #breath: number;
  readonly #ms: Record<Phase, number> = { fetch: 0, decode: 0, compute: 0, write: 0 };

  constructor(task: Task, clock: Clock, signal: AbortSignal) {
    this.task = task;
    this.operatorRows = task.plan ? preorder(task.plan).map(() => 0) : [];
    this.signal = signal;
    this.#clock = clock;
    this.#start = clock.monotonic();
    this.#breath = this.#start;
  }

  /** What reading the output of a stage takes. */
  inputEdge(stage: StageId): EdgeMeter {
    const edge = this.#inputs.get(stage) ?? new EdgeMeter();
    this.#inputs.set(stage, edge);
    return edge;
  }

  /** What reading each exchange input has taken so far, by stage. */
  get inputs(): Readonly<Record<number, EdgeTraffic>> {
    return Object.fromEntries(
      [...this.#inputs].flatMap(([stage, { traffic }]) => (isIdle(traffic) ? [] : [[stage, traffic]])),
    );
  }

  /** Counts the time of `work` to a phase; phases may overlap. */
  async time<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const start = this.#clock.monotonic();
    try {
      return await work();
    } finally {
      this.#ms[phase] += this.#clock.monotonic() - start;
    }
  }

  /** As `time`, for work that does not wait; it counts as no time of the plan's own. */
  timeSync<T>(phase: Phase, work: () => T): T {
    const start = this.#clock.monotonic();
    try {
      return work();
    } finally {
      const spent = this.#clock.monotonic() - start;
      this.#ms[phase] += spent;
      this.#waited += spent;
    }
  }

  /** Runs the plan: its time without what the plan waited for inputs and spent on decoding them. */
  async compute(work: () => Promise<void>): Promise<void> {
    const start = this.#clock.monotonic();
    const before = this.#waited;
    try {
      await work();
    } finally {
      this.#ms.compute += this.#clock.monotonic() - start - (this.#waited - before);
    }
  }

  /** Time of `work` that is not the plan's own: waiting for an input. */
  async wait<T>(work: () => Promise<T>): Promise<T> {
    const start = this.#clock.monotonic();
    try {
      return await work();
    } finally {
      this.#waited += this.#clock.monotonic() - start;
    }
  }

  /** Milliseconds by phase so far. */
  times(): Record<Phase | 'total', number> {
    return { ...this.#ms, total: this.#clock.monotonic() - this.#start };
  }

  /** Between two morsels: lets reads go on and timers fire, as often as they need it; then as `checkpoint`. */
  async breathe(): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - this.#breath >= BREATH_MS) {
      await this.wait(() => this.#clock.turn());
      this.#breath = this.#clock.monotonic();
    }
    this.checkpoint();
  }

  /** Throws when the task was cancelled or its deadline has passed. */
  checkpoint(): void {
    throwIfAborted(this.signal);
    if (this.#clock.now() >= this.task.budget.deadline) throw deadlineExceeded();
  }
}

/** SQ4006. */
export function deadlineExceeded(): ResourceError {
  return new ResourceError('SQ4006', 'the task did not finish before its deadline', {
    hint: 'use more workers, or a longer timeout',
  });
}

const isIdle = ({ requests, bytes }: EdgeTraffic): boolean => requests === 0 && bytes === 0;
