import { type Command, InvalidArgumentError, Option } from 'commander';
import { CONFIG, type ConfigEntry, type ConfigOptions, envName, flagName, offFlagName } from '../index.ts';

/** Settings that say how objects are reached. */
export const STORAGE_KEYS: readonly string[] = ['data', 'endpoint', 'region', 'anonymous'];

/** Adds a flag for every setting of the registry, or for those of the given keys. */
export function addConfigOptions(command: Command, keys?: readonly string[]): Command {
  for (const entry of (CONFIG as readonly ConfigEntry[]).filter(({ key }) => keys?.includes(key) ?? true)) {
    const flag =
      entry.type === 'boolean' ? flagName(entry.key) : `${flagName(entry.key)} <${entry.placeholder ?? 'value'}>`;
    const shown = entry.default === null || entry.default === false ? '' : ` (default: ${entry.default})`;
    const option = new Option(flag, `${entry.doc}${shown} [${envName(entry.key)}]`);
    if (entry.choices) option.choices([...entry.choices]);
    if (entry.type === 'integer') option.argParser(wholeNumberFrom(entry.min ?? 0, entry.max));
    if (entry.default === true) {
      command.addOption(option.hideHelp());
      command.addOption(new Option(offFlagName(entry.key), `do not ${entry.doc} [${envName(entry.key)}=false]`));
    } else {
      command.addOption(option);
    }
  }
  return command;
}

/** The settings among a command's parsed options; of the given keys: the command's own options may have the names of other settings. */
export function configOptions(parsed: Readonly<Record<string, unknown>>, keys?: readonly string[]): ConfigOptions {
  const given = CONFIG.filter(({ key }) => parsed[key] !== undefined && (keys?.includes(key) ?? true));
  return Object.fromEntries(given.map((entry) => [entry.key, parsed[entry.key]])) as ConfigOptions;
}

export const wholeNumber = (text: string): number => wholeNumberFrom(0)(text);

/** Reads a whole number that is not below `min`, nor above `max`. */
export function wholeNumberFrom(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const range = max < Number.MAX_SAFE_INTEGER ? ` from ${min} to ${max}` : min === 0 ? '' : ` from ${min} on`;
    throw new InvalidArgumentError(`a whole number${range} is wanted.`);
  };
}
