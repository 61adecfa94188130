import { describe, expect, it } from 'vitest';
import { asc, count, desc, sum } from '../../test/oracle/aggregate-term.ts';
import { call, int } from '../../test/oracle/expr-builder.ts';
import { Plans, type Relation } from '../../test/oracle/plan-builder.ts';
import {
  CURRENT_ROW,
  following,
  frame,
  over,
  preceding,
  UNBOUNDED_FOLLOWING,
  UNBOUNDED_PRECEDING,
} from '../../test/oracle/window-term.ts';
import { INTEGER, VARCHAR } from '../common/types.ts';
import { formatPlan } from './format-plan.ts';

const plans = new Plans();
const t = plans.scan('t', { k: INTEGER, s: VARCHAR });
const u = plans.scan('u', { x: INTEGER, tags: { kind: 'list', element: VARCHAR } });

/** The first line, the operator's own. */
const line = ({ plan }: Relation) => formatPlan(plan).split('\n')[0];

describe('the text of', () => {
  it('a join, with its inputs', () => {
    const joined = t.join(u, {
      type: 'left',
      on: (l, r) => [[l('k'), r('x')]],
      residual: (l, r) => call('<', l('k'), call('+', r('x'), int(1))),
    });
    expect(formatPlan(joined.plan)).toBe(
      ['Join left on k = x where k < x + 1', '  Scan t [k, s]', '  Scan u [x, tags]'].join('\n'),
    );
  });

  it('joins without keys, with keys that match NULL, with a mark', () => {
    expect(line(t.join(u))).toBe('Join inner');
    expect(line(t.join(u, { type: 'semi', nullsMatch: true, on: (l, r) => [[l('k'), r('x')]] }))).toBe(
      'Join semi on k IS NOT DISTINCT FROM x',
    );
    expect(line(t.join(u, { type: 'mark', mark: 'found', on: (l, r) => [[l('k'), r('x')]] }))).toBe(
      'Join mark on k = x AS found',
    );
  });

  it('aggregation in sets, of distinct, ordered and filtered arguments', () => {
    const filter = call('>', t.column('k'), int(0));
    const grouped = t.aggregate({
      by: (c) => ({ s: c('s'), k: c('k') }),
      sets: [['s', 'k'], ['k'], []],
      values: (c) => ({
        a: count(c('k'), { distinct: true, filter }),
        b: sum(c('k'), { orderBy: [desc(c('s')), asc(c('k'), 'first')] }),
      }),
    });
    expect(line(grouped)).toBe(
      'Aggregate by s, k in sets (s, k), (k), () [count(DISTINCT k) FILTER (WHERE k > 0), sum(k ORDER BY s DESC, k NULLS FIRST)]',
    );
  });

  it('a top-N', () => {
    expect(line(t.topN((c) => [desc(c('k'), 'last'), asc(c('s'))], 10, 5))).toBe(
      'TopN 10 offset 5 by k DESC NULLS LAST, s',
    );
    expect(line(t.topN((c) => [asc(c('k'))], 10))).toBe('TopN 10 by k');
  });

  it('window functions and their frames', () => {
    const windowed = t.window({
      partitionBy: (c) => [c('s')],
      orderBy: (c) => [asc(c('k'))],
      functions: (c) => ({
        n: over('row_number'),
        a: over('sum', [c('k')], { frame: frame('rows', preceding(2), CURRENT_ROW, 'currentRow') }),
        b: over('count', [], { frame: frame('groups', CURRENT_ROW, following(1), 'ties') }),
        c: over('first_value', [c('k')], {
          ignoreNulls: true,
          frame: frame('range', UNBOUNDED_PRECEDING, UNBOUNDED_FOLLOWING, 'group'),
        }),
        d: over('max', [c('k')], { distinct: true, filter: call('>', c('k'), int(0)) }),
      }),
    });
    expect(line(windowed)).toBe(
      [
        'Window partition by s order by k [row_number() AS n',
        'sum(k) ROWS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW AS a',
        'count(*) GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING EXCLUDE TIES AS b',
        'first_value(k) IGNORE NULLS RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE GROUP AS c',
        'max(DISTINCT k) FILTER (WHERE k > 0) AS d]',
      ].join(', '),
    );
    expect(line(t.window({ functions: () => ({ n: over('rank') }) }))).toBe('Window [rank() AS n]');
  });

  it('set operations', () => {
    const other = plans.scan('v', { k: INTEGER, s: VARCHAR });
    expect(formatPlan(t.union(other).plan)).toBe('Union all\n  Scan t [k, s]\n  Scan v [k, s]');
    expect(line(t.union(other, false))).toBe('Union');
    expect(line(t.intersect(other))).toBe('Intersect');
    expect(line(t.except(other, true))).toBe('Except all');
  });

  it('unnest', () => {
    expect(line(u.unnest((c) => ({ tag: c('tags') })))).toBe('Unnest [tags]');
    expect(line(u.unnest((c) => ({ tag: c('tags') }), { outer: true, ordinality: true }))).toBe(
      'Unnest outer with ordinality [tags]',
    );
  });
});
