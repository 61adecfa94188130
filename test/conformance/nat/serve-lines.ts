import { createInterface } from 'node:readline';
import { decodeWire, encodeWire } from '../../../src/common/wire.ts';
import type { Request } from './protocol.ts';

/** Answers the requests that come as lines, as many at once as there are; ends with its input. */
export function serveLines(answer: (request: Request) => Promise<unknown>): void {
  const respond = (response: object) => process.stdout.write(`${encodeWire(response)}\n`);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const { id, request } = decodeWire(line) as { id: number; request: Request };
    answer(request).then(
      (value) => respond({ id, value }),
      (error: Error) => respond({ id, error: error.message }),
    );
  });
  lines.on('close', () => process.exit(0));
}
