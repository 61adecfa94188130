import { AsyncByteQueue, RecordBatch, RecordBatchStreamWriter, type Schema } from 'apache-arrow';
import { arrowSchema } from '../../index.ts';
import type { Format } from './format.ts';

/** An Arrow IPC stream, batch by batch as they arrive; the schema alone when there is no row. */
export const writeArrow: Format = async (result, out) => {
  const sink = new Chunks();
  const writer = new RecordBatchStreamWriter();
  let schema: Schema | null = null;
  for await (const batch of result) {
    if (schema === null) {
      schema = batch.schema;
      writer.reset(sink, schema);
    }
    // A batch with another schema object would begin a second stream, which readers of the first do not see.
    writer.write(new RecordBatch(schema, batch.data));
    for (const chunk of sink.take()) await out.write(chunk);
  }
  if (schema === null) writer.reset(sink, arrowSchema(result.columns));
  writer.finish();
  for (const chunk of sink.take()) await out.write(chunk);
};

/** What the writer wrote since the last look. */
class Chunks extends AsyncByteQueue {
  #chunks: Uint8Array[] = [];

  override write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  take(): readonly Uint8Array[] {
    const taken = this.#chunks;
    this.#chunks = [];
    return taken;
  }
}
