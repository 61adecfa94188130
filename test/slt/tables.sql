-- The tables of the .slt files, in DuckDB's SQL: written as Parquet once, three files each, and known to DuckDB as they stand.
CREATE TABLE dept (id INTEGER, name VARCHAR, city VARCHAR, budget DECIMAL(12, 2));
INSERT INTO dept VALUES
  (1, 'Engineering', 'Berlin', 100000.00), (2, 'Sales', 'Paris', 50000.50), (3, 'Support', NULL, 20000.00),
  (4, 'Research', 'Berlin', NULL), (NULL, 'Ghosts', 'Nowhere', 0.00);

CREATE TABLE emp (id INTEGER, name VARCHAR, dept_id INTEGER, manager_id INTEGER, salary DECIMAL(9, 2), hired DATE, bonus DOUBLE);
INSERT INTO emp VALUES
  (1, 'Ada', 1, NULL, 9000.00, '2015-01-10', 0.5), (2, 'Bob', 1, 1, 5000.00, '2018-03-01', NULL),
  (3, 'Cleo', 1, 1, 5000.00, '2019-07-15', 0.25), (4, 'Dan', 2, 1, 4000.50, '2018-03-01', 0.125),
  (5, 'Eve', 2, 4, 3500.00, '2020-11-30', NULL), (6, 'Fay', 2, 4, NULL, '2021-02-28', 1.5),
  (7, 'Gus', 3, 1, 2500.00, '2022-06-01', 0.5), (8, 'Hal', NULL, 7, 2500.00, NULL, NULL),
  (9, 'Ivy', 9, NULL, 7000.00, '2016-05-05', 0.75), (10, NULL, 3, 7, 2000.00, '2023-01-01', -0.5);

CREATE TABLE nobody AS SELECT * FROM emp WHERE false;

-- Duplicates and NULLs on both sides.
CREATE TABLE a (x INTEGER, y VARCHAR);
INSERT INTO a VALUES (1, 'one'), (2, 'two'), (2, 'zwei'), (3, NULL), (NULL, 'none'), (NULL, NULL), (5, 'five');
CREATE TABLE b (x INTEGER, z VARCHAR);
INSERT INTO b VALUES (2, 'b2'), (2, 'b2'), (3, 'b3'), (4, NULL), (NULL, 'bnull'), (1, 'b1');

CREATE TABLE sales (region VARCHAR, product VARCHAR, year INTEGER, amount DECIMAL(10, 2), units BIGINT);
INSERT INTO sales VALUES
  ('north', 'ale', 2023, 10.00, 1), ('north', 'ale', 2024, 20.50, 2), ('north', 'rum', 2023, 5.25, 3),
  ('south', 'ale', 2023, 7.00, 4), ('south', 'rum', 2024, NULL, 5), ('south', NULL, 2024, 8.75, NULL),
  (NULL, 'ale', 2024, 1.00, 7), (NULL, NULL, 2023, 2.00, 8), ('north', 'ale', 2023, 10.00, 1), ('west', 'gin', NULL, 0.00, 0);

CREATE TABLE events (id INTEGER, who VARCHAR, ts TIMESTAMP, kind VARCHAR, val INTEGER, score DOUBLE);
INSERT INTO events VALUES
  (1, 'ann', '2024-01-01 10:00:00', 'in', 5, 1.5), (2, 'ann', '2024-01-01 10:05:00', 'out', 3, 2.5),
  (3, 'ann', '2024-01-01 10:05:00', 'in', 3, NULL), (4, 'ben', '2024-01-01 09:00:00', 'in', NULL, 0.5),
  (5, 'ben', '2024-01-02 09:00:00', 'out', 8, -1.0), (6, 'ben', '2024-01-03 12:30:00', 'in', 8, 4.0),
  (7, 'cat', '2024-02-29 00:00:00', 'in', 1, 3.5), (8, NULL, '2024-01-01 10:05:00', 'out', 2, 0.25),
  (9, 'ann', NULL, 'in', 9, 1.0), (10, 'cat', '2024-03-01 00:00:00', NULL, -4, 2.0);

CREATE TABLE tree (id INTEGER, parent INTEGER, label VARCHAR);
INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'a1'), (5, 2, 'a2'), (6, 4, 'a1x'), (7, NULL, 'alone'), (8, 8, 'loop');

CREATE TABLE lists (id INTEGER, tags VARCHAR[], nums INTEGER[]);
INSERT INTO lists VALUES (1, ['red', 'blue'], [1, 2, 3]), (2, [], [4]), (3, NULL, [5, NULL]), (4, ['red', NULL], NULL), (5, ['x'], []);

CREATE TABLE kinds (id INTEGER, b BOOLEAN, i1 TINYINT, i2 SMALLINT, i8 BIGINT, f4 REAL, f8 DOUBLE, n9 DECIMAL(9, 2), n38 DECIMAL(38, 4),
  s VARCHAR, bin BLOB, d DATE, t TIME, ts TIMESTAMP, tz TIMESTAMPTZ);
INSERT INTO kinds VALUES
  (1, true, 1, 100, 10000000000, 1.5, 2.5, 12.34, 1234567890123456789.1234, 'text', '\xAB\x01'::BLOB, '2024-02-29', '12:34:56.5', '2024-02-29 12:34:56', '2024-02-29 12:34:56+00'),
  (2, false, -128, -32768, -9223372036854775808, -0.5, 1e300, -9999999.99, -1.0000, '', ''::BLOB, '1969-12-31', '00:00:00', '1969-12-31 23:59:59.999999', '1970-01-01 00:00:00+00'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, true, 127, 32767, 9223372036854775807, 'inf', 'nan', 0.00, 0.0000, 'é😀', '\x00'::BLOB, '9999-12-31', '23:59:59.999999', '2000-01-01 00:00:00', '2000-01-01 00:00:00+00');

-- Its last columns are the folders that its files lie in.
CREATE TABLE visits (id INTEGER, note VARCHAR, day DATE, place VARCHAR, year BIGINT);
INSERT INTO visits VALUES
  (1, 'first', '2023-12-31', 'Köln', 2023), (2, NULL, '2023-12-31', 'Köln', 2023), (3, 'x', '2024-01-01', 'São Paulo/SP', 2024),
  (4, 'y', '2024-01-01', 'Köln', 2024), (5, 'x', '2024-02-01', NULL, 2024), (6, 'z', '2024-02-01', '100%', 2024),
  (7, 'first', '2025-03-04', '007', NULL), (8, 'x', '2025-03-05', 'Köln', 2025), (NULL, NULL, '2025-03-05', 'Köln', 2025);

-- Many equal keys, and NULLs.
CREATE TABLE many AS SELECT i::INTEGER AS n, CASE WHEN i % 10 <> 3 THEN (i * 7919 % 37)::INTEGER END AS k, 'v' || (i * 31 % 100) AS s,
  (i % 8)::DOUBLE / 4 AS f FROM range(3000) t(i);
