import * as arrow from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column, ref } from '../../test/oracle/expr-builder.ts';
import { seededRandom } from '../common/clock.ts';
import { INTEGER, VARCHAR, type Value } from '../common/types.ts';
import type { ExecutionContext } from '../operators/execution.ts';
import { type Column, fieldOf } from '../operators/expr/expr.ts';
import type { Compression, OutputPartitioning } from '../operators/task.ts';
import { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import { LinearMemory } from '../wasm/linear-memory.ts';
import type { Batch, DictionaryVector, FixedVector, ViewsVector } from '../wasm/vector.ts';
import { decodeArrow } from './arrow-ipc.ts';
import { arrowBatches } from './arrow-read.ts';
import { build, FIELDS, randomColumns, read } from './fixtures/every-type.ts';
import type { OutputBody } from './manifest.ts';
import { outputSink, partitionEncoder } from './output-sink.ts';

type Row = readonly Value[];
type Fill = (arena: Arena) => Iterable<Batch>;

function contextOf(memory: LinearMemory, operatorBytes = 1 << 24): ExecutionContext {
  const nothing = () => {
    throw new Error('there is nothing to read');
  };
  return { memory, operatorBytes, spill: null, scan: nothing, exchange: nothing };
}

interface Written extends OutputBody {
  /** Most linear memory in use. */
  readonly peak: number;
}

function write(
  columns: readonly Column[],
  fill: Fill,
  partitioning: OutputPartitioning,
  options: { readonly operatorBytes?: number; readonly maxBytes?: number; readonly compression?: Compression } = {},
): Written {
  const memory = new LinearMemory({ poison: true, ...(options.maxBytes && { maxBytes: options.maxBytes }) });
  const sink = outputSink(contextOf(memory, options.operatorBytes), columns, partitioning, options.compression);
  const arena = new Arena({ memory });
  try {
    for (const batch of fill(arena)) {
      sink.add(batch);
      arena.reset();
    }
    return { ...sink.finish(), peak: memory.peak };
  } finally {
    sink.free();
    arena.reset();
    expect(memory.used).toBe(0);
  }
}

/** The rows of each partition, by our reader. */
function rowsOf(columns: readonly Column[], { bytes, partitions = [] }: OutputBody): Row[][] {
  const fields = columns.map(fieldOf);
  return partitions.map(({ offset, length, rows }) => {
    const arena = new Arena();
    const part: Row[] = [];
    for (const batch of arrowBatches(bytes.subarray(offset, offset + length), fields, arena, 'the test')) {
      const values = read(arena, batch);
      for (let row = 0; row < batch.length; row++) part.push(values.map((one) => one[row] as Value));
    }
    expect(part).toHaveLength(rows);
    return part;
  });
}

const [key, text] = [column(1, 'key', INTEGER), column(2, 'text', VARCHAR)];
const PAIRS = [key, text];

function batchOf(arena: Arena, rows: readonly Row[], columns: readonly Column[] = PAIRS): Batch {
  const vectors = columns.map(({ type }, i) =>
    buildVector(
      arena,
      type,
      rows.map((row) => row[i] as Value),
    ),
  );
  return { schema: columns.map(fieldOf), length: rows.length, columns: vectors };
}

const pairs = (rows: readonly Row[], size: number): Fill =>
  function* (arena) {
    for (let from = 0; from < rows.length; from += size) yield batchOf(arena, rows.slice(from, from + size));
  };

const byHash = (of: number, divisor: number, partitions: number, by = key): OutputPartitioning => ({
  kind: 'hash',
  keys: [ref(by)],
  of,
  divisor,
  partitions,
});

const SOME: Row[] = Array.from({ length: 4000 }, (_, i) => [i % 13 === 0 ? null : i % 977, `t${i}`]);
const sorted = (rows: readonly Row[]) => rows.map(String).sort();

describe('partitions of an output', () => {
  it.each([undefined, 'lz4'] as const)(
    'hold every type, nested ones too, in batches of every size, compressed with %s',
    (compression) => {
      const columns = FIELDS.map(({ name, type }, i): Column => ({ ...column(100 + i, name, type), nullable: true }));
      const by = columns[6] as Column;
      const sizes = [1, 700, 3, 0, 64, 1200, 65, 2];
      const parts = sizes.map((size) => randomColumns(size, size % 2 === 0));
      const fill: Fill = function* (arena) {
        for (const part of parts) yield build(arena, part);
      };
      const options = compression ? { compression } : {};
      const output = write(columns, fill, byHash(7, 1, 7, by), options);
      const expected = parts.flatMap((part, i) =>
        Array.from({ length: sizes[i] as number }, (_, row): Row => part.map((values) => values[row] as Value)),
      );
      const got = rowsOf(columns, output);
      expect(got).toHaveLength(7);
      const texts = (rows: readonly Row[]) =>
        rows.map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)));
      expect(texts(got.flat()).sort()).toEqual(texts(expected).sort());
      const homes = new Map<string, number>();
      got.forEach((rows, p) => {
        for (const row of rows) {
          expect(homes.get(String(row[6])) ?? p).toBe(p);
          homes.set(String(row[6]), p);
        }
      });
      if (compression) return;
      for (const { offset, length, rows } of output.partitions ?? []) {
        if (rows === 0) continue;
        const batches = decodeArrow(output.bytes.slice(offset, offset + length), new Arena());
        expect(batches.reduce((sum, batch) => sum + batch.length, 0)).toBe(rows);
      }
    },
  );

  it.each([
    [4, 8],
    [5, 3],
    [16, 4],
  ])('of two levels, %i times %i, are those of one', (a, b) => {
    const whole = rowsOf(PAIRS, write(PAIRS, pairs(SOME, 500), byHash(a * b, 1, a * b)));
    const first = rowsOf(PAIRS, write(PAIRS, pairs(SOME, 500), byHash(a * b, b, a)));
    const second = first.flatMap((rows) => rowsOf(PAIRS, write(PAIRS, pairs(rows, 300), byHash(a * b, 1, b))));
    expect(second).toEqual(whole);
  });

  it('of three levels are those of one', () => {
    const [a, b, c] = [3, 4, 5];
    const whole = rowsOf(PAIRS, write(PAIRS, pairs(SOME, 500), byHash(a * b * c, 1, a * b * c)));
    const level = (rows: readonly Row[], divisor: number, partitions: number) =>
      rowsOf(PAIRS, write(PAIRS, pairs(rows, 400), byHash(a * b * c, divisor, partitions)));
    const first = level(SOME, b * c, a);
    const second = first.flatMap((rows) => level(rows, c, b));
    expect(second.flatMap((rows) => level(rows, 1, c))).toEqual(whole);
  });

  it('are the same for text in views and for codes', () => {
    const words = ['alpha', 'beta', '', 'gamma', 'a text that is longer than the others'];
    const rows: Row[] = Array.from({ length: 900 }, (_, i) => [i, i % 11 === 0 ? null : words[i % words.length]!]);
    const plain = write(PAIRS, pairs(rows, 300), byHash(32, 1, 32, text));
    const coded = write(
      PAIRS,
      function* (arena) {
        for (let from = 0; from < rows.length; from += 300) {
          const part = rows.slice(from, from + 300);
          const entries = from === 300 ? words.toReversed() : words;
          yield { ...batchOf(arena, part), columns: [batchOf(arena, part).columns[0]!, codesOf(arena, part, entries)] };
        }
      },
      byHash(32, 1, 32, text),
    );
    expect(rowsOf(PAIRS, coded)).toEqual(rowsOf(PAIRS, plain));
  });

  it('in turn are of equal shares, and keep the order of rows', () => {
    const sizes = [1, 1, 5, 1000, 3, 77];
    let next = 0;
    const fill: Fill = function* (arena) {
      for (const size of sizes)
        yield batchOf(
          arena,
          Array.from({ length: size }, () => [next++, `t${next}`]),
        );
    };
    const parts = rowsOf(PAIRS, write(PAIRS, fill, { kind: 'roundRobin', partitions: 8 }));
    const shares = parts.map((part) => part.length);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    expect(
      parts
        .flat()
        .map(([n]) => n as number)
        .sort((x, y) => x - y),
    ).toEqual(Array.from({ length: next }, (_, i) => i));
    for (const part of parts)
      expect(part.map(([n]) => n)).toEqual(part.map(([n]) => n as number).sort((x, y) => x - y));
  });

  it('of which there are 1,024 take little memory, however many rows and small batches come', () => {
    const rows: Row[] = Array.from({ length: 40_000 }, (_, i) => [i % 3 === 0 ? 7 : i, `text number ${i}`]);
    const output = write(PAIRS, pairs(rows, 250), byHash(1024, 1, 1024), { operatorBytes: 1 << 20, maxBytes: 8 << 20 });
    expect(output.peak).toBeLessThan(6 << 20);
    const parts = rowsOf(PAIRS, output);
    expect(parts).toHaveLength(1024);
    expect(sorted(parts.flat())).toEqual(sorted(rows));
    const hot = parts.find((part) => part.some(([n]) => n === 7))!;
    expect(hot.length).toBeGreaterThan(13_000);
    expect(hot.filter(([n]) => n === 7)).toEqual(rows.filter(([n]) => n === 7));
  });

  it('are handed out piece by piece, each a stream of its own', () => {
    const memory = new LinearMemory({ poison: true });
    const encoder = partitionEncoder(
      contextOf(memory),
      PAIRS,
      { kind: 'hash', keys: [ref(key)], of: 6, divisor: 1, partitions: 6 },
      null,
    );
    const arena = new Arena({ memory });
    const parts: Row[][] = Array.from({ length: 6 }, () => []);
    const take = () => {
      for (const { partition, bytes, rows } of encoder.pieces()) {
        const reading = new Arena();
        for (const batch of arrowBatches(bytes, PAIRS.map(fieldOf), reading, 'the test')) {
          const values = read(reading, batch);
          for (let row = 0; row < rows; row++) parts[partition]!.push(values.map((one) => one[row] as Value));
        }
      }
      expect(encoder.pendingBytes).toBe(0);
    };
    for (const [i, batch] of [...pairs(SOME, 600)(new Arena({ memory }))].entries()) {
      encoder.add(batch);
      if (i % 2 === 1) take();
    }
    take();
    take();
    expect(parts).toEqual(rowsOf(PAIRS, write(PAIRS, pairs(SOME, 600), byHash(6, 1, 6))));
    encoder.free();
    arena.reset();
  });

  it('are the same bytes for the same rows', () => {
    const random = seededRandom(3);
    const rows: Row[] = Array.from({ length: 3000 }, () => [Math.floor(random.next() * 500), `${random.next()}`]);
    const [first, second] = [0, 1].map(() => write(PAIRS, pairs(rows, 1000), byHash(8, 1, 8)).bytes);
    expect(Buffer.compare(first!, second!)).toBe(0);
  });
});

