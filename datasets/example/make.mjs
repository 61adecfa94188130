// Writes the example of the README beside this script: node datasets/example/make.mjs
// Half a year of an imaginary coffee company's sales, one file a month.
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
await duckdb.run('set threads = 1; select setseed(0.42)');
await duckdb.run(`create table sales as
  select
    timestamp '2026-01-01 06:30:00' + to_minutes((i * 26 + floor(random() * 20))::integer) as sold_at,
    ['Zürich', 'Kraków', 'Lisboa', 'Tromsø'][1 + floor(4 * sqrt(random()))::integer % 4] as city,
    ['espresso', 'flat white', 'filter', 'cold brew', 'tea'][1 + floor(5 * random() * random())::integer] as drink,
    (2.20 + floor(random() * 12) * 0.25)::decimal(6, 2) as price,
    (1 + floor(random() * random() * 4))::integer as cups,
    case when random() < 0.8 then random() < 0.35 end as member
  from range(10000) t(i)`);
for (let month = 1; month <= 6; month++) {
  const file = join(import.meta.dirname, `sales-2026-0${month}.parquet`);
  await duckdb.run(`copy (from sales where month(sold_at) = ${month} order by sold_at) to '${file}' (codec 'zstd')`);
}
