import { Command } from 'commander';
import { BindError, connect, explainText, generatedCode, type Session, splitSql } from '../index.ts';
import { fail } from './exit.ts';
import { listenForInterrupt } from './interrupt.ts';
import { addConfigOptions, configOptions } from './options.ts';
import { addStatementOptions, parameters, type StatementFlags, statementText, tables } from './statements.ts';

interface ExplainFlags extends StatementFlags {
  readonly wasm?: true;
}

export function explainCommand(): Command {
  const command = addStatementOptions(new Command('explain').description('show how a query would run'))
    .optionsGroup('Output:')
    .option('--wasm', 'also the code that would be generated, as WebAssembly text')
    .optionsGroup('Where and how it would run:');
  return addConfigOptions(command).action(run);
}

async function run(argument: string | undefined, flags: ExplainFlags, command: Command): Promise<void> {
  const sql = await statementText(argument, flags, command);
  const interrupt = listenForInterrupt();
  let session: Session | null = null;
  try {
    const [statement, another] = splitSql(sql);
    if (another !== undefined) throw new BindError('SQ1303', 'explain takes one statement');
    session = await connect({ ...configOptions(flags as Record<string, unknown>), tables: tables(flags) });
    const planned = await session.plan(statement ?? sql, {
      signal: interrupt.signal,
      parameters: parameters(flags),
      ...(flags.dialect && { dialect: flags.dialect }),
    });
    process.stdout.write(`${explainText(planned, { estimates: true })}\n`);
    if (flags.wasm) process.stdout.write(`\n${await generatedCode(planned)}\n`);
  } catch (error) {
    fail(error, { text: sql, offset: 0 });
  }
  try {
    await session?.close();
  } catch (error) {
    fail(error);
  }
  interrupt.stop();
}
