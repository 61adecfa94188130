import { describe, expect, it } from 'vitest';
import { CONFIG, envName, flagName, resolveConfig } from './config.ts';

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
    [{ SQUALL_ANONYMOUS: 'maybe' }, 'SQUALL_ANONYMOUS must be a boolean, not "maybe"'],
  ])('refuses %j', (env, message) => {
    expect(() => resolveConfig({}, env)).toThrow(message);
  });
});

it('names flags and variables after the key', () => {
  expect([flagName('maxScan'), envName('maxScan')]).toEqual(['--max-scan', 'SQUALL_MAX_SCAN']);
  expect(new Set(CONFIG.map((entry) => entry.key)).size).toBe(CONFIG.length);
});