describe('dictionaries', () => {
  const words = Array.from({ length: 20 }, (_, i) => `a word of some length, number ${i}`);
  const coded = (rows: readonly Row[], size: number, entries: (batch: number) => readonly string[] | null): Fill =>
    function* (arena) {
      for (let from = 0; from < rows.length; from += size) {
        const part = rows.slice(from, from + size);
        const batch = batchOf(arena, part);
        const dictionary = entries(from / size);
        if (dictionary === null) yield batch;
        else yield { ...batch, columns: [batch.columns[0]!, codesOf(arena, part, dictionary)] };
      }
    };
  const rows: Row[] = Array.from({ length: 6000 }, (_, i) => [i, i % 17 === 0 ? null : words[(i * 7) % 20]!]);
  const kinds = ({ bytes, partitions = [] }: OutputBody) =>
    partitions.map(({ offset, length }) => {
      const arena = new Arena();
      const part = bytes.subarray(offset, offset + length);
      return [...arrowBatches(part, PAIRS.map(fieldOf), arena, 'the test')].map(({ columns }) => columns[1]!.kind);
    });

  it('are kept where that is smaller, whatever dictionaries the batches came with', () => {
    const plain = write(PAIRS, pairs(rows, 1000), byHash(4, 1, 4));
    const one = write(
      PAIRS,
      coded(rows, 1000, () => words),
      byHash(4, 1, 4),
    );
    const many = write(
      PAIRS,
      coded(rows, 1000, (i) => (i % 2 === 0 ? words : words.toReversed())),
      byHash(4, 1, 4),
    );
    for (const output of [one, many]) {
      expect(output.bytes.length).toBeLessThan(plain.bytes.length / 2);
      expect(kinds(output).flat()).toEqual(['dictionary', 'dictionary', 'dictionary', 'dictionary']);
      expect(rowsOf(PAIRS, output)).toEqual(rowsOf(PAIRS, plain));
      for (const { offset, length, rows: count } of output.partitions ?? []) {
        const table = arrow.tableFromIPC(output.bytes.slice(offset, offset + length));
        expect(table.numRows).toBe(count);
        const texts = [...table.getChild('text')!];
        expect(texts.every((one) => one === null || words.includes(one))).toBe(true);
      }
    }
    const packed = write(
      PAIRS,
      coded(rows, 1000, () => words),
      byHash(4, 1, 4),
      { compression: 'lz4' },
    );
    expect(rowsOf(PAIRS, packed)).toEqual(rowsOf(PAIRS, plain));
  });

  it('are replaced within a stream when memory is short, by rows of plain text too', () => {
    const plain = rowsOf(PAIRS, write(PAIRS, pairs(rows, 500), byHash(3, 1, 3)));
    const entries = (i: number) => (i < 4 ? words : i % 2 === 0 ? null : words.toReversed());
    const output = write(PAIRS, coded(rows, 500, entries), byHash(3, 1, 3), { operatorBytes: 40_000 });
    expect(rowsOf(PAIRS, output)).toEqual(plain);
    expect(new Set(kinds(output).flat())).toEqual(new Set(['dictionary']));
    expect(kinds(output)[0]!.length).toBeGreaterThan(2);
  });

  it('are given up where that is larger, or where rows come as plain text first', () => {
    const plain = rowsOf(PAIRS, write(PAIRS, pairs(rows, 500), byHash(3, 1, 3)));
    const late = write(
      PAIRS,
      coded(rows, 500, (i) => (i === 0 ? null : words)),
      byHash(3, 1, 3),
      { operatorBytes: 40_000 },
    );
    expect(rowsOf(PAIRS, late)).toEqual(plain);
    expect(new Set(kinds(late).flat())).toEqual(new Set(['views']));
    const few = rows.slice(0, 200);
    const spread = write(
      PAIRS,
      coded(few, 200, () => words),
      byHash(3, 1, 3),
    );
    expect(rowsOf(PAIRS, spread)).toEqual(rowsOf(PAIRS, write(PAIRS, pairs(few, 200), byHash(3, 1, 3))));
  });

  it('of rows that are all NULL are empty', () => {
    const nulls: Row[] = rows.map(([n], i) => [n!, i === 5 ? words[0]! : null]);
    const some = write(
      PAIRS,
      coded([...rows, ...nulls], 1000, () => words),
      byHash(16, 1, 16),
    );
    expect(sorted(rowsOf(PAIRS, some).flat())).toEqual(sorted([...rows, ...nulls]));
  });
});

function codesOf(arena: Arena, rows: readonly Row[], entries: readonly string[]): DictionaryVector {
  const dictionary = buildVector(arena, VARCHAR, entries) as ViewsVector;
  const codes = rows.map((row) => (row[1] === null ? null : entries.indexOf(row[1] as string)));
  const { length, validity, data } = buildVector(arena, INTEGER, codes) as FixedVector;
  return { kind: 'dictionary', type: VARCHAR, length, validity, data, dictionary };
}
