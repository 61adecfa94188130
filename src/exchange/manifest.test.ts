import { describe, expect, it } from 'vitest';
import { attemptId, stageId, taskId } from '../common/ids.ts';
import type { Field } from '../common/types.ts';
import { BIGINT, VARCHAR } from '../common/types.ts';
import type { Manifest } from '../operators/task.ts';
import { Stores } from '../storage/stores.ts';
import { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import { columnReader } from '../wasm/read-vector.ts';
import { encodeArrow } from './arrow-ipc.ts';
import { manifestSlice, readManifest, writeOutput } from './manifest.ts';

const columns: readonly Field[] = [{ name: 'n', type: BIGINT, nullable: true }];
const identity = { stage: stageId(0), task: taskId(3), attempt: attemptId(1) };
const uri = 'memory://scratch/q/0/3-1.arrow';

function body(...batches: (bigint | null)[][]): Uint8Array {
  const arena = new Arena();
  const built = batches.map((values) => ({
    schema: columns,
    length: values.length,
    columns: [buildVector(arena, BIGINT, values)],
  }));
  return encodeArrow(built, arena, columns);
}

async function setUp() {
  const stores = new Stores();
  const { store } = stores.resolve(uri);
  const resolve = (text: string) => stores.resolve(text);
  const write = (bytes: Uint8Array, rows: number, maxInlineBytes: number) =>
    writeOutput({ bytes, rows }, { target: { maxInlineBytes, uri }, task: identity, resolve });
  const read = async (manifest: Manifest, wanted = columns) => {
    const arena = new Arena();
    const values: unknown[] = [];
    for await (const batch of readManifest(manifest, { columns: wanted, resolve, arena })) {
      const value = columnReader(arena, batch.columns[0]!);
      for (let row = 0; row < batch.length; row++) values.push(value(row));
    }
    return values;
  };
  return { stores, store, resolve, write, read };
}

describe('manifests', () => {
  it('carry a small body inline, without any request', async () => {
    const { stores, write, read } = await setUp();
    const bytes = body([1n, null], [3n]);
    const manifest = await write(bytes, 3, bytes.length);
    expect(manifest).toEqual({ ...identity, rows: 3, body: { kind: 'inline', bytes } });
    expect(await read(manifest)).toEqual([1n, null, 3n]);
    const { GET, PUT } = stores.requests();
    expect([GET.requests, PUT.requests]).toEqual([0, 0]);
  });

  it('put a larger body into one object, read with one GET', async () => {
    const { stores, write, read } = await setUp();
    const bytes = body([1n, 2n]);
    const manifest = await write(bytes, 2, bytes.length - 1);
    expect(manifest.body).toMatchObject({ kind: 'object', uri, size: bytes.length });
    expect(await read(manifest)).toEqual([1n, 2n]);
    const { GET, HEAD, PUT, LIST } = stores.requests();
    expect([GET.requests, HEAD.requests, PUT.requests, LIST.requests]).toEqual([1, 0, 1, 0]);
  });

  it('find missing rows', async () => {
    const { write, read } = await setUp();
    const manifest = await write(body([1n]), 2, 1e6);
    await expect(read(manifest)).rejects.toThrow('stage 0, task 3 delivered 1 rows, its manifest says 2');
  });

  it('find a body cut off between two batches', async () => {
    const { write, read } = await setUp();
    const whole = body([1n], [2n]);
    const single = body([1n]);
    const manifest = await write(whole.subarray(0, single.length - 8), 2, 1e6);
    await expect(read(manifest)).rejects.toThrow('stage 0, task 3 delivered 1 rows, its manifest says 2');
  });

  it('find an object that was replaced', async () => {
    const { store, resolve, write, read } = await setUp();
    const manifest = await write(body([1n]), 1, 0);
    await store.put(resolve(uri).location, body([7n]));
    await expect(read(manifest)).rejects.toMatchObject({ code: 'SQ5005', details: { object: uri } });
  });

  describe('with partitions', () => {
    /** Three partitions of 2, 0 and 1 rows. */
    function output() {
      const [first, last] = [body([1n], [2n]), body([3n])];
      const bytes = new Uint8Array(first.length + last.length);
      bytes.set(first);
      bytes.set(last, first.length);
      const partitions = [
        { rows: 2, offset: 0, length: first.length },
        { rows: 0, offset: first.length, length: 0 },
        { rows: 1, offset: first.length, length: last.length },
      ];
      return { bytes, rows: 3, partitions };
    }

    async function writePartitions(maxInlineBytes: number) {
      const setup = await setUp();
      const { resolve } = setup;
      const manifest = await writeOutput(output(), { target: { maxInlineBytes, uri }, task: identity, resolve });
      return { ...setup, manifest };
    }

    it('are read one at a time, each with one GET of its range and nothing for an empty one', async () => {
      const { stores, manifest, read } = await writePartitions(0);
      const values = [];
      for (const p of [2, 1, 0]) {
        const own = manifestSlice(manifest, { from: p, to: p + 1 });
        values.push(own && (await read(own)));
      }
      expect(values).toEqual([[3n], null, [1n, 2n]]);
      const { GET, PUT, HEAD } = stores.requests();
      expect([GET.requests, GET.bytes, PUT.requests, HEAD.requests]).toEqual([2, output().bytes.length, 1, 0]);
    });

    it('are told apart inline, without any request', async () => {
      const { stores, manifest, read } = await writePartitions(1e6);
      expect(await read(manifestSlice(manifest, { from: 2, to: 3 })!)).toEqual([3n]);
      expect(stores.requests().GET.requests).toBe(0);
      expect(manifestSlice(manifest, { from: 0, to: 1 })?.body).toEqual({
        kind: 'inline',
        bytes: output().bytes.slice(0, output().partitions[0]!.length),
      });
    });

    it('are none of another number, and may be read all at once', async () => {
      const { manifest, read } = await writePartitions(1e6);
      expect(() => manifestSlice(manifest, { from: 3, to: 4 })).toThrow(
        'stage 0, task 3 delivered no partitions 3 to 3',
      );
      expect(() => manifestSlice(manifest, { from: 1, to: 1 })).toThrow(
        'stage 0, task 3 delivered no partitions 1 to 0',
      );
      expect(await read(manifest)).toEqual([1n, 2n, 3n]);
    });

    it('whose rows are not all there are an error', async () => {
      const { manifest, read } = await writePartitions(0);
      const [first, , last] = manifest.partitions!;
      const lying = {
        ...manifest,
        partitions: [
          { ...first!, rows: 3 },
          { ...last!, rows: 1, offset: 8 },
        ],
      };
      await expect(read(manifestSlice(lying, { from: 0, to: 1 })!)).rejects.toThrow(
        'stage 0, task 3 delivered 2 rows, its manifest says 3',
      );
      await expect(read(manifestSlice(lying, { from: 1, to: 2 })!)).rejects.toMatchObject({ code: 'SQ3008' });
      const cut = { ...manifest, partitions: [{ ...first!, length: first!.length - 40 }] };
      await expect(read(manifestSlice(cut, { from: 0, to: 1 })!)).rejects.toThrow();
    });

    it('that reach beyond the object are an error', async () => {
      const { manifest, read } = await writePartitions(0);
      const beyond = { ...manifest, partitions: [{ rows: 1, offset: output().bytes.length - 8, length: 500 }] };
      await expect(read(manifestSlice(beyond, { from: 0, to: 1 })!)).rejects.toMatchObject({ code: 'SQ5010' });
    });
  });

  it('find columns of other types', async () => {
    const { write, read } = await setUp();
    const manifest = await write(body([1n]), 1, 1e6);
    await expect(read(manifest, [{ name: 'n', type: VARCHAR, nullable: true }])).rejects.toThrow(
      'stage 0, task 3 delivered (bigint) where (varchar) was planned',
    );
  });
});
