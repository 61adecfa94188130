import { describe, expect, it } from 'vitest';
import { outlined } from './outline.test-helper.ts';

const reads = (rows: readonly (readonly [string, string])[]) =>
  it.each(rows)('%s', async (text, expected) => {
    expect(await outlined(text)).toBe(expected);
  });

describe('queries', () => {
  reads([
    [
      'SELECT a, b AS c, d e FROM t',
      'select{items: [{expr: a}, {expr: b, alias: c}, {expr: d, alias: e}], from: [table{path: [t]}]}',
    ],
    ['SELECT DISTINCT a FROM t', 'select{distinct: {}, items: [{expr: a}], from: [table{path: [t]}]}'],
    [
      'SELECT DISTINCT ON (a, b) c FROM t',
      'select{distinct: {on: [a, b]}, items: [{expr: c}], from: [table{path: [t]}]}',
    ],
    ['SELECT ALL a FROM t', 'select{items: [{expr: a}], from: [table{path: [t]}]}'],
    [
      'SELECT a FROM s.t, "S"."T" x(b, c), c.s.t AS y',
      'select{items: [{expr: a}], from: [table{path: [s, t]}, table{path: ["S", "T"], alias: x, columnAliases: [b, c]}, table{path: [c, s, t], alias: y}]}',
    ],
    [
      'SELECT a FROM t WHERE b GROUP BY c HAVING d',
      'select{items: [{expr: a}], from: [table{path: [t]}], where: b, groupBy: [c], having: d}',
    ],
    ['SELECT 1 GROUP BY ()', 'select{items: [{expr: 1}], groupBy: [empty]}'],
    [
      'SELECT a FROM t GROUP BY a, (b, c), ROLLUP (d, (e, f)), CUBE (g), GROUPING SETS ((h, i), j, (), ROLLUP (k))',
      'select{items: [{expr: a}], from: [table{path: [t]}], groupBy: [a, list{items: [b, c]}, rollup{items: [d, list{items: [e, f]}]}, cube{items: [g]}, sets{items: [list{items: [h, i]}, j, empty, rollup{items: [k]}]}]}',
    ],
    [
      'SELECT a FROM t GROUP BY ROW(a, b)',
      'select{items: [{expr: a}], from: [table{path: [t]}], groupBy: [row{args: [a, b]}]}',
    ],
    ['SELECT a FROM t GROUP BY ALL', 'select{items: [{expr: a}], from: [table{path: [t]}], groupByAll}'],
    ['SELECT a FROM t GROUP BY ALL a', 'select{items: [{expr: a}], from: [table{path: [t]}], groupBy: [a]}'],
    [
      'SELECT a FROM t WINDOW w AS (ORDER BY b), v AS (w ROWS 1 PRECEDING)',
      'select{items: [{expr: a}], from: [table{path: [t]}], windows: [{name: w, window: {orderBy: [{expr: b}]}}, {name: v, window: {name: w, frame: {unit: rows, start: preceding{offset: 1}, end: currentRow}}}]}',
    ],
    [
      'SELECT a FROM t ORDER BY a, b DESC, c NULLS FIRST, 4 ASC NULLS LAST',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, orderBy: [{expr: a}, {expr: b, descending}, {expr: c, nullsFirst}, {expr: 4, nullsFirst: false}]}',
    ],
    ['SELECT a FROM t ORDER BY ALL', '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, orderByAll: {}}'],
    [
      'SELECT a FROM t ORDER BY ALL DESC NULLS LAST LIMIT 1',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, orderByAll: {descending, nullsFirst: false}, limit: 1}',
    ],
    ['(SELECT a FROM t) ORDER BY ALL', '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, orderByAll: {}}'],
    ['SELECT a FROM t LIMIT ALL', 'select{items: [{expr: a}], from: [table{path: [t]}]}'],
    [
      'SELECT a FROM t LIMIT 1 + 1 OFFSET ?',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, limit: binary{operator: +, left: 1, right: 1}, offset: parameter{key: 1}}',
    ],
    [
      'SELECT a FROM t OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, limit: 3, offset: 2}',
    ],
    [
      'SELECT a FROM t ORDER BY a FETCH FIRST ROW WITH TIES',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, orderBy: [{expr: a}], limit: 1, withTies}',
    ],
    [
      'SELECT a FROM t FETCH FIRST (1 + 1) ROWS ONLY',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, limit: binary{operator: +, left: 1, right: 1}}',
    ],
    [
      "VALUES (1, 'a'), (2, NULL) ORDER BY 1 LIMIT 1",
      "{body: values{rows: [[1, 'a'], [2, null]]}, orderBy: [{expr: 1}], limit: 1}",
    ],
    ['TABLE t', 'select{items: [{expr: star}], from: [table{path: [t]}]}'],
    [
      'SELECT 1 UNION SELECT 2',
      'setOperation{operator: union, left: {body: select{items: [{expr: 1}]}}, right: {body: select{items: [{expr: 2}]}}}',
    ],
    [
      'SELECT 1 UNION ALL SELECT 2 UNION DISTINCT SELECT 3',
      'setOperation{operator: union, left: {body: setOperation{operator: union, all, left: {body: select{items: [{expr: 1}]}}, right: {body: select{items: [{expr: 2}]}}}}, right: {body: select{items: [{expr: 3}]}}}',
    ],
    [
      'SELECT 1 UNION SELECT 2 INTERSECT SELECT 3 EXCEPT ALL SELECT 4',
      'setOperation{operator: except, all, left: {body: setOperation{operator: union, left: {body: select{items: [{expr: 1}]}}, right: {body: setOperation{operator: intersect, left: {body: select{items: [{expr: 2}]}}, right: {body: select{items: [{expr: 3}]}}}}}}, right: {body: select{items: [{expr: 4}]}}}',
    ],
    [
      '(SELECT 1 UNION SELECT 2) INTERSECT ALL SELECT 3',
      'setOperation{operator: intersect, all, left: {body: setOperation{operator: union, left: {body: select{items: [{expr: 1}]}}, right: {body: select{items: [{expr: 2}]}}}}, right: {body: select{items: [{expr: 3}]}}}',
    ],
    [
      '(SELECT 1 ORDER BY 1 LIMIT 1) UNION (VALUES (2)) ORDER BY 1',
      '{body: setOperation{operator: union, left: {body: select{items: [{expr: 1}]}, orderBy: [{expr: 1}], limit: 1}, right: {body: values{rows: [[2]]}}}, orderBy: [{expr: 1}]}',
    ],
    [
      'WITH a AS (SELECT 1), b(c) AS MATERIALIZED (SELECT 2), d AS NOT MATERIALIZED (SELECT 3) SELECT * FROM a',
      '{with: [{name: a, query: {body: select{items: [{expr: 1}]}}}, {name: b, columns: [c], materialized, query: {body: select{items: [{expr: 2}]}}}, {name: d, materialized: false, query: {body: select{items: [{expr: 3}]}}}], body: select{items: [{expr: star}], from: [table{path: [a]}]}}',
    ],
    [
      'WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 5) TABLE r',
      '{with: [{name: r, columns: [n], query: {body: setOperation{operator: union, all, left: {body: values{rows: [[1]]}}, right: {body: select{items: [{expr: binary{operator: +, left: n, right: 1}}], from: [table{path: [r]}], where: binary{operator: <, left: n, right: 5}}}}}}], recursive, body: select{items: [{expr: star}], from: [table{path: [r]}]}}',
    ],
    [
      'SELECT (WITH a AS (SELECT 1) SELECT * FROM a)',
      'select{items: [{expr: subquery{form: scalar, query: {with: [{name: a, query: {body: select{items: [{expr: 1}]}}}], body: select{items: [{expr: star}], from: [table{path: [a]}]}}}}]}',
    ],
    [
      'SELECT a FROM t QUALIFY row_number() OVER w = 1',
      'select{items: [{expr: a}], from: [table{path: [t]}], qualify: binary{operator: =, left: call{name: row_number, over: {name: w}}, right: 1}}',
    ],
    [
      'SELECT a FROM t WHERE b QUALIFY c WINDOW w AS (ORDER BY d) ORDER BY e',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}], where: b, qualify: c, windows: [{name: w, window: {orderBy: [{expr: d}]}}]}, orderBy: [{expr: e}]}',
    ],
    [
      'SELECT a FROM t WINDOW w AS (ORDER BY d) QUALIFY c UNION SELECT b FROM u QUALIFY d',
      'setOperation{operator: union, left: {body: select{items: [{expr: a}], from: [table{path: [t]}], qualify: c, windows: [{name: w, window: {orderBy: [{expr: d}]}}]}}, right: {body: select{items: [{expr: b}], from: [table{path: [u]}], qualify: d}}}',
    ],
    [
      'SELECT a FROM t qualify, u',
      'select{items: [{expr: a}], from: [table{path: [t], alias: qualify}, table{path: [u]}]}',
    ],
    [
      'SELECT a FROM t qualify JOIN u ON true',
      'select{items: [{expr: a}], from: [join{type: inner, left: table{path: [t], alias: qualify}, right: table{path: [u]}, condition: on{expr: true}}]}',
    ],
    [
      'SELECT qualify FROM t WHERE qualify = 1',
      'select{items: [{expr: qualify}], from: [table{path: [t]}], where: binary{operator: =, left: qualify, right: 1}}',
    ],
    ['SELECT * EXCLUDE (a, "B") FROM t', 'select{items: [{expr: star{exclude: [a, "B"]}}], from: [table{path: [t]}]}'],
    [
      'SELECT t.* EXCLUDE a, b FROM t',
      'select{items: [{expr: star{qualifier: [t], exclude: [a]}}, {expr: b}], from: [table{path: [t]}]}',
    ],
    [
      'SELECT * REPLACE (a + 1 AS a, (SELECT 1) AS "B") FROM t',
      'select{items: [{expr: star{replace: [{expr: binary{operator: +, left: a, right: 1}, name: a}, {expr: subquery{form: scalar, query: {body: select{items: [{expr: 1}]}}}, name: "B"}]}}], from: [table{path: [t]}]}',
    ],
    [
      'SELECT * EXCLUDE (a) REPLACE (f(b, c) AS c), d FROM t',
      'select{items: [{expr: star{exclude: [a], replace: [{expr: call{name: f, args: [b, c]}, name: c}]}}, {expr: d}], from: [table{path: [t]}]}',
    ],
    [
      'SELECT DISTINCT * EXCLUDE (a) FROM t',
      'select{distinct: {}, items: [{expr: star{exclude: [a]}}], from: [table{path: [t]}]}',
    ],
    [
      'SELECT a * exclude (b) FROM t',
      'select{items: [{expr: binary{operator: *, left: a, right: call{name: exclude, args: [b]}}}], from: [table{path: [t]}]}',
    ],
  ]);
});

