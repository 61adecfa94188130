import { AsyncByteQueue, RecordBatchStreamWriter } from 'apache-arrow';
import { arrowSchema } from '../../index.ts';
import type { Format } from './format.ts';

/** An Arrow IPC stream, batch by batch as they arrive; the schema alone when there is no row. */
export const writeArrow: Format = async (result, out) => {
  const sink = new Chunks();
  const writer = new RecordBatchStreamWriter();
  let begun = false;
  for await (const batch of result) {
    if (!begun) writer.reset(sink, batch.schema);
    begun = true;
    writer.write(batch);
    for (const chunk of sink.take()) await out.write(chunk);
  }
  if (!begun) writer.reset(sink, arrowSchema(result.columns));
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
