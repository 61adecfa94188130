import * as arrow from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../common/clock.ts';
import { SquallError } from '../common/errors.ts';
import { BIGINT, type Field, INTEGER, VARCHAR, type Value } from '../common/types.ts';
import { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import { LinearMemory } from '../wasm/linear-memory.ts';
import { ArrowEncoder } from './arrow-encode.ts';
import { encodeArrow } from './arrow-ipc.ts';
import { arrowBatches } from './arrow-read.ts';
import { build, FIELDS, randomColumns, read } from './fixtures/every-type.ts';

/** The columns of every batch. */
function batches(bytes: Uint8Array, fields: readonly Field[] = FIELDS): Value[][][] {
  const memory = new LinearMemory({ poison: true });
  const arena = new Arena({ memory });
  const all = [...map(arrowBatches(bytes, fields, arena, 'somebody'), (batch) => read(arena, batch))];
  expect(memory.used).toBe(0);
  return all;
}

function* map<A, B>(items: Iterable<A>, of: (item: A) => B): Generator<B> {
  for (const item of items) yield of(item);
}

function encoded(...columns: Value[][][]): Uint8Array {
  const arena = new Arena();
  return encodeArrow(
    columns.map((values) => build(arena, values)),
    arena,
    FIELDS,
  );
}

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

describe('batches of an exchange', () => {
  it.each([
    [1, true],
    [8, false],
    [9, true],
    [1000, true],
    [1000, false],
  ])('come back with %i rows of every type, NULLs %s', (rows, nulls) => {
    const [first, second] = [randomColumns(rows, nulls), randomColumns(rows + 1, nulls)];
    expect(batches(encoded(first, second))).toEqual([first, second]);
  });

  it('come from streams one behind the other, empty ones among them', () => {
    const [first, second] = [randomColumns(3, true), randomColumns(5, true)];
    expect(batches(joined(encoded(first), encoded(), encoded(second, first)))).toEqual([first, second, first]);
    expect(batches(new Uint8Array())).toEqual([]);
  });

  it('come from another writer of the format', () => {
    const table = new arrow.Table({
      n: arrow.vectorFromArray([1n, null, 3n], new arrow.Int64()),
      s: arrow.vectorFromArray(['a', null, 'ccc'], new arrow.Utf8()),
      l: arrow.vectorFromArray(
        [[1], null, [null, 2]],
        new arrow.List(new arrow.Field('item', new arrow.Int32(), true)),
      ),
    });
    const fields: Field[] = [
      { name: 'n', type: BIGINT, nullable: true },
      { name: 's', type: VARCHAR, nullable: true },
      { name: 'l', type: { kind: 'list', element: INTEGER }, nullable: true },
    ];
    const expected = [
      [1n, null, 3n],
      ['a', null, 'ccc'],
      [[1], null, [null, 2]],
    ];
    expect(batches(arrow.tableToIPC(table, 'stream'), fields)).toEqual([expected]);
  });

  it('keep the codes of dictionaries, replaced ones too', () => {
    const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), 7);
    const schema = new arrow.Schema([new arrow.Field('s', type, true)]);
    const batch = (entries: string[], codes: (number | null)[]) => {
      const dictionary = arrow.vectorFromArray(entries, new arrow.Utf8());
      const indices = arrow.vectorFromArray(codes, new arrow.Int32()).data[0] as arrow.Data<arrow.Int32>;
      const data = new arrow.Data(type, 0, codes.length, indices.nullCount, buffersOf(indices), [], dictionary);
      return new arrow.RecordBatch(
        schema,
        arrow.makeData({ type: new arrow.Struct(schema.fields), length: codes.length, children: [data] }),
      );
    };
    const writer = new arrow.RecordBatchStreamWriter();
    writer.write(batch(['x', 'y'], [1, null, 0]));
    writer.write(batch(['z'], [0, 0]));
    writer.finish();
    const fields: Field[] = [{ name: 's', type: VARCHAR, nullable: true }];
    expect(batches(writer.toUint8Array(true), fields)).toEqual([[['y', null, 'x']], [['z', 'z']]]);
  });

  it('of other columns are refused', () => {
    const fields: Field[] = [{ name: 'n', type: BIGINT, nullable: true }];
    const stream = (type: arrow.DataType, values: unknown[]) =>
      arrow.tableToIPC(new arrow.Table({ n: arrow.vectorFromArray(values, type) }), 'stream');
    expect(() => batches(stream(new arrow.Int32(), [1]), fields)).toThrow(
      'somebody delivered (integer) where (bigint) was planned',
    );
    const text: Field[] = [{ name: 'n', type: VARCHAR, nullable: true }];
    expect(() => batches(stream(new arrow.LargeUtf8(), ['x']), text)).toThrow(
      'somebody delivered column n as Arrow LargeUtf8, which no task writes',
    );
  });

  it('that are damaged are a named error, and read nothing outside of them', () => {
    const whole = encoded(randomColumns(40, true), randomColumns(7, true));
    const random = seededRandom(4711);
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 600; round++) {
      const bytes = whole.slice(0, round % 3 === 0 ? Math.floor(random.next() * whole.length) : whole.length);
      const hits = round % 3 === 0 ? 0 : 1 + Math.floor(random.next() * 3);
      for (let hit = 0; hit < hits; hit++) {
        bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
      }
      const outcome = attempt(bytes);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    for (const outcome of outcomes.keys()) expect(['read', 'SQ3008', 'SQ2305', 'SQ9001', 'SQ4001']).toContain(outcome);
    expect(outcomes.get('SQ3008')).toBeGreaterThan(100);
  });

  function attempt(bytes: Uint8Array): string {
    const memory = new LinearMemory({ maxBytes: 1 << 24 });
    const arena = new Arena({ memory });
    try {
      for (const batch of arrowBatches(bytes, FIELDS, arena, 'somebody')) read(arena, batch);
      return 'read';
    } catch (error) {
      if (error instanceof SquallError) return error.code;
      throw error;
    }
  }
});

const buffersOf = ({ nullBitmap, values }: arrow.Data<arrow.Int32>) => ({
  [arrow.BufferType.VALIDITY]: nullBitmap,
  [arrow.BufferType.DATA]: values,
});

it('a batch of an output is released when the next is pulled', () => {
  const memory = new LinearMemory({ poison: true });
  const arena = new Arena({ memory });
  const fields: Field[] = [{ name: 's', type: VARCHAR, nullable: true }];
  const encoder = new ArrowEncoder(arena, fields);
  for (const text of ['a', 'b', 'c']) {
    encoder.add({ schema: fields, length: 1, columns: [buildVector(arena, VARCHAR, [text])] });
  }
  const bytes = encoder.finish();
  arena.reset();
  const texts: Value[] = [];
  let most = 0;
  for (const batch of arrowBatches(bytes, fields, arena, 'somebody')) {
    texts.push(read(arena, batch)[0]![0]!);
    most = Math.max(most, arena.used);
  }
  expect(texts).toEqual(['a', 'b', 'c']);
  expect(most).toBeLessThan(200);
  expect(memory.used).toBe(0);
});