describe('FROM first', () => {
  reads([
    ['FROM t', 'select{items: [{expr: star}], from: [table{path: [t]}]}'],
    ['FROM t SELECT a', 'select{items: [{expr: a}], from: [table{path: [t]}]}'],
    [
      'FROM t AS x JOIN u USING (a) SELECT x.a, b WHERE c ORDER BY d LIMIT 1',
      '{body: select{items: [{expr: x.a}, {expr: b}], from: [join{type: inner, left: table{path: [t], alias: x}, right: table{path: [u]}, condition: using{columns: [a]}}], where: c}, orderBy: [{expr: d}], limit: 1}',
    ],
    [
      'FROM t SELECT DISTINCT a QUALIFY b',
      'select{distinct: {}, items: [{expr: a}], from: [table{path: [t]}], qualify: b}',
    ],
    ['FROM t WHERE a GROUP BY b', 'select{items: [{expr: star}], from: [table{path: [t]}], where: a, groupBy: [b]}'],
    [
      'FROM (FROM t SELECT a) q SELECT b',
      'select{items: [{expr: b}], from: [subquery{query: {body: select{items: [{expr: a}], from: [table{path: [t]}]}}, alias: q}]}',
    ],
    [
      'FROM t SELECT (FROM u SELECT max(b))',
      'select{items: [{expr: subquery{form: scalar, query: {body: select{items: [{expr: call{name: max, args: [b]}}], from: [table{path: [u]}]}}}}], from: [table{path: [t]}]}',
    ],
    [
      'WITH c AS (FROM t) FROM c SELECT a',
      '{with: [{name: c, query: {body: select{items: [{expr: star}], from: [table{path: [t]}]}}}], body: select{items: [{expr: a}], from: [table{path: [c]}]}}',
    ],
    [
      'FROM t SELECT a UNION ALL FROM u EXCEPT FROM v SELECT b',
      'setOperation{operator: except, left: {body: setOperation{operator: union, all, left: {body: select{items: [{expr: a}], from: [table{path: [t]}]}}, right: {body: select{items: [{expr: star}], from: [table{path: [u]}]}}}}, right: {body: select{items: [{expr: b}], from: [table{path: [v]}]}}}',
    ],
    [
      'FROM t SELECT * EXCLUDE (a) WHERE b IS DISTINCT FROM c',
      'select{items: [{expr: star{exclude: [a]}}], from: [table{path: [t]}], where: isDistinct{left: b, right: c}}',
    ],
    ["FROM 'a.parquet' SELECT a", 'select{items: [{expr: a}], from: [file{uri: a.parquet}]}'],
  ]);
});

