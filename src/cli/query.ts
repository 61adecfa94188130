import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { tpchTables } from '../../datasets/tpch.ts';
import type { TableDefinitions } from '../index.ts';
import { FORMAT_NAMES, type FormatName } from './format/format.ts';
import { addConfigOptions, configOptions, wholeNumber } from './options.ts';
import { runStatements } from './run-statements.ts';

interface QueryFlags {
  readonly command?: string;
  readonly file?: string;
  readonly format?: FormatName;
  readonly maxRows?: number;
  readonly tpch?: string;
  readonly table?: readonly (readonly [string, string])[];
  readonly quiet?: true;
  readonly stats?: true;
}

const DEFAULT_MAX_ROWS = 40;

export function queryCommand(): Command {
  const command = new Command('query')
    .description('run SQL (the default command)')
    .argument('[sql]', 'one or more statements, with ; between; without any, standard input is read')
    .optionsGroup('Statements and tables:')
    .option('-c, --command <sql>', 'the statements, as an option')
    .option('-f, --file <path>', 'read the statements from a file')
    .addOption(
      new Option('--table <name=uri>', 'register a Parquet file, directory or glob as a table; repeatable').argParser(
        namedTable,
      ),
    )
    .option('--tpch <uri>', 'register the TPC-H tables that lie below this directory or s3:// prefix')
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
    maxRows: flags.maxRows ?? (terminal ? DEFAULT_MAX_ROWS : Number.POSITIVE_INFINITY),
    progress: !flags.quiet,
    receipt: flags.stats === true || (!flags.quiet && process.stderr.isTTY === true),
  });
}

async function statementText(argument: string | undefined, flags: QueryFlags, command: Command): Promise<string> {
  const given = [argument, flags.command, flags.file].filter((one) => one !== undefined);
  if (given.length > 1) command.error('error: give the SQL once: as argument, with -c, or with -f');
  if (flags.file !== undefined) return fileText(flags.file, command);
  if (given[0] !== undefined) return given[0];
  if (process.stdin.isTTY) command.help({ error: true });
  return readAll(process.stdin);
}

function fileText(path: string, command: Command): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return command.error(`error: the file of -f cannot be read: ${(error as Error).message}`);
  }
}

function tables(flags: QueryFlags): TableDefinitions {
  return { ...(flags.tpch !== undefined && tpchTables(flags.tpch)), ...Object.fromEntries(flags.table ?? []) };
}

function namedTable(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const [name, uri] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)];
  if (!text.includes('=') || name === '' || uri === '') throw new InvalidArgumentError('name=uri is wanted.');
  if (before.some(([known]) => known === name)) throw new InvalidArgumentError(`${name} is there already.`);
  return [...before, [name, uri]];
}

function maxRows(text: string): number {
  return text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber(text);
}
