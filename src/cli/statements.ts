import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { tpchTables } from '../../datasets/tpch.ts';
import { DIALECTS, type Dialect, type TableDefinitions } from '../index.ts';

export interface StatementFlags {
  readonly command?: string;
  readonly file?: string;
  readonly tpch?: string;
  readonly table?: readonly (readonly [string, string])[];
  readonly param?: readonly (readonly [string, string])[];
  readonly dialect?: Dialect;
}

/** The argument and flags that say what SQL runs over which tables. */
export function addStatementOptions(command: Command): Command {
  return command
    .argument('[sql]', 'one or more statements, with ; between; without any, standard input is read')
    .optionsGroup('Statements and tables:')
    .option('-c, --command <sql>', 'the statements, as an option')
    .option('-f, --file <path>', 'read the statements from a file')
    .addOption(
      new Option('--table <name=uri>', 'register a Parquet file, directory or glob as a table; repeatable').argParser(
        namedTable,
      ),
    )
    .addOption(
      new Option(
        '--param <name=value>',
        'value of a parameter :name, or 1=value of $1 or the first ?; repeatable',
      ).argParser(namedValue),
    )
    .addOption(
      new Option(
        '--dialect <name>',
        "the dialect of the SQL (default: PostgreSQL's, with what DuckDB and Trino add)",
      ).choices(DIALECTS),
    )
    .option('--tpch <uri>', 'register the TPC-H tables that lie below this directory or s3:// prefix');
}

/** The SQL as it was given: argument, -c, -f or standard input. */
export async function statementText(
  argument: string | undefined,
  flags: StatementFlags,
  command: Command,
): Promise<string> {
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

/** The tables that flags name. */
export function tables(flags: StatementFlags): TableDefinitions {
  return { ...(flags.tpch !== undefined && tpchTables(flags.tpch)), ...Object.fromEntries(flags.table ?? []) };
}

function namedTable(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const pair = named(text);
  if (!pair || pair[1] === '') throw new InvalidArgumentError('name=uri is wanted.');
  return appended(pair, before);
}

/** A text, which may be empty. */
function namedValue(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const pair = named(text);
  if (!pair) throw new InvalidArgumentError('name=value is wanted.');
  return appended(pair, before);
}

function named(text: string): readonly [string, string] | null {
  const at = text.indexOf('=');
  return at <= 0 ? null : [text.slice(0, at), text.slice(at + 1)];
}

function appended(
  pair: readonly [string, string],
  before: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  if (before.some(([known]) => known === pair[0])) throw new InvalidArgumentError(`${pair[0]} is there already.`);
  return [...before, pair];
}

/** The parameters that flags give. */
export const parameters = (flags: StatementFlags): Readonly<Record<string, string>> =>
  Object.fromEntries(flags.param ?? []);
