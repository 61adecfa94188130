// Writes the golden Parquet files beside this script: node datasets/golden/make.mjs
// DuckDB and parquet-wasm (arrow-rs) are the writers. Tests compare what Squall reads with what DuckDB reads.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import * as arrow from 'apache-arrow';
import * as parquet from 'parquet-wasm/node';

const folder = import.meta.dirname;
const instance = await DuckDBInstance.create(':memory:');
const duckdb = await instance.connect();
await duckdb.run("set threads = 1; set timezone = 'UTC'; select setseed(0.5)");

/** Every type that DuckDB can write, each with NULLs in other rows; row 0 and 1 hold the extremes. */
const TYPES = `
  select
    nullif(i % 3 = 0, i % 7 = 1) as "boolean",
    case when i % 5 = 2 then null when i = 0 then -128 when i = 1 then 127 else i end::tinyint as "tinyint",
    case when i % 5 = 3 then null when i = 0 then -32768 when i = 1 then 32767 else i * 300 end::smallint as "smallint",
    case when i % 5 = 4 then null when i = 0 then -2147483648 when i = 1 then 2147483647 else i * 70000 end::integer as "integer",
    case when i % 6 = 2 then null when i = 0 then -9223372036854775808 when i = 1 then 9223372036854775807 else i * 5000000000 end::bigint as "bigint",
    case when i % 6 = 3 then null when i = 1 then 255 else i end::utinyint as "utinyint",
    case when i % 6 = 4 then null when i = 1 then 65535 else i end::usmallint as "usmallint",
    case when i % 6 = 5 then null when i = 1 then 4294967295 else i end::uinteger as "uinteger",
    case when i % 7 = 2 then null when i = 1 then 18446744073709551615 else i end::ubigint as "ubigint",
    case when i % 7 = 3 then null when i = 0 then '-inf' when i = 1 then 'nan' when i = 2 then '-0.0' else (i / 3)::varchar end::real as "real",
    case when i % 7 = 4 then null when i = 0 then 'inf' when i = 1 then 'nan' when i = 2 then '-0.0' else (i / 3)::varchar end::double as "double",
    case when i % 7 = 5 then null when i = 0 then -999.9 when i = 1 then 999.9 else i / 10 end::decimal(4, 1) as "decimal4",
    case when i % 7 = 6 then null when i = 0 then -9999999.99 when i = 1 then 9999999.99 else i / 100 end::decimal(9, 2) as "decimal9",
    case when i % 8 = 2 then null when i = 0 then -9999999999999999.99 when i = 1 then 9999999999999999.99 else i * 1.11 end::decimal(18, 2) as "decimal18",
    case when i % 8 = 3 then null when i = 0 then '-9999999999999999999999999999.9999999999' when i = 1 then '9999999999999999999999999999.9999999999' else (i * -3.7)::varchar end::decimal(38, 10) as "decimal38",
    case when i % 8 = 4 then null when i = 0 then date '0001-01-01' when i = 1 then date '9999-12-31' else date '1970-01-01' + (i * 97 - 1000)::integer end as "date",
    case when i % 8 = 5 then null when i = 1 then time '23:59:59.999999' else time '00:00:00' + to_seconds(i * 1000) end as "time",
    case when i % 8 = 6 then null when i = 0 then timestamp '0001-01-01 00:00:00.000001' when i = 1 then timestamp '9999-12-31 23:59:59.999999' else timestamp '1969-12-31 23:00:00' + to_minutes(i * 13) end as "timestamp",
    case when i % 8 = 7 then null else timestamptz '1999-12-31 23:59:59.5+00' + to_days(i::integer) end as "timestamptz",
    case when i % 9 = 2 then null else timestamp_ms '2001-02-03 04:05:06.789' end as "timestamp_ms",
    case when i % 9 = 3 then null else timestamp_ns '2001-02-03 04:05:06.789012' end as "timestamp_ns",
    case when i % 9 = 4 then null else to_months(i::integer) + to_days((i * 2)::integer) + to_milliseconds(i * 7) end as "interval",
    case when i % 9 = 5 then null when i % 4 = 0 then '' when i % 4 = 1 then 'żółta 🦆' else 'text ' || i end as "varchar",
    case when i % 9 = 6 then null else 'group ' || i % 3 end as "dictionary",
    case when i % 9 = 7 then null when i % 2 = 0 then '\\x00\\xFF' else '' end::blob as "blob",
    case when i % 9 = 8 then null when i = 0 then '00000000-0000-0000-0000-000000000001' else 'ffeeddcc-bbaa-9988-7766-55443322110' || i % 10 end::uuid as "uuid",
    null::integer as "all_null"
  from range(40) t(i)`;

