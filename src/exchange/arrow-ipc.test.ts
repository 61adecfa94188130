import * as arrow from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { ExecutionError } from '../common/errors.ts';
import type { Field, SqlType, Value } from '../common/types.ts';
import { BIGINT, BOOLEAN, DATE, INTEGER, TIMESTAMP, VARCHAR } from '../common/types.ts';
import { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import { columnReader } from '../wasm/read-vector.ts';
import { slice } from '../wasm/slice.ts';
import type { Batch, DictionaryVector, FixedVector, ListVector, ViewsVector } from '../wasm/vector.ts';
import { openArrow } from './arrow-decode.ts';
import { decodeArrow, encodeArrow } from './arrow-ipc.ts';
import { build, FIELDS, PAIR, randomColumns, read, SAMPLES } from './fixtures/every-type.ts';

describe('Arrow IPC', () => {
  it.each([
    [0, true],
    [1, true],
    [8, false],
    [9, true],
    [1000, true],
  ])('gives back %i rows of every type, NULLs %s', (rows, nulls) => {
    const columns = randomColumns(rows, nulls);
    const arena = new Arena();
    const bytes = encodeArrow([build(arena, columns), build(arena, columns)], arena, FIELDS);

    const other = new Arena();
    other.allocate(12345);
    const stream = openArrow(bytes, other);
    expect(stream.schema).toEqual(FIELDS);
    const batches = [...stream.batches()];
    expect(batches.map((batch) => batch.length)).toEqual(rows === 0 ? [0] : [rows, rows]);
    for (const batch of batches) expect(read(other, batch)).toEqual(columns);
  });

  it('is read by another reader of the format', () => {
    const arena = new Arena();
    const columns = SAMPLES.map(([, samples]) => [samples[0] ?? null, null]);
    const table = arrow.tableFromIPC(encodeArrow([build(arena, columns)], arena, FIELDS));
    const value = (i: number) => table.getChildAt(i)?.get(0) as unknown;
    expect(table.numRows).toBe(2);
    expect(table.schema.fields.map((field) => `${field.type}`)).toEqual([
      'Null',
      'Bool',
      'Int8',
      'Uint8',
      'Int16',
      'Uint16',
      'Int32',
      'Uint32',
      'Int64',
      'Uint64',
      'Float32',
      'Float64',
      'Decimal[9e+2]',
      'Decimal[18e+4]',
      'Decimal[19e0]',
      'Decimal[38e+10]',
      'Date32<DAY>',
      'Time64<MICROSECOND>',
      'Timestamp<MICROSECOND>',
      'Timestamp<MICROSECOND, UTC>',
      'Interval<MONTH_DAY_NANO>',
      'Utf8',
      'Binary',
      'FixedSizeBinary[16]',
      'List<Utf8>',
      'List<Bool>',
      'List<List<Decimal[9e+2]>>',
      'Struct<{n:Int32, s:Utf8}>',
      'List<Struct<{n:Int32, s:Utf8}>>',
      'Map<{key:Utf8, value:Struct<{n:Int32, s:Utf8}>}>',
    ]);
    expect(value(1)).toBe(true);
    expect(value(8)).toBe(-(2n ** 63n));
    expect(String(value(13))).toBe(String(10n ** 18n - 1n));
    expect(value(16)).toBe(0);
    expect(value(21)).toBe('');
    expect(value(23)).toEqual(new Uint8Array(16));
    for (let i = 0; i < FIELDS.length; i++) expect(table.getChildAt(i)?.get(1)).toBe(null);
  });

  it('keeps fields of one name apart', () => {
    const arena = new Arena();
    const schema: Field[] = [
      { name: 'a', type: INTEGER, nullable: true },
      { name: 'a', type: VARCHAR, nullable: true },
    ];
    const columns = [buildVector(arena, INTEGER, [1, null]), buildVector(arena, VARCHAR, ['x', 'y'])];
    const [batch] = decodeArrow(encodeArrow([{ schema, length: 2, columns }], arena, schema), arena);
    const rows = batch?.columns.map((vector) => [0, 1].map(columnReader(arena, vector)));
    expect(rows).toEqual([
      [1, null],
      ['x', 'y'],
    ]);
  });

  it('writes dictionary vectors as plain text', () => {
    const arena = new Arena();
    const dictionary = buildVector(arena, VARCHAR, ['N', 'R', 'long entry']) as ViewsVector;
    const codes = buildVector(arena, INTEGER, [2, 0, null, 1, 2]) as FixedVector;
    const { length, validity, data } = codes;
    const vector: DictionaryVector = { kind: 'dictionary', type: VARCHAR, length, validity, data, dictionary };
    const schema = [{ name: 's', type: VARCHAR, nullable: true }];
    const [batch] = decodeArrow(encodeArrow([{ schema, length: 5, columns: [vector] }], arena, schema), arena);
    expect(read(arena, batch as Batch)).toEqual([['long entry', 'N', null, 'R', 'long entry']]);
  });

  it('keeps a batch that was released after it was added', () => {
    const arena = new Arena();
    const schema = [{ name: 'n', type: BIGINT, nullable: false }];
    const batches = function* () {
      for (const value of [1n, 2n]) {
        const mark = arena.mark();
        yield { schema, length: 1, columns: [buildVector(arena, BIGINT, [value])] };
        arena.release(mark);
      }
    };
    const decoded = decodeArrow(encodeArrow(batches(), arena, schema), arena);
    expect(decoded.map((batch) => read(arena, batch))).toEqual([[[1n]], [[2n]]]);
  });
});

it('writes the entries of a part of a list alone', () => {
  const arena = new Arena();
  const type: SqlType = { kind: 'list', element: PAIR };
  const values = Array.from({ length: 20 }, (_, i): Value => (i % 5 === 4 ? null : [[i, null], null, [null, `${i}`]]));
  const vector = slice(buildVector(arena, type, values), 8, 11);
  const schema = [{ name: 'l', type, nullable: true }];
  const bytes = encodeArrow([{ schema, length: 11, columns: [vector] }], arena, schema);
  const [batch] = decodeArrow(bytes, arena);
  expect(read(arena, batch as Batch)).toEqual([values.slice(8, 19)]);
  expect(((batch as Batch).columns[0] as ListVector).entries.length).toBe(27);
});

describe('foreign Arrow IPC', () => {
  const decoded = (columns: Record<string, arrow.Vector>) => {
    const arena = new Arena();
    const stream = openArrow(arrow.tableToIPC(new arrow.Table(columns), 'stream'), arena);
    const [batch] = [...stream.batches()];
    return { types: stream.schema.map((field) => field.type), columns: read(arena, batch as Batch) };
  };

  it('gets the nearest SQL types', () => {
    const { types, columns } = decoded({
      dictionary: arrow.vectorFromArray(['x', 'y', null, 'x']),
      text: arrow.vectorFromArray(['a', null, 'b', 'é'], new arrow.Utf8()),
      whole: arrow.vectorFromArray([1, 2, null, 4], new arrow.Int32()),
      dateMs: arrow.vectorFromArray(
        [new Date(86_400_000), null, new Date(0), new Date(0)],
        new arrow.DateMillisecond(),
      ),
      seconds: arrow.vectorFromArray([1000, null, 0, 0], new arrow.TimestampSecond()),
      flag: arrow.vectorFromArray([true, false, null, true], new arrow.Bool()),
    });
    expect(types).toEqual([VARCHAR, VARCHAR, INTEGER, DATE, TIMESTAMP, BOOLEAN]);
    expect(columns).toEqual([
      ['x', 'y', null, 'x'],
      ['a', null, 'b', 'é'],
      [1, 2, null, 4],
      [1, null, 0, 0],
      [1_000_000n, null, 0n, 0n],
      [true, false, null, true],
    ]);
  });

  it('gets nested types from nested types', () => {
    const item = new arrow.Field('item', new arrow.Int32());
    const { types, columns } = decoded({
      list: arrow.vectorFromArray([[1, null], null, []], new arrow.List(item)),
      struct: arrow.vectorFromArray(
        [{ a: 1 }, null, { a: 2 }],
        new arrow.Struct([new arrow.Field('a', new arrow.Int32(), true)]),
      ),
    });
    expect(types).toEqual([
      { kind: 'list', element: INTEGER },
      { kind: 'struct', fields: [{ name: 'a', type: INTEGER, nullable: true }] },
    ]);
    expect(columns).toEqual([
      [[1, null], null, []],
      [[1], null, [2]],
    ]);
  });

  it('names a type that has no SQL form, inside another too', () => {
    const duration = arrow.makeVector(
      arrow.makeData({ type: new arrow.DurationSecond(), length: 1, data: BigInt64Array.of(1n) }),
    );
    expect(() => decoded({ d: duration })).toThrow('Arrow column d of type Duration<SECOND> cannot be read');
    const type = new arrow.Struct([new arrow.Field('x', new arrow.DurationSecond())]);
    const struct = arrow.makeVector(arrow.makeData({ type, length: 1, children: [duration.data[0] as arrow.Data] }));
    expect(() => decoded({ s: struct })).toThrow('Arrow column s of type Duration<SECOND> cannot be read');
  });

  it('refuses offsets of lists that do not ascend or leave the entries', () => {
    const list = (offsets: Int32Array) =>
      arrow.makeVector(
        arrow.makeData({
          type: new arrow.List(new arrow.Field('item', new arrow.Int32())),
          length: 2,
          valueOffsets: offsets,
          child: arrow.makeData({ type: new arrow.Int32(), length: 4, data: Int32Array.of(1, 2, 3, 4) }),
        }) as arrow.Data,
      );
    expect(() => decoded({ l: list(Int32Array.of(0, 3, 1)) })).toThrow(
      new ExecutionError('SQ3008', 'the offsets of an Arrow list column do not ascend'),
    );
    expect(decoded({ l: list(Int32Array.of(1, 3, 4)) }).columns).toEqual([[[2, 3], [4]]]);
  });

  it('refuses nanoseconds that microseconds cannot hold', () => {
    const data = arrow.makeData({ type: new arrow.TimestampNanosecond(), data: BigInt64Array.of(1001n), length: 1 });
    expect(() => decoded({ t: arrow.makeVector(data) })).toThrow(
      'Arrow time of 1001 ns is no whole number of microseconds',
    );
  });

  it('names bytes that are no stream', () => {
    expect(() => decodeArrow(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]), new Arena())).toThrow(
      'the bytes are not an Arrow IPC stream',
    );
  });

  it.each([
    [{ type: new arrow.Int32(), length: 9, data: Int32Array.of(1) }, 'Arrow Int32: 8 bytes of values for 9 rows'],
    [{ type: new arrow.Bool(), length: 99, data: Uint8Array.of(1) }, 'Arrow Bool: 8 bytes of values for 99 rows'],
    [
      { type: new arrow.Decimal(0, 9, 128), length: 2, data: new Uint32Array(4) },
      'Arrow Decimal[9e0]: 16 bytes of values for 2 rows',
    ],
    [
      { type: new arrow.Utf8(), length: 9, data: new Uint8Array(0), valueOffsets: Int32Array.of(0, 0) },
      'Arrow Utf8: 8 bytes of offsets for 9 rows',
    ],
    [
      {
        type: new arrow.Int8(),
        length: 65,
        data: new Int8Array(65),
        nullBitmap: Uint8Array.of(1),
        nullCount: 64,
      },
      'Arrow Int8: 8 bytes of validity for 65 rows',
    ],
  ])('refuses buffers too short for their rows: %#', (column, message) => {
    const data = arrow.makeData(column as Parameters<typeof arrow.makeData>[0]);
    expect(() => decoded({ x: arrow.makeVector(data as arrow.Data) })).toThrow(new ExecutionError('SQ3008', message));
  });

  it.each([
    [new arrow.Int32(), '{"kind":"bigint"}', 'Int32'],
    [new arrow.Int32(), '{"kind":"__proto__"}', 'Int32'],
    [new arrow.Int32(), 'null', 'Int32'],
    [new arrow.Int32(), '{', 'Int32'],
    [
      new arrow.Decimal(0, 100_000_000, 128),
      '{"kind":"decimal","precision":100000000,"scale":0}',
      'Decimal[100000000e0]',
    ],
    [new arrow.Decimal(0, 9, 256), '{"kind":"decimal","precision":9,"scale":0}', 'Decimal[9e0]'],
  ])('does not believe metadata that the data belies: %s, %s', (type, stated, shown) => {
    const schema = new arrow.Schema([new arrow.Field('n', type, true, new Map([['squall:type', stated]]))]);
    const stream = arrow.tableToIPC(new arrow.Table(schema, []), 'stream');
    expect(() => openArrow(stream, new Arena())).toThrow(`Arrow column n of type ${shown} claims to be ${stated}`);
  });
});

it('reads a stream of no rows, of nested columns too', () => {
  const arena = new Arena();
  const schema: readonly Field[] = [{ name: 'l', type: { kind: 'list', element: VARCHAR }, nullable: true }];
  expect(decodeArrow(encodeArrow([], arena, schema), arena).map(({ length }) => length)).toEqual([0]);
});
