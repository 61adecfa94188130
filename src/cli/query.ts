import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { tpchTables } from '../../datasets/tpch.ts';
import { connect, type Session, splitSql, type TableDefinitions } from '../index.ts';
import { fail } from './exit.ts';
import { FORMAT_NAMES, FORMATS, type FormatName } from './format/format.ts';
import { addConfigOptions, configOptions } from './options.ts';
import { Progress } from './progress.ts';
import { receipt } from './receipt.ts';

interface QueryFlags {
  readonly command?: string;
  readonly file?: string;
  readonly format?: FormatName;
  readonly maxRows?: number | null;
  readonly tpch?: string;
  readonly table?: readonly (readonly [string, string])[];
  readonly quiet?: true;
  readonly stats?: true;
}

const DEFAULT_MAX_ROWS = 40;

export function queryCommand(): Command {
  const command = new Command('query')
    .description('run SQL (the default command)')
    .argument('[sql]', 'one or more statements; without any, standard input is read')
    .option('-c, --command <sql>', 'the statements, as an option')
    .option('-f, --file <path>', 'read the statements from a file')
    .addOption(
      new Option('--format <name>', 'output format (default: table on a terminal, else csv)').choices(FORMAT_NAMES),
    )
    .addOption(
      new Option(
        '--max-rows <n>',
        `rows a table shows: a number or all (default: ${DEFAULT_MAX_ROWS} on a terminal)`,
      ).argParser(maxRows),
    )
    .option('--tpch <uri>', 'register the TPC-H tables that lie below this directory or s3:// prefix')
    .addOption(
      new Option('--table <name=uri...>', 'register a Parquet file, directory or glob as a table').argParser(
        namedTable,
      ),
    )
    .option('-q, --quiet', 'only rows: no progress, no receipt')
    .option('--stats', 'the receipt even when standard error is no terminal');
  return addConfigOptions(command).action(run);
}

async function run(argument: string | undefined, flags: QueryFlags): Promise<void> {
  const sql = await statementText(argument, flags);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  let session: Session | null = null;
  let statement = sql;
  try {
    session = await connect({ ...configOptions(flags as Record<string, unknown>), tables: tables(flags) });
    for (const one of splitSql(sql)) {
      statement = one;
      await runStatement(session, one, flags, interrupt.signal);
    }
  } catch (error) {
    fail(error, statement);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    try {
      await session?.close();
    } catch (error) {
      fail(error);
    }
  }
}

async function runStatement(session: Session, sql: string, flags: QueryFlags, signal: AbortSignal): Promise<void> {
  const terminal = process.stdout.isTTY === true;
  const format = FORMATS[flags.format ?? (terminal ? 'table' : 'csv')];
  const progress = flags.quiet ? null : new Progress(process.stderr);
  try {
    const result = await session.query(sql, { signal, onProgress: (event) => progress?.update(event) });
    progress?.clear();
    await format(result, process.stdout, {
      maxRows: flags.maxRows === undefined ? (terminal ? DEFAULT_MAX_ROWS : null) : flags.maxRows,
      width: terminal ? process.stdout.columns : null,
      color: terminal && process.env['NO_COLOR'] === undefined,
    });
    if (flags.stats || (!flags.quiet && process.stderr.isTTY)) console.error(receipt(result.report));
  } finally {
    progress?.clear();
  }
}

async function statementText(argument: string | undefined, flags: QueryFlags): Promise<string> {
  const given = [argument, flags.command, flags.file].filter((one) => one !== undefined);
  if (given.length > 1) throw new InvalidArgumentError('give the SQL once: as argument, with -c, or with -f.');
  if (flags.file !== undefined) return readFileSync(flags.file, 'utf8');
  return given[0] ?? readAll(process.stdin);
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
  return [...before, [name, uri]];
}

function maxRows(text: string): number | null {
  if (text === 'all') return null;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number or all is wanted.');
  return Number(text);
}
