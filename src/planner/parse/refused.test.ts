import { describe, expect, it } from 'vitest';
import { failure } from './outline.test-helper.ts';

/** Code, message and what it points at. */
const refuses = (rows: readonly (readonly [string, string])[]) =>
  it.each(rows)('%s', async (text, expected) => {
    expect(await failure(text)).toBe(expected);
  });

describe('clauses', () => {
  refuses([
    [
      'SELECT a FROM t FOR UPDATE',
      'SQ2001 a query with a locking clause (FOR UPDATE, FOR SHARE) is not supported yet | SELECT a FROM t',
    ],
    ['SELECT a INTO b FROM t', 'SQ2001 a query with INTO is not supported yet | SELECT a INTO b FROM t'],
    [
      'SELECT a FROM t GROUP BY DISTINCT a',
      'SQ2001 a query with GROUP BY DISTINCT is not supported yet | SELECT a FROM t GROUP BY DISTINCT a',
    ],
    ['SELECT a FROM ONLY t', 'SQ2001 FROM ONLY is not supported yet | t'],
    ['SELECT a FROM ROWS FROM (f(1), g(2))', 'SQ2001 ROWS FROM is not supported yet | f(1)'],
    ['SELECT a FROM f(1) AS t(a int)', 'SQ2001 a column definition list is not supported yet | f(1)'],
    ['SELECT a FROM t TABLESAMPLE reservoir (1)', 'SQ2001 TABLESAMPLE RESERVOIR is not supported yet | reservoir'],
    ['SELECT a FROM t TABLESAMPLE bernoulli (1, 2)', 'SQ1001 TABLESAMPLE BERNOULLI takes one number | bernoulli'],
    ['SELECT a FROM t JOIN u USING (a) AS j', 'SQ2001 a join with an alias of USING is not supported yet | t JOIN u'],
    ['SELECT a FROM t ORDER BY a USING <', 'SQ2001 ORDER BY with USING is not supported yet | a'],
    ["SELECT a FROM XMLTABLE('/a' PASSING b COLUMNS c int)", 'SQ2001 XMLTABLE is not supported yet | XMLTABLE'],
    ["SELECT a FROM JSON_TABLE(b, '$' COLUMNS (c int))", 'SQ2001 JSON_TABLE is not supported yet | JSON_TABLE'],
    ['SELECT a FROM current_date', 'SQ2001 this function in FROM is not supported yet | current_date'],
    ['SELECT a FROM count(*)', 'SQ2001 an aggregate in FROM is not supported yet | count(*)'],
    [
      'WITH a AS (INSERT INTO t VALUES (1) RETURNING b) SELECT 1',
      'SQ2001 a statement that changes data inside a query is not supported yet | WITH',
    ],
    [
      'WITH RECURSIVE a AS (SELECT 1) SEARCH DEPTH FIRST BY b SET c SELECT 1',
      'SQ2001 a common table expression with SEARCH is not supported yet | a',
    ],
    [
      'WITH RECURSIVE a AS (SELECT 1) CYCLE b SET c USING d SELECT 1',
      'SQ2001 a common table expression with CYCLE is not supported yet | a',
    ],
    ['SELECT sum(a) OVER (ORDER BY ALL) FROM t', 'SQ2001 ALL here is not supported yet | ALL'],
    ['SELECT ARRAY[a] FROM t ORDER BY ALL, b', 'SQ1001 unexpected "ALL" | ALL'],
    ['SELECT a FROM t SEMI JOIN u USING (a)', 'SQ2001 SEMI JOIN is not supported yet | SEMI JOIN'],
    ['SELECT a FROM t POSITIONAL JOIN u', 'SQ2001 POSITIONAL JOIN is not supported yet | POSITIONAL JOIN'],
    ['SELECT coalesce(a IGNORE NULLS) FROM t', 'SQ2001 IGNORE NULLS here is not supported yet | ('],
    ['SELECT (a) IGNORE NULLS FROM t', 'SQ1001 unexpected "NULLS" | NULLS'],
    [
      'SELECT a FROM f(a IGNORE NULLS)',
      'SQ2001 IGNORE NULLS or RESPECT NULLS in FROM is not supported yet | f(a IGNORE NULLS)',
    ],
    ['SELECT * EXCLUDE (a.b) FROM t', 'SQ1001 unexpected "." | .'],
    ['SELECT * EXCLUDE () FROM t', 'SQ1001 unexpected ")" | )'],
    ['SELECT * REPLACE (a) FROM t', 'SQ1001 REPLACE without AS | a'],
    ['SELECT f(x => 1, 2)', 'SQ1001 an argument without a name after one with a name | 2'],
    ['SELECT a FROM f(x = 1, 2)', 'SQ1001 an argument without a name after one with a name | 2'],
    ['SELECT ?, $1', 'SQ1001 ? and $1 in one statement | ?'],
    ['SELECT', 'SQ1001 SELECT without anything to select | SELECT'],
    ['SELECT FROM t', 'SQ1001 SELECT without anything to select | t'],
  ]);
});

