import { type RecordBatch, RecordBatchStreamWriter, type Schema } from 'apache-arrow';
import { arrowSchema } from '../../index.ts';
import type { Format } from './format.ts';
import { writeOut } from './output.ts';

/** An Arrow IPC stream, batch by batch as they arrive. */
export const writeArrow: Format = async (result, out) => {
  const writer = new RecordBatchStreamWriter();
  const drained = (async () => {
    for await (const chunk of writer) await writeOut(out, chunk);
  })();
  let schema: Schema | null = null;
  for await (const batch of result as AsyncIterable<RecordBatch>) {
    schema ??= batch.schema;
    writer.write(batch);
  }
  if (schema === null) writer.reset(undefined, arrowSchema(result.columns));
  writer.finish();
  await drained;
};
