import { statSync } from 'node:fs';
import { InvokeError } from '../../../common/errors.ts';

/**
 * A program that speaks the Runtime API, instead of Squall's own bootstrap. Where the server's `limits.orphans` is
 * `watchdog`, only a program that is Node.js ends with a server that was killed.
 */
export interface RuntimeCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One function of the embedded server. */
export interface FunctionDefinition {
  readonly name: string;
  /** Folder of the code: LAMBDA_TASK_ROOT and the working directory. */
  readonly codeDir: string;
  /** `file.export`, as on Lambda. */
  readonly handler: string;
  /** MB; caps memory and sets the share of CPU. */
  readonly memoryMb: number;
  /** How long one invocation may take, ms. */
  readonly timeoutMs: number;
  /** Variables beside those that Lambda sets, told the server's endpoint; nothing is inherited from this process but PATH. */
  readonly env?: Readonly<Record<string, string>> | ((endpoint: string) => Readonly<Record<string, string>>);
  readonly runtime?: RuntimeCommand;
  /** Invocations at once of this function (reserved concurrency); without it only the server's limit counts. */
  readonly concurrency?: number;
}

/** A function together with the runtime that runs it. */
export type RunnableFunction = Omit<FunctionDefinition, 'env'> & {
  readonly runtime: RuntimeCommand;
  /** Asked when an instance starts. */
  readonly env: () => Readonly<Record<string, string>>;
};

/** Throws SQ6022 for a definition that can not work. */
export function checkDefinition(definition: FunctionDefinition): void {
  const { name, codeDir, handler, memoryMb, timeoutMs, concurrency } = definition;
  const wrong = (what: string) => new InvokeError('SQ6022', `function ${JSON.stringify(name)}: ${what}`);
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) throw wrong('a name has 1 to 64 letters, digits, hyphens and underscores');
  if (!statSync(codeDir, { throwIfNoEntry: false })?.isDirectory()) throw wrong(`there is no folder ${codeDir}`);
  if (handler.length === 0) throw wrong('the handler is empty');
  if (!isWhole(memoryMb, 128, 10_240)) throw wrong(`memory must be 128 to 10240 MB, not ${memoryMb}`);
  if (!isWhole(timeoutMs, 1, 900_000)) throw wrong(`the timeout must be 1 to 900000 ms, not ${timeoutMs}`);
  if (concurrency !== undefined && !isWhole(concurrency, 0, Number.MAX_SAFE_INTEGER)) {
    throw wrong(`concurrency must be a whole number, not ${concurrency}`);
  }
}

const isWhole = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to;