describe('expressions', () => {
  refuses([
    ["SELECT x'1f'", "SQ2001 a bit string is not supported yet | x'1f'"],
    ["SELECT b'01'", "SQ2001 a bit string is not supported yet | b'01'"],
    ['SELECT (a).*', 'SQ2001 the star of a value is not supported yet | (a).*'],
    ['SELECT a COLLATE "C"', 'SQ2001 COLLATE is not supported yet | COLLATE'],
    ['SELECT f(VARIADIC a)', 'SQ2001 f() with VARIADIC is not supported yet | f(VARIADIC a)'],
    ['SELECT s.f(1)', 'SQ2001 a function of a schema is not supported yet | s.f(1)'],
    ['SELECT a OPERATOR(pg_catalog.+) b', 'SQ2001 OPERATOR() is not supported yet | OPERATOR'],
    ['SELECT a LIKE ANY (b)', 'SQ2001 LIKE ANY of a list that is not written out is not supported yet | LIKE'],
    [
      "SELECT a NOT ILIKE ALL (SELECT 'x')",
      'SQ2001 NOT ILIKE ALL of a list that is not written out is not supported yet | NOT',
    ],
    ['SELECT a IS NORMALIZED', 'SQ2001 IS NORMALIZED is not supported yet | IS'],
    ['SELECT a AT LOCAL', 'SQ2001 AT LOCAL is not supported yet | a'],
    [
      "SELECT substring(a SIMILAR b ESCAPE 'c')",
      "SQ2001 SUBSTRING with SIMILAR is not supported yet | substring(a SIMILAR b ESCAPE 'c')",
    ],
    [
      'SELECT current_timestamp(3)',
      'SQ2001 current_timestamp with a precision is not supported yet | current_timestamp(3)',
    ],
    ['SELECT a IS JSON', 'SQ2001 IS JSON is not supported yet | a'],
    ['SELECT a IS DOCUMENT', 'SQ2001 an XML function is not supported yet | IS'],
    ["SELECT json_object('a': 1)", 'SQ2001 an SQL/JSON function is not supported yet | json_object'],
    ['SELECT JSON_ARRAY(1, 2)', 'SQ2001 an SQL/JSON function is not supported yet | JSON_ARRAY'],
    ["SELECT JSON_VALUE(a, '$')", 'SQ2001 an SQL/JSON function is not supported yet | JSON_VALUE'],
    ["SELECT JSON_QUERY(a, '$')", 'SQ2001 an SQL/JSON function is not supported yet | JSON_QUERY'],
    ['SELECT JSON_ARRAYAGG(a)', 'SQ2001 an SQL/JSON function is not supported yet | JSON_ARRAYAGG'],
    ['SELECT xmlelement(name a)', 'SQ2001 an XML function is not supported yet | xmlelement'],
    ['SELECT merge_action()', 'SQ2001 MERGE_ACTION() is not supported yet | merge_action'],
  ]);
});

