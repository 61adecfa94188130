import {
  BindError,
  type ConnectOptions,
  connect,
  type Dialect,
  parametersOf,
  type Session,
  splitSql,
} from '../index.ts';
import { EXIT, fail, type StatementAt } from './exit.ts';
import { FORMATS, type FormatName } from './format/format.ts';
import { BrokenPipe, Output } from './format/output.ts';
import { listenForInterrupt } from './interrupt.ts';
import { Progress } from './progress.ts';
import { receipt } from './receipt.ts';

export interface RunOptions {
  readonly connect: ConnectOptions;
  readonly format: FormatName;
  /** Each is taken by a parameter of one statement at least. */
  readonly parameters: Readonly<Record<string, string>>;
  /** null: the default one. */
  readonly dialect: Dialect | null;
  /** Rows a table shows; infinite for all. */
  readonly maxRows: number;
  readonly progress: boolean;
  readonly receipt: boolean;
}

/** Runs the statements of a text one after the other until one fails. Rows go to stdout, all else to stderr; sets the exit code. */
export async function runStatements(sql: string, options: RunOptions): Promise<void> {
  const interrupt = listenForInterrupt();
  const { signal } = interrupt;
  // Output hears of errors by its own writes.
  process.stdout.on('error', () => undefined);
  let session: Session | null = null;
  let at: StatementAt = { text: sql, offset: 0 };
  try {
    const statements = located(sql);
    if (options.format === 'arrow' && statements.length > 1) {
      throw new BindError('SQ1303', '--format arrow takes one statement: a stream holds one result');
    }
    const names = await parameterNames(
      statements.map(({ statement }) => statement),
      options,
    );
    session = await connect(options.connect);
    for (const [i, { statement, offset }] of statements.entries()) {
      at = { text: sql, offset };
      await runStatement(session, statement, { ...options, parameters: pick(options.parameters, names?.[i]) }, signal);
    }
  } catch (error) {
    if (!(error instanceof BrokenPipe)) fail(error, at);
  }
  try {
    await session?.close();
  } catch (error) {
    fail(error);
  }
  interrupt.stop();
  // Whoever does not read on would hold the process back.
  if (process.exitCode === EXIT.interrupted && process.stdout.writableLength > 0) process.exit();
}

/**
 * The parameters that each statement takes; null where a single statement, which may have any, says itself what is missing. Throws
 * BindError SQ1112 for a value that none takes.
 */
async function parameterNames(
  statements: readonly string[],
  { parameters, dialect }: RunOptions,
): Promise<readonly (readonly string[])[] | null> {
  if (statements.length === 1 || Object.keys(parameters).length === 0) return null;
  const names = await Promise.all(statements.map((statement) => parametersOf(statement, dialect ? { dialect } : {})));
  const unused = Object.keys(parameters).find((name) => !names.some((list) => list.includes(name)));
  if (unused !== undefined) throw new BindError('SQ1112', `no statement has a parameter called ${unused}`);
  return names;
}

const pick = (values: Readonly<Record<string, string>>, names: readonly string[] | undefined) =>
  names === undefined ? values : Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));

/** The statements with their places in the text; of a text without any the whole, for the planner to refuse. */
function located(sql: string): readonly { readonly statement: string; readonly offset: number }[] {
  let from = 0;
  const statements = splitSql(sql).map((statement) => {
    const offset = sql.indexOf(statement, from);
    from = offset + statement.length;
    return { statement, offset };
  });
  return statements.length > 0 ? statements : [{ statement: sql, offset: 0 }];
}

async function runStatement(session: Session, sql: string, options: RunOptions, signal: AbortSignal): Promise<void> {
  const terminal = process.stdout.isTTY === true;
  const progress = options.progress ? await Progress.on(process.stderr) : null;
  const out = new Output(process.stdout, signal);
  try {
    const result = await session.query(sql, {
      signal,
      parameters: options.parameters,
      ...(options.dialect && { dialect: options.dialect }),
      onProgress: (event) => progress?.update(event),
    });
    progress?.clear();
    // A statement that changes the session has no rows to show.
    if (result.columns.length === 0) return await result.close();
    await FORMATS[options.format](result, out, {
      maxRows: options.maxRows,
      // Some terminals do not tell their size.
      width: terminal ? process.stdout.columns || null : null,
      color: terminal && process.env.NO_COLOR === undefined,
    });
    await out.flush();
    if (options.receipt) console.error(receipt(result.report));
  } catch (error) {
    progress?.clear();
    if (out.begun && !(error instanceof BrokenPipe)) {
      console.error('the output is incomplete: the statement failed after rows had been written');
    }
    throw error;
  } finally {
    progress?.end();
  }
}
