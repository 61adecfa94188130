import { BIGINT, DATE, decimal, type Field, INTEGER, type Schema, type SqlType, VARCHAR } from '../src/common/types.ts';

/** The tables in the order the specification loads them. */
export const TPCH_TABLES = [
  'region',
  'nation',
  'supplier',
  'customer',
  'part',
  'partsupp',
  'orders',
  'lineitem',
] as const;

export type TpchTable = (typeof TPCH_TABLES)[number];

export interface TpchTableDefinition {
  readonly name: TpchTable;
  /** No column is nullable. */
  readonly schema: Schema;
  readonly primaryKey: readonly string[];
  /** Columns of this table to the primary key of another, in its order. */
  readonly foreignKeys: readonly { readonly columns: readonly string[]; readonly references: TpchTable }[];
}

const MONEY = decimal(15, 2);

const schema = (columns: Readonly<Record<string, SqlType>>): Schema =>
  Object.entries(columns).map(([name, type]): Field => ({ name, type, nullable: false }));

const REGION: TpchTableDefinition = {
  name: 'region',
  schema: schema({ r_regionkey: INTEGER, r_name: VARCHAR, r_comment: VARCHAR }),
  primaryKey: ['r_regionkey'],
  foreignKeys: [],
};

const NATION: TpchTableDefinition = {
  name: 'nation',
  schema: schema({ n_nationkey: INTEGER, n_name: VARCHAR, n_regionkey: INTEGER, n_comment: VARCHAR }),
  primaryKey: ['n_nationkey'],
  foreignKeys: [{ columns: ['n_regionkey'], references: 'region' }],
};

const SUPPLIER: TpchTableDefinition = {
  name: 'supplier',
  schema: schema({
    s_suppkey: INTEGER,
    s_name: VARCHAR,
    s_address: VARCHAR,
    s_nationkey: INTEGER,
    s_phone: VARCHAR,
    s_acctbal: MONEY,
    s_comment: VARCHAR,
  }),
  primaryKey: ['s_suppkey'],
  foreignKeys: [{ columns: ['s_nationkey'], references: 'nation' }],
};

const CUSTOMER: TpchTableDefinition = {
  name: 'customer',
  schema: schema({
    c_custkey: INTEGER,
    c_name: VARCHAR,
    c_address: VARCHAR,
    c_nationkey: INTEGER,
    c_phone: VARCHAR,
    c_acctbal: MONEY,
    c_mktsegment: VARCHAR,
    c_comment: VARCHAR,
  }),
  primaryKey: ['c_custkey'],
  foreignKeys: [{ columns: ['c_nationkey'], references: 'nation' }],
};

const PART: TpchTableDefinition = {
  name: 'part',
  schema: schema({
    p_partkey: INTEGER,
    p_name: VARCHAR,
    p_mfgr: VARCHAR,
    p_brand: VARCHAR,
    p_type: VARCHAR,
    p_size: INTEGER,
    p_container: VARCHAR,
    p_retailprice: MONEY,
    p_comment: VARCHAR,
  }),
  primaryKey: ['p_partkey'],
  foreignKeys: [],
};

const PARTSUPP: TpchTableDefinition = {
  name: 'partsupp',
  schema: schema({
    ps_partkey: INTEGER,
    ps_suppkey: INTEGER,
    ps_availqty: INTEGER,
    ps_supplycost: MONEY,
    ps_comment: VARCHAR,
  }),
  primaryKey: ['ps_partkey', 'ps_suppkey'],
  foreignKeys: [
    { columns: ['ps_partkey'], references: 'part' },
    { columns: ['ps_suppkey'], references: 'supplier' },
  ],
};

const ORDERS: TpchTableDefinition = {
  name: 'orders',
  schema: schema({
    o_orderkey: BIGINT,
    o_custkey: INTEGER,
    o_orderstatus: VARCHAR,
    o_totalprice: MONEY,
    o_orderdate: DATE,
    o_orderpriority: VARCHAR,
    o_clerk: VARCHAR,
    o_shippriority: INTEGER,
    o_comment: VARCHAR,
  }),
  primaryKey: ['o_orderkey'],
  foreignKeys: [{ columns: ['o_custkey'], references: 'customer' }],
};

const LINEITEM: TpchTableDefinition = {
  name: 'lineitem',
  schema: schema({
    l_orderkey: BIGINT,
    l_partkey: INTEGER,
    l_suppkey: INTEGER,
    l_linenumber: INTEGER,
    l_quantity: MONEY,
    l_extendedprice: MONEY,
    l_discount: MONEY,
    l_tax: MONEY,
    l_returnflag: VARCHAR,
    l_linestatus: VARCHAR,
    l_shipdate: DATE,
    l_commitdate: DATE,
    l_receiptdate: DATE,
    l_shipinstruct: VARCHAR,
    l_shipmode: VARCHAR,
    l_comment: VARCHAR,
  }),
  primaryKey: ['l_orderkey', 'l_linenumber'],
  foreignKeys: [
    { columns: ['l_orderkey'], references: 'orders' },
    { columns: ['l_partkey', 'l_suppkey'], references: 'partsupp' },
  ],
};

/** Columns, types and keys of the eight tables. Keys INTEGER, order keys BIGINT, money and quantities DECIMAL(15,2). */
export const TPCH_SCHEMA: Readonly<Record<TpchTable, TpchTableDefinition>> = {
  region: REGION,
  nation: NATION,
  supplier: SUPPLIER,
  customer: CUSTOMER,
  part: PART,
  partsupp: PARTSUPP,
  orders: ORDERS,
  lineitem: LINEITEM,
};

export const isTpchTable = (name: string): name is TpchTable => (TPCH_TABLES as readonly string[]).includes(name);
