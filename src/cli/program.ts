import { Command, CommanderError } from 'commander';
import { VERSION } from '../index.ts';
import { EXIT, fail } from './exit.ts';
import { explainCommand } from './explain.ts';
import { localUpCommand } from './local-up.ts';
import { queryCommand } from './query.ts';
import { tpchGenCommand } from './tpch-gen.ts';
import { tpchRunCommand } from './tpch-run.ts';

/**
 * Runs one command line, without the program's own name. Rows go to standard output, all else to standard error; the exit code is set
 * and the process goes on.
 */
export async function runProgram(args: readonly string[]): Promise<void> {
  // The SDK's notice about Node 20 is for us who pin it, not for who runs a query.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  try {
    await commandLine().parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has printed its message already; help and version are no error.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else fail(error);
  }
}

function commandLine(): Command {
  const program = new Command('squall')
    .description('Serverless distributed SQL over Parquet.')
    .usage('[options] [sql]\n       squall <command>')
    .version(VERSION, '--version')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Examples:
  squall "select count(*) from './data/*.parquet'"
  squall --target local --workers 8 -f report.sql --format csv > report.csv
  squall query --help      every option of a query

Exit codes: 0 answered, 1 the query or its data is wrong, 2 the command line is wrong, 3 storage or functions failed,
4 a limit was hit, 70 a bug of Squall, 130 interrupted.`,
    );

  program.addCommand(queryCommand(), { isDefault: true });
  program.addCommand(explainCommand());
  program.addCommand(localUpCommand());
  program.addCommand(
    new Command('tpch').description('the TPC-H benchmark').addCommand(tpchGenCommand()).addCommand(tpchRunCommand()),
  );
  throwInsteadOfExit(program);

  return program;
}

/** Commands do not take this over from the one they are added to. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) throwInsteadOfExit(sub);
}
