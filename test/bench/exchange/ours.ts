import { attemptId, stageId, taskId } from '../../../src/common/ids.ts';
import { arrowBatches } from '../../../src/exchange/arrow-read.ts';
import { fetchBody, manifestSlice, writeOutput } from '../../../src/exchange/manifest.ts';
import { outputSink } from '../../../src/exchange/output-sink.ts';
import { PartitionedRows } from '../../../src/exchange/partitioned-rows.ts';
import { rowPartitioner } from '../../../src/exchange/row-partitioner.ts';
import type { ExecutionContext } from '../../../src/operators/execution.ts';
import type { Column, Expr } from '../../../src/operators/expr/expr.ts';
import type { Compression, Manifest } from '../../../src/operators/task.ts';
import { MemoryObjectStore } from '../../../src/storage/memory.ts';
import type { ObjectLocation, ObjectStore } from '../../../src/storage/object-store.ts';
import { Arena } from '../../../src/wasm/arena.ts';
import type { LinearMemory } from '../../../src/wasm/linear-memory.ts';
import { column, ref } from '../../oracle/expr-builder.ts';
import { FIELDS, type Rows } from './rows.ts';

const COLUMNS: readonly Column[] = FIELDS.map(({ name, type }, i) => column(i + 1, name, type));
const KEYS: readonly Expr[] = [ref(COLUMNS[1] as Column)];
const TASK = { stage: stageId(0), task: taskId(0), attempt: attemptId(0) };

/** What the exchange does, step by step, each to be measured alone. */
export class Exchange {
  readonly #context: ExecutionContext;
  readonly #rows: Rows;
  readonly #store: ObjectStore = new MemoryObjectStore({ etags: 'counted' });

  constructor(memory: LinearMemory, rows: Rows) {
    const nothing = () => {
      throw new Error('there is nothing to read');
    };
    this.#context = { memory, operatorBytes: 1 << 30, spill: null, scan: nothing, exchange: nothing };
    this.#rows = rows;
  }

  readonly #resolve = (uri: string): { store: ObjectStore; location: ObjectLocation } => ({
    store: this.#store,
    location: { bucket: 'bench', key: uri },
  });

  /** Hashes, counts, permutation and copies in the order of the partitions. */
  partition(partitions: number): void {
    const { memory } = this.#context;
    const partitioner = rowPartitioner(this.#context, COLUMNS, hashed(partitions));
    const pending = new PartitionedRows(memory, FIELDS, partitions);
    for (const batch of this.#rows.batches) {
      pending.add(batch.columns, batch.length, partitioner.order(batch, pending.arena));
    }
    partitioner.free();
    pending.clear();
  }

  /** As `partition`, and on to the bytes of the object. */
  encode(partitions: number, compression?: Compression) {
    const sink = outputSink(this.#context, COLUMNS, hashed(partitions), compression);
    for (const batch of this.#rows.batches) sink.add(batch);
    const body = sink.finish();
    sink.free();
    return body;
  }

  /** From vectors to an object of the memory store. */
  async write(partitions: number, compression?: Compression, name = 'plain'): Promise<Manifest> {
    const target = { maxInlineBytes: 0, uri: `memory://bench/${name}.arrow` };
    return writeOutput(this.encode(partitions, compression), { target, task: TASK, resolve: this.#resolve });
  }

  /** From the object to vectors, partition by partition. Returns the rows. */
  async read(manifest: Manifest): Promise<number> {
    const arena = new Arena({ memory: this.#context.memory });
    let rows = 0;
    for (let p = 0; p < (manifest.partitions ?? []).length; p++) {
      const own = manifestSlice(manifest, { from: p, to: p + 1 });
      if (!own) continue;
      const bytes = await fetchBody(own, this.#resolve);
      for (const batch of arrowBatches(bytes, FIELDS, arena, 'the bench')) rows += batch.length;
    }
    return rows;
  }
}

const hashed = (partitions: number) => ({ kind: 'hash', keys: KEYS, of: partitions, divisor: 1, partitions }) as const;
