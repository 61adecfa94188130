import { type Command, InvalidArgumentError, Option } from 'commander';
import { CONFIG, type ConfigEntry, type ConfigOptions, envName, flagName } from '../index.ts';

/** Adds a flag for every setting of the registry. */
export function addConfigOptions(command: Command): Command {
  for (const entry of CONFIG as readonly ConfigEntry[]) {
    const flag =
      entry.type === 'boolean' ? flagName(entry.key) : `${flagName(entry.key)} <${entry.placeholder ?? 'value'}>`;
    const shown = entry.default === null || entry.default === false ? '' : ` (default: ${entry.default})`;
    const option = new Option(flag, `${entry.doc}${shown} [${envName(entry.key)}]`);
    if (entry.choices) option.choices([...entry.choices]);
    if (entry.type === 'integer') option.argParser(wholeNumber);
    command.addOption(option);
  }
  return command;
}

/** The settings among a command's parsed options. */
export function configOptions(parsed: Readonly<Record<string, unknown>>): ConfigOptions {
  const given = CONFIG.filter((entry) => parsed[entry.key] !== undefined);
  return Object.fromEntries(given.map((entry) => [entry.key, parsed[entry.key]])) as ConfigOptions;
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
}
