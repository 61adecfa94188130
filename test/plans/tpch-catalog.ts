import type { SqlType, Value } from '../../src/common/types.ts';
import type { Catalog, TableReference } from '../../src/planner/catalog/catalog.ts';
import type { SourceStatistics, TableSource } from '../../src/planner/catalog/table-source.ts';
import { isTpchTable, TPCH_SCHEMA, TPCH_TABLES, type TpchTable } from '../../tpch/schema.ts';
import { FakeCatalog } from './fake-catalog.ts';

/** Different values at scale factor 1 and the bounds; a fixed number, or one that grows with the scale. */
interface ColumnShape {
  readonly distinct: number;
  readonly grows?: true;
  readonly min?: Value;
  readonly max?: Value;
}

const fixed = (distinct: number, min?: Value, max?: Value): ColumnShape => ({
  distinct,
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
});
const growing = (distinct: number): ColumnShape => ({ distinct, grows: true });

const COLUMNS: Readonly<Record<string, ColumnShape>> = {
  r_regionkey: fixed(5, 0, 4),
  r_name: fixed(5, 'AFRICA', 'MIDDLE EAST'),
  n_nationkey: fixed(25, 0, 24),
  n_name: fixed(25, 'ALGERIA', 'VIETNAM'),
  n_regionkey: fixed(5, 0, 4),
  s_suppkey: growing(10_000),
  s_name: growing(10_000),
  s_nationkey: fixed(25, 0, 24),
  s_acctbal: growing(9_955),
  c_custkey: growing(150_000),
  c_name: growing(150_000),
  c_nationkey: fixed(25, 0, 24),
  c_phone: { ...growing(150_000), min: '10-100-106-1617', max: '34-999-618-6881' },
  c_acctbal: fixed(140_000, -99_999n, 999_999n),
  c_mktsegment: fixed(5, 'AUTOMOBILE', 'MACHINERY'),
  p_partkey: growing(200_000),
  p_name: growing(200_000),
  p_mfgr: fixed(5),
  p_brand: fixed(25, 'Brand#11', 'Brand#55'),
  p_type: fixed(150, 'ECONOMY ANODIZED BRASS', 'STANDARD POLISHED TIN'),
  p_size: fixed(50, 1, 50),
  p_container: fixed(40, 'JUMBO BAG', 'WRAP PKG'),
  ps_partkey: growing(200_000),
  ps_suppkey: growing(10_000),
  ps_availqty: fixed(9_999, 1, 9_999),
  ps_supplycost: fixed(99_901, 100n, 100_000n),
  o_orderkey: growing(1_500_000),
  o_custkey: growing(150_000),
  o_orderstatus: fixed(3, 'F', 'P'),
  o_totalprice: growing(1_464_556),
  o_orderdate: fixed(2_406, 8035, 10_440),
  o_orderpriority: fixed(5, '1-URGENT', '5-LOW'),
  o_shippriority: fixed(1, 0, 0),
  l_orderkey: growing(3_800_000),
  l_partkey: growing(200_000),
  l_suppkey: growing(10_000),
  l_linenumber: fixed(7, 1, 7),
  l_quantity: fixed(50, 100n, 5_000n),
  l_extendedprice: fixed(933_900, 90_100n, 10_494_950n),
  l_discount: fixed(11, 0n, 10n),
  l_tax: fixed(9, 0n, 8n),
  l_returnflag: fixed(3, 'A', 'R'),
  l_linestatus: fixed(2, 'F', 'O'),
  l_shipdate: fixed(2_526, 8036, 10_561),
  l_commitdate: fixed(2_466, 8065, 10_530),
  l_receiptdate: fixed(2_554, 8038, 10_591),
  l_shipinstruct: fixed(4, 'COLLECT COD', 'TAKE BACK RETURN'),
  l_shipmode: fixed(7, 'AIR', 'TRUCK'),
};

const ROWS: Readonly<Record<TpchTable, number>> = {
  region: 5,
  nation: 25,
  supplier: 10_000,
  customer: 150_000,
  part: 200_000,
  partsupp: 800_000,
  orders: 1_500_000,
  lineitem: 6_001_215,
};

/** The TPC-H tables as their footers would describe them at a scale factor, without a file. */
export class TpchCatalog implements Catalog {
  readonly #scale: number;
  readonly #shapes = new FakeCatalog(
    Object.fromEntries(TPCH_TABLES.map((name) => [name, { schema: TPCH_SCHEMA[name].schema }])),
  );

  constructor(scale: number) {
    this.#scale = scale;
  }

  names(): readonly string[] {
    return TPCH_TABLES;
  }

  async resolve(reference: TableReference): Promise<TableSource | null> {
    const shape = await this.#shapes.resolve(reference);
    if (!shape || !isTpchTable(shape.name)) return null;
    const { name, schema } = shape;
    const rows = name === 'region' || name === 'nation' ? ROWS[name] : ROWS[name] * this.#scale;
    return {
      ...shape,
      rows,
      statistics: (column) => this.#statistics(schema[column] as { name: string; type: SqlType }, rows),
    };
  }

  #statistics({ name, type }: { readonly name: string; readonly type: SqlType }, rows: number): SourceStatistics {
    const shape = COLUMNS[name] ?? growing(rows / this.#scale);
    const distinct = Math.min(rows, shape.grows ? shape.distinct * this.#scale : shape.distinct);
    const wholes = type.kind === 'integer' || type.kind === 'bigint';
    const last = name.endsWith('orderkey') ? 6_000_000 * this.#scale : distinct;
    const key = (value: number) => (type.kind === 'bigint' ? BigInt(value) : value);
    const bounds = wholes && shape.min === undefined ? { min: key(1), max: key(last) } : {};
    return {
      ...bounds,
      ...(shape.min !== undefined && { min: shape.min }),
      ...(shape.max !== undefined && { max: shape.max }),
      nullCount: 0,
      distinct,
      unique: distinct === rows && type.kind !== 'decimal',
    };
  }
}
