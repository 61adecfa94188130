import { expect, it } from 'vitest';
import { call, castTo, column, literal, ref } from '../../../test/oracle/expr-builder.ts';
import { BIGINT, BOOLEAN, DATE, DOUBLE, decimal, INTEGER, INTERVAL, TIMESTAMPTZ, VARCHAR } from '../../common/types.ts';
import type { Expr } from './expr.ts';
import { formatExpr, formatLiteral } from './format.ts';

const a = ref(column(1, 'a', INTEGER));
const s = ref(column(2, 's', VARCHAR));
const one = literal(1, INTEGER);

it.each<[Expr, string]>([
  [call('*', call('+', a, one), a), '(a + 1) * a'],
  [call('-', a, call('-', a, one)), 'a - (a - 1)'],
  [call('-', call('-', a, one), a), 'a - 1 - a'],
  [call('negate', call('negate', a)), '-(-a)'],
  [call('not_like', s, literal("it's%", VARCHAR)), "s NOT LIKE 'it''s%'"],
  [call('like', s, s, literal('#', VARCHAR)), "s LIKE s ESCAPE '#'"],
  [call('is_distinct_from', a, one), 'a IS DISTINCT FROM 1'],
  [call('extract_year', literal(0, DATE)), "EXTRACT(year FROM DATE '1970-01-01')"],
  [castTo(call('+', a, one), DOUBLE), 'CAST(a + 1 AS double)'],
  [
    {
      kind: 'and',
      type: BOOLEAN,
      args: [{ kind: 'or', type: BOOLEAN, args: [call('=', a, one), call('<', a, one)] }, call('>', a, one)],
    },
    '(a = 1 OR a < 1) AND a > 1',
  ],
  [{ kind: 'not', type: BOOLEAN, input: { kind: 'isNull', type: BOOLEAN, input: a, negated: false } }, 'NOT a IS NULL'],
  [{ kind: 'isNull', type: BOOLEAN, input: call('=', a, one), negated: true }, '(a = 1) IS NOT NULL'],
  [
    { kind: 'inList', type: BOOLEAN, input: a, list: [one, literal(null, INTEGER)], negated: true },
    'a NOT IN (1, NULL)',
  ],
  [call('||', s, call('lower', s)), 's || lower(s)'],
  [call('not_similar_to', s, s, literal('#', VARCHAR)), "s NOT SIMILAR TO s ESCAPE '#'"],
  [call('~*', s, s), 's ~* s'],
  [call('&', call('#', a, one), call('+', a, one)), 'a # 1 & a + 1'],
  [call('|', a, call('|', a, one)), 'a | (a | 1)'],
  [call('//', a, call('//', a, one)), 'a // (a // 1)'],
  [call('[]', call('list_value', a), literal(2n, BIGINT)), 'list_value(a)[2]'],
  [
    call('.x', ref(column(3, 'row', { kind: 'struct', fields: [{ name: 'x', type: INTEGER, nullable: true }] }))),
    'row.x',
  ],
])('%#: %s', (expr, text) => {
  expect(formatExpr(expr)).toBe(text);
});

it('writes literals as SQL does', () => {
  expect([
    formatLiteral(5n, decimal(3, 2)),
    formatLiteral({ months: 3, days: 0, micros: 0n }, INTERVAL),
    formatLiteral(0n, TIMESTAMPTZ),
    formatLiteral(Number.NaN, DOUBLE),
    formatLiteral(true, BOOLEAN),
  ]).toEqual(['0.05', "INTERVAL '3 mons'", "TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00'", "'NaN'", 'true']);
});