describe('types', () => {
  refuses([
    ['SELECT 1::varchar(10)', 'SQ2001 the type varchar with a length is not supported yet | varchar(10)'],
    ['SELECT 1::char', 'SQ2001 the type char with a length is not supported yet | char'],
    ['SELECT 1::decimal', 'SQ2001 decimal without precision and scale is not supported yet | decimal'],
    ['SELECT 1::decimal(39, 2)', 'SQ1107 decimal(39,2) is out of range | decimal(39, 2)'],
    ['SELECT 1::decimal(2, 3)', 'SQ1107 decimal(2,3) is out of range | decimal(2, 3)'],
    ['SELECT 1::foo', 'SQ1107 type "foo" does not exist | foo'],
    ['SELECT 1::s.foo', 'SQ1107 type "foo" does not exist | s.foo'],
    ['SELECT 1::int[3]', 'SQ2001 a list type of a fixed length is not supported yet | int[3]'],
    ['SELECT 1::timestamp(3)', 'SQ2001 the type timestamp with a precision is not supported yet | timestamp(3)'],
    ["SELECT interval(3) '1 day'", 'SQ2001 an interval with a precision is not supported yet | interval(3)'],
    ['SELECT a::interval day', 'SQ2001 a cast to an interval of some fields is not supported yet | a::interval'],
    ['SELECT 1::bit(3)', 'SQ2001 the type bit is not supported yet | bit(3)'],
    ['SELECT 1::SETOF int', 'SQ2001 the type int4 with setof is not supported yet | int'],
    ['SELECT 1::t.a%TYPE', 'SQ1107 type "a" does not exist | t.a'],
  ]);
});

