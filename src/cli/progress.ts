import type { createLogUpdate } from 'log-update';
import type { QueryProgress } from '../index.ts';
import { bytesText } from './units.ts';

const BAR = 12;

type LogUpdate = ReturnType<typeof createLogUpdate>;

/** A line that is written over; null where the stream is no terminal that a person looks at. */
export async function rewritable(stream: NodeJS.WriteStream): Promise<LogUpdate | null> {
  if (!stream.isTTY || process.env.CI !== undefined) return null;
  const { createLogUpdate } = await import('log-update');
  return createLogUpdate(stream);
}

/** One line on a terminal that is written over: where a query is. Prints nothing elsewhere. */
export class Progress {
  readonly #update: LogUpdate | null;

  private constructor(update: LogUpdate | null) {
    this.#update = update;
  }

  static async on(stream: NodeJS.WriteStream): Promise<Progress> {
    return new Progress(await rewritable(stream));
  }

  update(progress: QueryProgress): void {
    this.#update?.(progressText(progress));
  }

  clear(): void {
    this.#update?.clear();
  }

  /** Gives the terminal back as it was. */
  end(): void {
    this.#update?.clear();
    this.#update?.done();
  }
}

/** `stage 1/2 ▓▓▓▓░░░░░░░░ 3/9 tasks · 12 MB` */
export function progressText({ stage, stages, tasksDone, tasks, bytes }: QueryProgress): string {
  const filled = tasks === 0 ? 0 : Math.round((BAR * tasksDone) / tasks);
  const bar = '▓'.repeat(filled) + '░'.repeat(BAR - filled);
  return `stage ${stage + 1}/${stages} ${bar} ${tasksDone}/${tasks} tasks · ${bytesText(bytes)}`;
}