for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']) {
  await duckdb.run(
    `copy (${TYPES}) to '${join(folder, `types-${codec}.parquet`)}' (format parquet, compression ${codec})`,
  );
}
// Without the extremes: DuckDB writes deltas of INT32 that need 33 bits, which the format does not allow.
await duckdb.run(
  `copy (${TYPES} offset 2) to '${join(folder, 'types-v2.parquet')}' (format parquet, parquet_version v2)`,
);

await duckdb.run(`
  copy (
    select i as id, i % 10 as digit, case when i % 3 = 0 then null else (i % 40) / 100 end::decimal(15, 2) as price,
      date '1992-01-01' + (i // 20)::integer as day, 'name ' || i // 1000 as name
    from range(4500) t(i)
  ) to '${join(folder, 'row-groups.parquet')}' (format parquet, row_group_size 2048, compression zstd)`);

await duckdb.run(`
  copy (select i as id, [i, null] as list, {'a': i, 'b': 'x'} as struct, map {'k': i} as map from range(3) t(i))
  to '${join(folder, 'nested.parquet')}' (format parquet)`);

await duckdb.run(`
  copy (select 1::integer as a, 'x' as b where false) to '${join(folder, 'empty.parquet')}' (format parquet)`);

/** Columns as arrow-rs writes them, in pages of a few rows. */
function arrowTable(rows) {
  const column = (type, value) =>
    arrow.vectorFromArray(
      Array.from({ length: rows }, (_, i) => (i % 5 === 3 ? null : value(i))),
      type,
    );
  return new arrow.Table({
    bool: column(new arrow.Bool(), (i) => i % 2 === 0),
    int8: column(new arrow.Int8(), (i) => -i),
    uint16: column(new arrow.Uint16(), (i) => i * 100),
    int32: column(new arrow.Int32(), (i) => i * 1000 - 5000),
    int64: column(new arrow.Int64(), (i) => BigInt(i) * 3000000000n),
    uint64: column(new arrow.Uint64(), (i) => 2n ** 63n + BigInt(i)),
    float32: column(new arrow.Float32(), (i) => i / 4),
    float64: column(new arrow.Float64(), (i) => i / 7),
    date: column(new arrow.DateDay(), (i) => new Date(i * 86400000)),
    timestamp: column(new arrow.TimestampMicrosecond(), (i) => i),
    timestamptz: column(new arrow.Timestamp(arrow.TimeUnit.MICROSECOND, 'UTC'), (i) => i),
    text: column(new arrow.Utf8(), (i) => `text ${i % 4}`),
    bytes: column(new arrow.Binary(), (i) => new Uint8Array([i, 255 - i])),
    required: arrow.vectorFromArray(
      Array.from({ length: rows }, (_, i) => i),
      new arrow.Int32(),
    ),
  });
}

async function writeArrow(name, configure) {
  const table = parquet.Table.fromIPCStream(arrow.tableToIPC(arrowTable(50), 'stream'));
  const builder = new parquet.WriterPropertiesBuilder()
    .setMaxRowGroupSize(40)
    .setWriteBatchSize(8)
    .setDataPageSizeLimit(64);
  await writeFile(join(folder, name), parquet.writeParquet(table, configure(builder).build()));
}

const { Compression, WriterVersion } = parquet;
await writeArrow('arrow-v1-snappy.parquet', (b) => b.setCompression(Compression.SNAPPY));
await writeArrow('arrow-v2-zstd.parquet', (b) => b.setCompression(Compression.ZSTD).setWriterVersion(WriterVersion.V2));
await writeArrow('arrow-v2-plain.parquet', (b) =>
  b.setWriterVersion(WriterVersion.V2).setDictionaryEnabled(false).setCompression(Compression.UNCOMPRESSED),
);
await writeArrow('arrow-no-statistics.parquet', (b) =>
  b.setStatisticsEnabled(parquet.EnabledStatistics.None).setCompression(Compression.LZ4_RAW),
);
