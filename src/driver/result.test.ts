import { describe, expect, it } from 'vitest';
import { encoded } from '../../test/driver/encoded.ts';
import { CancelledError, type SquallError } from '../common/errors.ts';
import { attemptId, stageId, taskId } from '../common/ids.ts';
import { BIGINT, type Field, VARCHAR, type Value } from '../common/types.ts';
import type { Manifest, ManifestBody } from '../operators/task.ts';
import { MemoryObjectStore } from '../storage/memory.ts';
import type { ByteRange, GetOptions, ObjectLocation } from '../storage/object-store.ts';
import { meteredStores, RequestMeter } from './request-meter.ts';
import { QueryResult, type ResultSource } from './result.ts';

const FIELDS: readonly Field[] = [
  { name: 'n', type: BIGINT, nullable: true },
  { name: 's', type: VARCHAR, nullable: true },
];
const rowsFrom = (from: number, count: number): (readonly Value[])[] =>
  Array.from({ length: count }, (_, index) => [BigInt(from + index), index % 3 === 0 ? null : `row ${from + index}`]);
/** A batch of a bit more than a megabyte. */
const bigRows = (from: number): (readonly Value[])[] => [
  [BigInt(from), String(from % 10).repeat(1_000_003)],
  [null, 'small'],
];

const KEY = { bucket: 'scratch', key: 'q/out.arrow' };
const URI = 'memory://scratch/q/out.arrow';

/** Hands out bodies that begin at an odd address, as a client's buffers may. */
class CrookedStore extends MemoryObjectStore {
  override async getRange(location: ObjectLocation, range: ByteRange, options?: GetOptions) {
    const result = await super.getRange(location, range, options);
    const body = new Uint8Array(result.body.length + 1).subarray(1);
    body.set(result.body);
    return { ...result, body };
  }
}

function setUp(manifests: readonly Manifest[], store = new MemoryObjectStore(), fields = FIELDS) {
  const stores = meteredStores({}, { transports: { memory: store } });
  const user = new AbortController();
  const ends: string[] = [];
  const meter = new RequestMeter();
  const source: ResultSource = {
    manifests,
    stores,
    meter,
    signal: user.signal,
    report: () => {
      throw new Error('nobody asked');
    },
    end: async (state) => {
      ends.push(state);
    },
  };
  return { result: new QueryResult(fields, source), ends, user, meter };
}

const manifest = (rows: number, body: ManifestBody, task = 0): Manifest => ({
  stage: stageId(1),
  task: taskId(task),
  attempt: attemptId(0),
  rows,
  body,
});
const inline = (rows: readonly (readonly Value[])[], ...more: (readonly Value[])[][]) =>
  manifest([...rows, ...more.flat()].length, { kind: 'inline', bytes: encoded(FIELDS, [rows, ...more]) });

async function stored(rows: number, bytes: Uint8Array, store = new MemoryObjectStore()) {
  const { etag } = await store.put(KEY, bytes);
  return { store, one: manifest(rows, { kind: 'object', uri: URI, etag, size: bytes.length }) };
}

async function valuesOf(result: QueryResult): Promise<(readonly Value[])[]> {
  const rows: (readonly Value[])[] = [];
  for await (const row of result.values()) rows.push(row);
  return rows;
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error('it succeeded')),
    (error: SquallError) => error,
  );

describe('reading', () => {
  it('gives inline bodies in the order of the tasks, then ends the query', async () => {
    const { result, ends } = setUp([inline(rowsFrom(0, 5), rowsFrom(5, 4)), inline([]), inline(rowsFrom(9, 3))]);
    expect(await valuesOf(result)).toEqual([...rowsFrom(0, 5), ...rowsFrom(5, 4), ...rowsFrom(9, 3)]);
    expect(ends).toEqual(['finished']);
  });

  it('leaves out empty batches', async () => {
    const { result } = setUp([inline([], rowsFrom(0, 2), [])]);
    const sizes: number[] = [];
    for await (const batch of result) sizes.push(batch.numRows);
    expect(sizes).toEqual([2]);
  });

  it.each([MemoryObjectStore, CrookedStore])('gives an object in ranges of 8 MiB (%o)', async (Store) => {
    const batches = Array.from({ length: 20 }, (_, index) => bigRows(index));
    const rows = batches.flat();
    const bytes = encoded(FIELDS, batches);
    const ranges = Math.ceil(bytes.length / (8 * 1024 * 1024));
    expect(ranges).toBe(3);
    const { store, one } = await stored(rows.length, bytes, new Store());
    const { result, meter } = setUp([one], store);
    expect(await valuesOf(result)).toEqual(rows);
    expect(meter.counts().GET).toMatchObject({ requests: ranges, bytes: bytes.length });
  });

  it('gives a table, with its columns even when there is no row', async () => {
    const table = await setUp([inline(rowsFrom(0, 3)), inline(rowsFrom(3, 3))]).result.toTable();
    expect(table.numRows).toBe(6);
    expect(table.getChild('s')?.get(4)).toBe('row 4');
    const empty = await setUp([inline([])]).result.toTable();
    expect(empty.numRows).toBe(0);
    expect(empty.schema.fields.map((field) => `${field.name} ${field.type}`)).toEqual(['n Int64', 's Utf8']);
  });

  it('keeps the types of columns that share a name', async () => {
    const twice = FIELDS.map((field) => ({ ...field, name: 'a' }));
    const bytes = encoded(twice, [rowsFrom(0, 2), rowsFrom(2, 1)]);
    const { result } = setUp([manifest(3, { kind: 'inline', bytes })], undefined, twice);
    const values: Value[][] = [];
    for await (const batch of result) {
      expect(batch.schema.fields.map((field) => `${field.name} ${field.type}`)).toEqual(['a Int64', 'a Utf8']);
      for (let row = 0; row < batch.numRows; row++) {
        values.push([0, 1].map((index) => batch.getChildAt(index)?.get(row) as Value));
      }
    }
    expect(values).toEqual([...rowsFrom(0, 2), ...rowsFrom(2, 1)]);
  });

  it('happens once', async () => {
    const { result } = setUp([inline(rowsFrom(0, 1))]);
    await valuesOf(result);
    const error = await failureOf(valuesOf(result));
    expect(error).toMatchObject({ code: 'SQ3006', message: 'the result of a query can be read once' });
  });
});

