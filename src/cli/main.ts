#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { VERSION } from '../index.ts';
import { fail } from './exit.ts';
import { localUpCommand } from './local-up.ts';
import { queryCommand } from './query.ts';
import { tpchGenCommand } from './tpch-gen.ts';

// The SDK's notice about Node 20 is for us who pin it, not for who runs a query.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

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
