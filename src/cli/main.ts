#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { VERSION } from '../index.ts';
import { fail } from './exit.ts';
import { localUpCommand } from './local-up.ts';
import { queryCommand } from './query.ts';
import { tpchGenCommand } from './tpch-gen.ts';

const program = new Command('squall')
  .description('Serverless distributed SQL over Parquet.')
  .version(VERSION, '--version')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .enablePositionalOptions();

program.addCommand(queryCommand(), { isDefault: true });
program.addCommand(localUpCommand());
program.addCommand(tpchGenCommand());

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its message already; help and version are no error.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else fail(error);
}
