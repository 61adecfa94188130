import { EXIT } from './exit.ts';

export interface Interrupt {
  /** Fires at the first interruption. */
  readonly signal: AbortSignal;
  /** From now on, an interruption ends the process as if nobody listened. */
  stop(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Listens for Ctrl-C, `kill` and a closed terminal. The first one fires the signal, so that everything can be put away; the next
 * one ends the process at once.
 */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