describe('tables', () => {
  reads([
    [
      'SELECT 1 FROM a, b CROSS JOIN c',
      'select{items: [{expr: 1}], from: [table{path: [a]}, join{type: cross, left: table{path: [b]}, right: table{path: [c]}}]}',
    ],
    [
      'SELECT 1 FROM a JOIN b ON c',
      'select{items: [{expr: 1}], from: [join{type: inner, left: table{path: [a]}, right: table{path: [b]}, condition: on{expr: c}}]}',
    ],
    [
      'SELECT 1 FROM a LEFT JOIN b USING (c, "D")',
      'select{items: [{expr: 1}], from: [join{type: left, left: table{path: [a]}, right: table{path: [b]}, condition: using{columns: [c, D]}}]}',
    ],
    [
      'SELECT 1 FROM a RIGHT OUTER JOIN b ON c FULL JOIN d ON e',
      'select{items: [{expr: 1}], from: [join{type: full, left: join{type: right, left: table{path: [a]}, right: table{path: [b]}, condition: on{expr: c}}, right: table{path: [d]}, condition: on{expr: e}}]}',
    ],
    [
      'SELECT 1 FROM a NATURAL JOIN b NATURAL LEFT JOIN c',
      'select{items: [{expr: 1}], from: [join{type: left, left: join{type: inner, left: table{path: [a]}, right: table{path: [b]}, condition: natural}, right: table{path: [c]}, condition: natural}]}',
    ],
    [
      'SELECT 1 FROM a JOIN b JOIN c ON d ON e',
      'select{items: [{expr: 1}], from: [join{type: inner, left: table{path: [a]}, right: join{type: inner, left: table{path: [b]}, right: table{path: [c]}, condition: on{expr: d}}, condition: on{expr: e}}]}',
    ],
    [
      'SELECT 1 FROM a LEFT JOIN (b JOIN c ON d) ON e',
      'select{items: [{expr: 1}], from: [join{type: left, left: table{path: [a]}, right: join{type: inner, left: table{path: [b]}, right: table{path: [c]}, condition: on{expr: d}}, condition: on{expr: e}}]}',
    ],
    [
      'SELECT 1 FROM (SELECT 2) q',
      'select{items: [{expr: 1}], from: [subquery{query: {body: select{items: [{expr: 2}]}}, alias: q}]}',
    ],
    [
      'SELECT 1 FROM (SELECT 2) AS q(a, b)',
      'select{items: [{expr: 1}], from: [subquery{query: {body: select{items: [{expr: 2}]}}, alias: q, columnAliases: [a, b]}]}',
    ],
    [
      'SELECT 1 FROM (SELECT 2)',
      'select{items: [{expr: 1}], from: [subquery{query: {body: select{items: [{expr: 2}]}}}]}',
    ],
    [
      'SELECT 1 FROM (VALUES (1, 2), (3, 4)) AS v(a, b)',
      'select{items: [{expr: 1}], from: [subquery{query: {body: values{rows: [[1, 2], [3, 4]]}}, alias: v, columnAliases: [a, b]}]}',
    ],
    [
      'SELECT 1 FROM a, LATERAL (SELECT a.b) q',
      'select{items: [{expr: 1}], from: [table{path: [a]}, subquery{query: {body: select{items: [{expr: a.b}]}}, lateral, alias: q}]}',
    ],
    [
      'SELECT 1 FROM a LEFT JOIN LATERAL f(a.b) q ON true',
      'select{items: [{expr: 1}], from: [join{type: left, left: table{path: [a]}, right: function{name: f, args: [a.b], lateral, alias: q}, condition: on{expr: true}}]}',
    ],
    [
      'SELECT 1 FROM f(1, x => 2)',
      'select{items: [{expr: 1}], from: [function{name: f, args: [1], namedArgs: [{name: x, value: 2}]}]}',
    ],
    [
      "SELECT 1 FROM read_parquet('a.parquet', hive_partitioning = true)",
      "select{items: [{expr: 1}], from: [function{name: read_parquet, args: ['a.parquet'], namedArgs: [{name: hive_partitioning, value: true}]}]}",
    ],
    [
      "SELECT 1 FROM read_parquet(['a.parquet', 'b.parquet']) AS r",
      "select{items: [{expr: 1}], from: [function{name: read_parquet, args: [list{elements: ['a.parquet', 'b.parquet']}], alias: r}]}",
    ],
    [
      'SELECT 1 FROM range(1, 10, 2) AS r(i), generate_series(1, 3)',
      'select{items: [{expr: 1}], from: [function{name: range, args: [1, 10, 2], alias: r, columnAliases: [i]}, function{name: generate_series, args: [1, 3]}]}',
    ],
    [
      'SELECT 1 FROM UNNEST(ARRAY[1, 2], b) WITH ORDINALITY AS u(a, b, i)',
      'select{items: [{expr: 1}], from: [function{name: unnest, args: [list{elements: [1, 2]}, b], ordinality, alias: u, columnAliases: [a, b, i]}]}',
    ],
    [
      'SELECT 1 FROM a CROSS JOIN UNNEST(a.b) u',
      'select{items: [{expr: 1}], from: [join{type: cross, left: table{path: [a]}, right: function{name: unnest, args: [a.b], alias: u}}]}',
    ],
    [
      "SELECT 1 FROM 's3://b/*.parquet' AS p",
      'select{items: [{expr: 1}], from: [file{uri: s3://b/*.parquet, alias: p}]}',
    ],
    [
      'SELECT 1 FROM a TABLESAMPLE BERNOULLI (10)',
      'select{items: [{expr: 1}], from: [sample{table: table{path: [a]}, method: bernoulli, percent: 10}]}',
    ],
    [
      'SELECT 1 FROM a AS x TABLESAMPLE System (2.5) REPEATABLE (42)',
      'select{items: [{expr: 1}], from: [sample{table: table{path: [a], alias: x}, method: system, percent: 2.5, seed: 42}]}',
    ],
    [
      "SELECT 1 FROM 'a.parquet' TABLESAMPLE BERNOULLI (?)",
      'select{items: [{expr: 1}], from: [sample{table: file{uri: a.parquet}, method: bernoulli, percent: parameter{key: 1}}]}',
    ],
  ]);
});
