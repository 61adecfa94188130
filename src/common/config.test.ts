import { describe, expect, it } from 'vitest';
import { CONFIG, EXCHANGE_OPTIONS, envName, exchangeOptions, flagName, offFlagName, resolveConfig } from './config.ts';

describe('resolveConfig', () => {
  it('takes the option before the environment before the default', () => {
    const env = { SQUALL_TARGET: 'local', SQUALL_WORKERS: '7', SQUALL_ANONYMOUS: 'true' };
    const config = resolveConfig({ target: 'inline' }, env);
    expect(config).toMatchObject({ target: 'inline', workers: 7, anonymous: true, memory: 1769, data: null });
  });

  it.each([
    [{ SQUALL_WORKERS: 'many' }, 'SQUALL_WORKERS must be a whole number of at least 1, not "many"'],
    [{ SQUALL_WORKERS: '0' }, 'SQUALL_WORKERS must be a whole number of at least 1, not "0"'],
    [{ SQUALL_TARGET: 'cloud' }, 'SQUALL_TARGET must be one of auto, inline, local, aws, not "cloud"'],
    [{ SQUALL_LEVELS: '4' }, 'SQUALL_LEVELS must be a whole number from 1 to 3, not "4"'],
    [{ SQUALL_OPTIMIZE: 'speed' }, 'SQUALL_OPTIMIZE must be one of cost, balanced, latency, not "speed"'],
    [{ SQUALL_ANONYMOUS: 'maybe' }, 'SQUALL_ANONYMOUS must be a boolean, not "maybe"'],
  ])('refuses %j', (env, message) => {
    expect(() => resolveConfig({}, env)).toThrow(message);
  });
});

describe('exchangeOptions', () => {
  it('are the defaults, what a session says and what a query says before that', () => {
    expect(exchangeOptions()).toEqual(EXCHANGE_OPTIONS);
    expect(EXCHANGE_OPTIONS).toEqual({
      optimize: 'balanced',
      exchange: 'auto',
      levels: null,
      joins: 'auto',
      partitions: null,
      invocation: 'auto',
      compression: 'auto',
      adaptive: true,
    });
    const session = exchangeOptions(resolveConfig({ levels: 2, adaptive: false }, {}));
    expect(session).toEqual({ ...EXCHANGE_OPTIONS, levels: 2, adaptive: false });
    expect(exchangeOptions({ exchange: 'direct', levels: null }, session)).toEqual({
      ...EXCHANGE_OPTIONS,
      adaptive: false,
      exchange: 'direct',
    });
  });

  it('are refused when they do not fit', () => {
    expect(() => exchangeOptions({ levels: 0 })).toThrow('levels must be a whole number from 1 to 3, not 0');
    expect(() => exchangeOptions({ partitions: 1.5 })).toThrow(
      'partitions must be a whole number of at least 1, not 1.5',
    );
    expect(() => exchangeOptions({ adaptive: 'no' as never })).toThrow('adaptive must be a boolean, not "no"');
  });
});

it('names flags and variables after the key', () => {
  expect([flagName('maxScan'), envName('maxScan')]).toEqual(['--max-scan', 'SQUALL_MAX_SCAN']);
  expect(offFlagName('adaptive')).toBe('--no-adaptive');
  expect(new Set(CONFIG.map((entry) => entry.key)).size).toBe(CONFIG.length);
});
