import { Command, Option } from 'commander';
import { FORMAT_NAMES, type FormatName } from './format/format.ts';
import { addConfigOptions, configOptions, wholeNumber } from './options.ts';
import { runStatements } from './run-statements.ts';
import { addStatementOptions, parameters, type StatementFlags, statementText, tables } from './statements.ts';

interface QueryFlags extends StatementFlags {
  readonly format?: FormatName;
  readonly maxRows?: number;
  readonly quiet?: true;
  readonly stats?: true;
}

const DEFAULT_MAX_ROWS = 40;

export function queryCommand(): Command {
  const command = addStatementOptions(new Command('query').description('run SQL (the default command)'))
    .optionsGroup('Output:')
    .addOption(
      new Option('--format <name>', 'output format (default: table on a terminal, else csv)').choices(FORMAT_NAMES),
    )
    .addOption(
      new Option(
        '--max-rows <n>',
        `rows a table shows: a number or all (default: ${DEFAULT_MAX_ROWS} on a terminal)`,
      ).argParser(maxRows),
    )
    .option('-q, --quiet', 'only rows: no progress, no receipt')
    .option('--stats', 'the receipt even when standard error is no terminal')
    .optionsGroup('Where and how it runs:');
  return addConfigOptions(command).action(run);
}

async function run(argument: string | undefined, flags: QueryFlags, command: Command): Promise<void> {
  const terminal = process.stdout.isTTY === true;
  const format = flags.format ?? (terminal ? 'table' : 'csv');
  if (format === 'arrow' && terminal) command.error('error: --format arrow is binary: send it to a file or a pipe');
  const sql = await statementText(argument, flags, command);
  await runStatements(sql, {
    connect: { ...configOptions(flags as Record<string, unknown>), tables: tables(flags) },
    format,
    parameters: parameters(flags),
    dialect: flags.dialect ?? null,
    maxRows: flags.maxRows ?? (terminal ? DEFAULT_MAX_ROWS : Number.POSITIVE_INFINITY),
    progress: !flags.quiet,
    receipt: flags.stats === true || (!flags.quiet && process.stderr.isTTY === true),
  });
}

function maxRows(text: string): number {
  return text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber(text);
}
