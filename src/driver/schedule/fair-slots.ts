import type { Clock } from '../../common/clock.ts';
import { cancelled, InternalError } from '../../common/errors.ts';
import type { Ramp } from './ramp.ts';

/** The right to run one function. */
export interface Slot {
  /** Gives it back. Idempotent. */
  release(): void;
}

export interface SlotRequest {
  /** Nothing is granted while fewer are free; default 1. */
  readonly least?: number;
  /** Granted at most; default `least`. */
  readonly most?: number;
  /** Of the requests of one query the greatest is served first, then the oldest. */
  readonly priority: number;
  /** Served only when nobody else waits, while it says so. */
  readonly spare?: () => boolean;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly request: SlotRequest;
  readonly least: number;
  readonly most: number;
  readonly grant: (slots: readonly Slot[]) => void;
  readonly refuse: (error: unknown) => void;
}

export interface FairSlotsOptions {
  /** Functions at once. */
  readonly limit: number;
  readonly ramp: Ramp;
  readonly clock: Clock;
}

/**
 * The functions that may run at once, shared by queries: whoever has the fewest is served first, of equals the one that was served
 * longest ago. A request for several is served as a whole; while it waits for them nobody overtakes it, so that many small ones do
 * not starve it. No slot is held by somebody who waits for another one, so everybody is served in the end.
 */
export class FairSlots {
  readonly #options: FairSlotsOptions;
  readonly #lanes = new Set<Lane>();
  #used = 0;
  #turn = 0;
  /** Ends the wait for the ramp; null: nobody waits for it. */
  #waking: AbortController | null = null;

  constructor(options: FairSlotsOptions) {
    this.#options = options;
  }

  get limit(): number {
    return this.#options.limit;
  }

  /** Slots in use. */
  get used(): number {
    return this.#used;
  }

  /** The place of one query. */
  lane(): Lane {
    const lane = new Lane({
      limit: this.limit,
      changed: () => this.pump(),
      spareNow: (most) => this.#spareNow(lane, most),
      closed: () => this.#lanes.delete(lane),
    });
    this.#lanes.add(lane);
    return lane;
  }

  /** Serves whoever can be served. */
  pump(): void {
    for (;;) {
      const next = this.#next();
      if (!next) {
        this.#waking?.abort();
        return;
      }
      const { lane, waiting } = next;
      const { least, most } = waiting;
      const free = this.#free(least);
      if (free < least) {
        if (this.limit - this.#used >= least) void this.#wakeLater(this.#used + least);
        return;
      }
      lane.remove(waiting);
      waiting.grant(this.#take(lane, Math.min(most, Math.max(least, this.#fairShare(lane, free)))));
    }
  }

  /** What of `free` is there for one lane when others wait, too. */
  #fairShare(own: Lane, free: number): number {
    const others = [...this.#lanes].filter((lane) => lane !== own && lane.head(false)).length;
    return Math.floor(free / (others + 1));
  }

  /** Who is served next: first those who need it, then those who can use what is spare. */
  #next(): { readonly lane: Lane; readonly waiting: Waiting } | null {
    for (const spare of [false, true]) {
      let best: { readonly lane: Lane; readonly waiting: Waiting } | null = null;
      for (const lane of this.#lanes) {
        const waiting = lane.head(spare);
        if (waiting && (!best || lane.isBefore(best.lane))) best = { lane, waiting };
      }
      if (best) return best;
    }
    return null;
  }

  #free(wanted: number): number {
    const ceiling = Math.min(this.limit, this.#options.ramp.ceiling(this.#used + wanted));
    return ceiling - this.#used;
  }

  #spareNow(lane: Lane, most: number): readonly Slot[] {
    if (this.#next()) return [];
    const count = Math.min(most, this.#free(1));
    return count > 0 ? this.#take(lane, count) : [];
  }

  #take(lane: Lane, count: number): readonly Slot[] {
    this.#used += count;
    this.#options.ramp.runs(this.#used);
    lane.granted(count, ++this.#turn);
    return Array.from({ length: count }, () => this.#slot(lane));
  }

  #slot(lane: Lane): Slot {
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.#used--;
        this.#options.ramp.runs(this.#used);
        lane.gaveBack();
        this.pump();
      },
    };
  }

  /** Only the ramp is in the way: again when it allows `wanted`. */
  async #wakeLater(wanted: number): Promise<void> {
    if (this.#waking) return;
    this.#waking = new AbortController();
    const { clock, ramp } = this.#options;
    const { signal } = this.#waking;
    await clock.sleep(ramp.waitMs(wanted), signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    this.#waking = null;
    this.pump();
  }
}

interface LaneOptions {
  readonly limit: number;
  readonly changed: () => void;
  readonly spareNow: (most: number) => readonly Slot[];
  readonly closed: () => void;
}

/** What one query asks for, and has. */
export class Lane {
  readonly #options: LaneOptions;
  /** By priority, then as they came. */
  readonly #waiting: Waiting[] = [];
  /** One listener a signal: they are looked through one by one when another is added. */
  readonly #signals = new Set<AbortSignal>();
  #running = 0;
  #servedAt = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Slots of this query in use. */
  get running(): number {
    return this.#running;
  }

  /** Waits for slots; rejects when the signal fires. */
  acquire(request: SlotRequest): Promise<readonly Slot[]> {
    const { signal, least = 1, most = least } = request;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(cancelled(signal));
      if (least > this.#options.limit) return reject(new InternalError(`${least} of ${this.#options.limit} slots`));
      const waiting: Waiting = { request, least, most, grant: resolve, refuse: reject };
      this.#listen(signal);
      const behind = this.#waiting.findLastIndex((other) => other.request.priority >= request.priority);
      this.#waiting.splice(behind + 1, 0, waiting);
      this.#options.changed();
    });
  }

  #listen(signal: AbortSignal): void {
    if (this.#signals.has(signal)) return;
    this.#signals.add(signal);
    const onAbort = () => {
      this.#signals.delete(signal);
      const gone = this.#waiting.filter(({ request }) => request.signal === signal);
      const kept = this.#waiting.filter(({ request }) => request.signal !== signal);
      this.#waiting.splice(0, this.#waiting.length, ...kept);
      for (const { refuse } of gone) refuse(cancelled(signal));
      this.#options.changed();
    };
    signal.addEventListener('abort', onAbort, { once: true });
  }

  /** As many as are free now while nobody waits, at most `most`; none is an answer. */
  spareNow(most: number): readonly Slot[] {
    return this.#options.spareNow(most);
  }

  /** The query asks for nothing any more. */
  close(): void {
    this.#options.closed();
  }

  /** The request that is served first, of those that need a slot or of those that can use a spare one. */
  head(spare: boolean): Waiting | null {
    return this.#waiting.find(({ request }) => (request.spare?.() ?? false) === spare) ?? null;
  }

  isBefore(other: Lane): boolean {
    if (this.#running !== other.#running) return this.#running < other.#running;
    return this.#servedAt < other.#servedAt;
  }

  remove(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  granted(count: number, turn: number): void {
    this.#running += count;
    this.#servedAt = turn;
  }

  gaveBack(): void {
    this.#running--;
  }
}
