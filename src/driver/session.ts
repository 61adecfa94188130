import { setMaxListeners } from 'node:events';
import { type ExchangeOptions, exchangeOptions } from '../common/config.ts';
import { asSquallError, CancelledError } from '../common/errors.ts';
import type { ParameterValues } from '../planner/bind/parameters.ts';
import type { Catalog } from '../planner/catalog/catalog.ts';
import type { FunctionsOffered } from '../planner/functions-offered.ts';
import type { Dialect } from '../planner/parse/dialects/dialect.ts';
import { type DistributionOptions, type PlannedQuery, planQuery } from '../planner/plan-query.ts';
import type { Stores } from '../storage/stores.ts';
import type { Cloud } from './cloud.ts';
import type { QueryResult } from './result.ts';
import { type Progress, RunningQuery } from './running-query.ts';
import type { Scratch } from './scratch.ts';
import { SessionState } from './session-state.ts';

/** The exchange settings are the session's unless they are given here. */
export interface QueryOptions extends Partial<ExchangeOptions> {
  /** Stops the query: running tasks are abandoned, temporary objects removed, the promise rejects with CancelledError. */
  readonly signal?: AbortSignal;
  /** Tasks of a scan stage; default: the session's. */
  readonly workers?: number;
  /** The dialect that the text is written in; default: PostgreSQL's, with what users of DuckDB and Trino write. */
  readonly dialect?: Dialect;
  /** Values for `$1`, `?` and `:name`; each value is taken by a parameter, and each parameter has a value. */
  readonly parameters?: ParameterValues;
  /** Called when a task has ended. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Where a planned query runs, and why when the user left it open. */
export interface Placement {
  readonly cloud: Cloud;
  readonly note?: string;
}

export interface SessionParts {
  readonly catalog: Catalog;
  readonly stores: Stores;
  /** Picks the cloud of a query; starts it when it is the first. */
  readonly place: (planned: PlannedQuery) => Promise<Placement>;
  readonly workers: number | null;
  /** How stages hand their rows on; default: the defaults of the settings. */
  readonly choices?: ExchangeOptions;
  /** What the cloud of a query that scans so many bytes offers; default: Lambda without links. */
  readonly functions?: (scannedBytes: number, choices: ExchangeOptions) => FunctionsOffered;
  /** Stops all functions and waits until they are gone. */
  readonly stopFunctions: () => Promise<void>;
  /** Ends stores and servers; called last. */
  readonly dispose: () => Promise<void>;
}

/**
 * A connection to Squall: plans queries, runs them, hands back results. Several queries may run at once.
 * `await using` closes it.
 */
export class Session implements AsyncDisposable {
  readonly #parts: SessionParts;
  readonly #running = new Set<RunningQuery>();
  readonly #unswept = new Set<Scratch>();
  readonly #settling = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #state = new SessionState();
  #closed: Promise<void> | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /**
   * Runs one statement. Resolves when its rows can be read; temporary objects stay until they have been, or until `close`.
   *
   * @throws SqlSyntaxError, BindError, UnsupportedError before anything runs; ExecutionError, ResourceError, StorageError,
   * InvokeError, CancelledError while it runs. A failed query has no rows.
   */
  async query(sql: string, options: QueryOptions = {}): Promise<QueryResult> {
    const { catalog, stores, place } = this.#parts;
    const distribution = this.#distribution(options);
    const running = new RunningQuery({
      catalog,
      stores,
      place,
      distribution,
      parameters: options.parameters ?? [],
      dialect: options.dialect ?? null,
      state: this.#state,
      signal: this.#signal(options),
      ...(options.onProgress && { onProgress: options.onProgress }),
      onEnd: (scratch) => {
        this.#running.delete(running);
        if (scratch?.unsettled) this.#settle(scratch);
      },
    });
    this.#running.add(running);
    return running.run(sql);
  }

  /** Plans a statement without running it: reads listings and footers only. */
  plan(sql: string, options: Omit<QueryOptions, 'onProgress'> = {}): Promise<PlannedQuery> {
    const { catalog, stores } = this.#parts;
    const { settings, views } = this.#state;
    return planQuery(sql, {
      catalog,
      signal: this.#signal(options),
      settings,
      views,
      now: BigInt(Math.floor(stores.clock.now())) * 1000n,
      ...(options.dialect && { dialect: options.dialect }),
      ...(options.parameters && { parameters: options.parameters }),
      ...this.#distribution(options),
    });
  }

  /**
   * Resolves when nothing is left of the queries that have ended, as far as the store lets it go. A query hands out its rows, or
   * fails, at once; functions of it that nothing can stop may run on, and what they write is removed when they have ended. `close`
   * does not wait for them so long.
   */
  async cleaned(): Promise<void> {
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }

  /** Cancels what runs, stops functions and servers, removes temporary objects. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Throws BindError SQ1301 for an exchange setting that does not fit. */
  #distribution(options: QueryOptions): DistributionOptions {
    const choices = exchangeOptions(options, this.#parts.choices);
    const workers = options.workers ?? this.#parts.workers;
    const { functions } = this.#parts;
    return {
      choices,
      adaptive: choices.adaptive,
      ...(workers !== null && { workers }),
      ...(functions && { functions: (scannedBytes) => functions(scannedBytes, choices) }),
    };
  }

  /** Removes what is left of a query when its last function has ended; what is there when the session ends is removed by then. */
  #settle(scratch: Scratch): void {
    this.#unswept.add(scratch);
    const settling = scratch.settle(this.#closing.signal).then(() => {
      this.#settling.delete(settling);
      if (!scratch.unsettled) this.#unswept.delete(scratch);
    });
    this.#settling.add(settling);
  }

  #signal(options: Pick<QueryOptions, 'signal'>): AbortSignal {
    const closing = this.#closing.signal;
    const signal = AbortSignal.any(options.signal ? [options.signal, closing] : [closing]);
    // One listener a request under way, however many there are: no leak.
    setMaxListeners(0, signal);
    return signal;
  }

  async #close(): Promise<void> {
    this.#closing.abort(new CancelledError('SQ7001', 'the session was closed'));
    const errors: unknown[] = [];
    const attempt = async (work: () => Promise<void>) => {
      try {
        await work();
      } catch (error) {
        errors.push(error);
      }
    };
    await Promise.all([...this.#running].map((running) => attempt(() => running.stop())));
    await this.cleaned();
    await attempt(this.#parts.stopFunctions);
    for (const scratch of this.#unswept) await attempt(() => scratch.sweep());
    await attempt(this.#parts.dispose);
    if (errors.length === 1) throw asSquallError(errors[0]);
    if (errors.length > 1) throw asSquallError(new AggregateError(errors, errors.map(String).join('; ')));
  }
}
