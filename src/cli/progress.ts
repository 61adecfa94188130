import { createLogUpdate } from 'log-update';
import type { QueryProgress } from '../index.ts';
import { bytesText } from './units.ts';

const BAR = 12;

/** One line on a terminal that is written over: where a query is. Prints nothing elsewhere. */
export class Progress {
  readonly #update: ReturnType<typeof createLogUpdate> | null;

  constructor(stream: NodeJS.WriteStream) {
    this.#update = stream.isTTY && process.env['CI'] === undefined ? createLogUpdate(stream) : null;
  }

  update({ stage, stages, tasksDone, tasks, bytes }: QueryProgress): void {
    const filled = tasks === 0 ? 0 : Math.round((BAR * tasksDone) / tasks);
    const bar = '▓'.repeat(filled) + '░'.repeat(BAR - filled);
    this.#update?.(`stage ${stage + 1}/${stages} ${bar} ${tasksDone}/${tasks} tasks · ${bytesText(bytes)}`);
  }

  clear(): void {
    this.#update?.clear();
  }
}