describe('statements', () => {
  refuses([
    ['INSERT INTO t VALUES (1)', 'SQ2001 INSERT is not supported yet | INSERT'],
    ['UPDATE t SET a = 1', 'SQ2001 UPDATE is not supported yet | UPDATE'],
    ['DELETE FROM t', 'SQ2001 DELETE is not supported yet | DELETE'],
    ['MERGE INTO t USING u ON a WHEN MATCHED THEN DELETE', 'SQ2001 MERGE is not supported yet | MERGE'],
    ['TRUNCATE t', 'SQ2001 TRUNCATE is not supported yet | TRUNCATE'],
    ['CREATE TABLE t (a int)', 'SQ2001 CREATE TABLE is not supported yet | CREATE TABLE'],
    ['CREATE TABLE t AS SELECT 1 WITH NO DATA', 'SQ2001 WITH NO DATA is not supported yet | CREATE'],
    ['CREATE TABLE t AS EXECUTE p', 'SQ2001 CREATE TABLE AS EXECUTE is not supported yet | CREATE'],
    ['CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1', 'SQ2001 ON COMMIT is not supported yet | CREATE'],
    ['CREATE UNLOGGED TABLE t AS SELECT 1', 'SQ2001 UNLOGGED is not supported yet | UNLOGGED'],
    ['CREATE UNIQUE INDEX i ON t (a)', 'SQ2001 CREATE INDEX is not supported yet | CREATE UNIQUE INDEX'],
    [
      'CREATE MATERIALIZED VIEW v AS SELECT 1',
      'SQ2001 CREATE MATERIALIZED VIEW is not supported yet | CREATE MATERIALIZED VIEW',
    ],
    [
      'CREATE RECURSIVE VIEW v (a) AS SELECT 1',
      'SQ2001 CREATE RECURSIVE VIEW is not supported yet | CREATE RECURSIVE VIEW',
    ],
    ['CREATE VIEW v AS SELECT 1 WITH CHECK OPTION', 'SQ2001 WITH CHECK OPTION is not supported yet | CREATE'],
    [
      'CREATE VIEW v WITH (security_barrier) AS SELECT 1',
      'SQ2001 CREATE VIEW with options is not supported yet | CREATE',
    ],
    ['CREATE VIEW v AS INSERT INTO t VALUES (1)', 'SQ1001 unexpected "INSERT" | INSERT'],
    ["CREATE VIEW 'v' AS SELECT 1", "SQ1001 unexpected 'v' | 'v'"],
    ['ALTER TABLE t ADD COLUMN a int', 'SQ2001 ALTER TABLE is not supported yet | ALTER TABLE'],
    ['DROP TABLE t', 'SQ2001 DROP TABLE is not supported yet | DROP TABLE'],
    ['DROP VIEW v CASCADE', 'SQ2001 CASCADE is not supported yet | CASCADE'],
    ['BEGIN', 'SQ2001 BEGIN is not supported yet | BEGIN'],
    ['COMMIT', 'SQ2001 COMMIT is not supported yet | COMMIT'],
    ['GRANT SELECT ON t TO u', 'SQ2001 GRANT is not supported yet | GRANT'],
    ['VACUUM', 'SQ2001 VACUUM is not supported yet | VACUUM'],
    ['PREPARE p AS SELECT 1', 'SQ2001 PREPARE is not supported yet | PREPARE'],
    ['EXECUTE p', 'SQ2001 EXECUTE is not supported yet | EXECUTE'],
    ['DECLARE c CURSOR FOR SELECT 1', 'SQ2001 DECLARE is not supported yet | DECLARE'],
    ['DO $$ x $$', 'SQ2001 DO is not supported yet | DO'],
    ['CALL f(1)', 'SQ2001 CALL is not supported yet | CALL'],
    ['LISTEN x', 'SQ2001 LISTEN is not supported yet | LISTEN'],
    ["COPY t FROM 'a.csv'", 'SQ2001 COPY … FROM is not supported yet | COPY'],
    ['COPY t TO STDOUT', 'SQ2001 COPY … TO STDOUT is not supported yet | COPY'],
    ["COPY t TO PROGRAM 'x'", 'SQ2001 COPY … TO PROGRAM is not supported yet | COPY'],
    [
      "COPY (INSERT INTO t VALUES (1) RETURNING a) TO 'x'",
      'SQ2001 a statement that changes data inside a query is not supported yet | COPY',
    ],
    ['EXPLAIN CREATE TABLE t AS SELECT 1', 'SQ2001 EXPLAIN of this statement is not supported yet | EXPLAIN'],
    ['EXPLAIN INSERT INTO t VALUES (1)', 'SQ2001 EXPLAIN of this statement is not supported yet | EXPLAIN'],
    ["SHOW TABLES LIKE 'a%'", 'SQ2001 SHOW TABLES with LIKE is not supported yet | LIKE'],
    ['SHOW TABLES FROM s', 'SQ2001 SHOW TABLES with FROM is not supported yet | FROM'],
    ['SHOW COLUMNS FROM t', 'SQ2001 SHOW COLUMNS is not supported yet | COLUMNS'],
    ['SHOW CREATE TABLE t', 'SQ2001 SHOW CREATE is not supported yet | CREATE'],
    ['SHOW', 'SQ1001 unexpected end of the statement | '],
    ['SHOW a b', 'SQ1001 unexpected "b" | b'],
    ['SET a', 'SQ1001 unexpected end of the statement | '],
    ['SET a =', 'SQ1001 unexpected end of the statement | '],
    ['SET a = b c', 'SQ1001 unexpected "c" | c'],
    ['SET a = 1, 2', 'SQ2001 a list as the value of a setting is not supported yet | ,'],
    ['SET a = f(1)', 'SQ1001 unexpected "(" | ('],
    ['SET LOCAL a = 1', 'SQ2001 SET LOCAL is not supported yet | LOCAL'],
    ["SET TIME ZONE 'UTC'", 'SQ2001 SET TIME ZONE is not supported yet | TIME'],
    ["SET a = E'x'", "SQ2001 this form of a text in SET is not supported yet | E'x'"],
    ['RESET', 'SQ1001 unexpected end of the statement | '],
    ['RESET a b', 'SQ1001 unexpected "b" | b'],
  ]);
});
