import { describe, expect, it } from 'vitest';
import { BIGINT, DATE, DOUBLE, decimal, INTEGER, NULL, type SqlType, TIMESTAMP, VARCHAR } from '../../common/types.ts';
import { resolveWindowFunction, windowFunctionNames } from './functions.ts';

describe('window functions', () => {
  it.each<[string, readonly SqlType[], readonly SqlType[], SqlType, string]>([
    ['row_number', [], [], BIGINT, 'ranking'],
    ['cume_dist', [], [], DOUBLE, 'ranking'],
    ['ntile', [INTEGER], [BIGINT], BIGINT, 'ranking'],
    ['lag', [VARCHAR], [VARCHAR], VARCHAR, 'offset'],
    ['lead', [DATE, INTEGER], [DATE, BIGINT], DATE, 'offset'],
    ['lag', [DATE, INTEGER, TIMESTAMP], [TIMESTAMP, BIGINT, TIMESTAMP], TIMESTAMP, 'offset'],
    ['lag', [INTEGER, BIGINT, NULL], [INTEGER, BIGINT, INTEGER], INTEGER, 'offset'],
    ['first_value', [VARCHAR], [VARCHAR], VARCHAR, 'frame'],
    ['nth_value', [DOUBLE, INTEGER], [DOUBLE, BIGINT], DOUBLE, 'frame'],
    ['sum', [decimal(5, 2)], [decimal(5, 2)], decimal(38, 2), 'aggregate'],
    ['count', [], [], BIGINT, 'aggregate'],
  ])('%s of %j', (name, given, argTypes, type, kind) => {
    expect(resolveWindowFunction(name, given)).toEqual({ name, argTypes, type, kind });
  });

  it.each<[string, readonly SqlType[]]>([
    ['row_number', [INTEGER]],
    ['ntile', []],
    ['ntile', [VARCHAR]],
    ['lag', []],
    ['lag', [INTEGER, VARCHAR]],
    ['lead', [INTEGER, INTEGER, VARCHAR]],
    ['lead', [INTEGER, INTEGER, INTEGER, INTEGER]],
    ['first_value', [INTEGER, INTEGER]],
    ['nth_value', [INTEGER]],
    ['lower', [VARCHAR]],
    ['constructor', []],
  ])('there is no %s of %j', (name, given) => {
    expect(resolveWindowFunction(name, given)).toBe(null);
  });

  it('have names of their own', () => {
    expect(windowFunctionNames()).toEqual([
      'cume_dist',
      'dense_rank',
      'first_value',
      'lag',
      'last_value',
      'lead',
      'nth_value',
      'ntile',
      'percent_rank',
      'rank',
      'row_number',
    ]);
  });
});
