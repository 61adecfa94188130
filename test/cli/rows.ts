import { Writable } from 'node:stream';
import { FORMATS, type FormatName, type FormatOptions } from '../../src/cli/format/format.ts';
import { Output } from '../../src/cli/format/output.ts';
import { attemptId, stageId, taskId } from '../../src/common/ids.ts';
import type { Field, SqlType, Value } from '../../src/common/types.ts';
import { RequestMeter } from '../../src/driver/request-meter.ts';
import { QueryResult } from '../../src/driver/result.ts';
import { Stores } from '../../src/storage/stores.ts';
import { encoded } from '../driver/encoded.ts';

export const field = (name: string, type: SqlType): Field => ({ name, type, nullable: true });

/** A result of these rows, one task for each list of rows. */
export function resultOf(columns: readonly Field[], ...tasks: readonly (readonly (readonly Value[])[])[]): QueryResult {
  return new QueryResult(columns, {
    manifests: tasks.map((rows, task) => ({
      stage: stageId(0),
      task: taskId(task),
      attempt: attemptId(0),
      rows: rows.length,
      body: { kind: 'inline', bytes: encoded(columns, [rows]) },
    })),
    stores: new Stores(),
    meter: new RequestMeter(),
    signal: new AbortController().signal,
    report: () => {
      throw new Error('nobody asks');
    },
    end: async () => undefined,
  });
}

/** Everything that is written, whole. */
export class Collected extends Writable {
  readonly chunks: Buffer[] = [];

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.chunks.push(chunk);
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** What a format makes of a result. */
export async function formatted(
  name: FormatName,
  result: QueryResult,
  options: Partial<FormatOptions> = {},
): Promise<Buffer> {
  const stream = new Collected();
  const out = new Output(stream, new AbortController().signal);
  await FORMATS[name](result, out, { maxRows: Number.POSITIVE_INFINITY, width: null, color: false, ...options });
  await out.flush();
  return stream.bytes;
}