describe('a result that is not whole is an error', () => {
  it('when it has fewer rows than its manifest says', async () => {
    const { result, ends } = setUp([{ ...inline(rowsFrom(0, 5)), rows: 6 }]);
    const error = await failureOf(valuesOf(result));
    expect(error).toMatchObject({ code: 'SQ9000', message: 'a result of 6 rows arrived with 5' });
    expect(ends).toEqual(['failed']);
  });

  it('when it has more', async () => {
    const { result } = setUp([{ ...inline(rowsFrom(0, 5)), rows: 4 }]);
    expect((await failureOf(valuesOf(result))).message).toBe('a result of 4 rows arrived with 5');
  });

  it.each(['inline', 'object'] as const)('when the stream is cut anywhere (%s)', async (kind) => {
    const whole = encoded(FIELDS, [rowsFrom(0, 4), rowsFrom(4, 4)]);
    for (let length = 0; length < whole.length - 8; length += 104) {
      const bytes = whole.slice(0, length);
      const { store, one } = await stored(8, bytes);
      const { result, ends } = setUp([kind === 'inline' ? manifest(8, { kind, bytes }) : one], store);
      const error = await failureOf(valuesOf(result));
      expect(error.code, `cut at ${length} of ${whole.length}`).toMatch(/^SQ/);
      expect(ends).toEqual(['failed']);
    }
  });

  it('when the object was written again meanwhile', async () => {
    const bytes = encoded(FIELDS, [rowsFrom(0, 4)]);
    const { store, one } = await stored(4, bytes);
    await store.put(KEY, encoded(FIELDS, [rowsFrom(1, 4)]));
    const { result, ends } = setUp([one], store);
    expect((await failureOf(valuesOf(result))).code).toMatch(/^SQ5/);
    expect(ends).toEqual(['failed']);
  });

  it('when the object is gone', async () => {
    const { store, one } = await stored(4, encoded(FIELDS, [rowsFrom(0, 4)]));
    await store.delete(KEY.bucket, [KEY.key]);
    expect((await failureOf(valuesOf(setUp([one], store).result))).code).toMatch(/^SQ5/);
  });
});

describe('ending early', () => {
  it('by break ends the query once', async () => {
    const { result, ends } = setUp([inline(rowsFrom(0, 5)), inline(rowsFrom(5, 5))]);
    for await (const _ of result.values()) break;
    expect(ends).toEqual(['finished']);
  });

  it('by break reads no more of an object', async () => {
    const batches = Array.from({ length: 20 }, (_, index) => bigRows(index));
    const { store, one } = await stored(40, encoded(FIELDS, batches));
    const { result, ends, meter } = setUp([one], store);
    for await (const _ of result) break;
    expect(meter.counts().GET.requests).toBe(1);
    expect(ends).toEqual(['finished']);
  });

  it('by close drops the rows', async () => {
    const { result, ends } = setUp([inline(rowsFrom(0, 5))]);
    await result.close();
    expect(ends).toEqual(['finished']);
    expect((await failureOf(valuesOf(result))).code).toBe('SQ3006');
  });

  it('by an error of the reader ends the query', async () => {
    const { result, ends } = setUp([inline(rowsFrom(0, 5))]);
    const reading = async () => {
      for await (const _ of result) throw new Error('of the reader');
    };
    await expect(reading()).rejects.toThrow('of the reader');
    expect(ends).toEqual(['finished']);
  });

  it('by the signal is CancelledError at the next batch, although the rows are at hand', async () => {
    const { result, ends, user } = setUp([inline(rowsFrom(0, 5), rowsFrom(5, 5))]);
    const reading = async () => {
      for await (const _ of result) user.abort();
    };
    expect(await failureOf(reading())).toBeInstanceOf(CancelledError);
    expect(ends).toEqual(['cancelled']);
  });
});
