import { parentPort, workerData } from 'node:worker_threads';
import { assertNever, InternalError, toWireError } from '../../src/common/errors.ts';
import type { Job } from './plan.ts';
import { runJob } from './run-job.ts';
import { TextPool } from './text-pool.ts';
import { type FromThread, PART_CREDITS, type ThreadData, type ToThread } from './thread-messages.ts';

/** Entry of a generator thread: one job after the other, as the main thread hands them out. */
if (!parentPort) throw new InternalError('this file is the entry of a worker thread');
const port = parentPort;
const pool = new TextPool((workerData as ThreadData).pool);

let credits = PART_CREDITS;
let onCredit: (() => void) | undefined;

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'credit':
      credits++;
      onCredit?.();
      return;
    case 'job':
      void run(message.job);
      return;
    default:
      assertNever(message);
  }
});

async function run(job: Job): Promise<void> {
  try {
    for await (const part of runJob(job, pool)) {
      while (credits === 0) {
        await new Promise<void>((resolve) => {
          onCredit = resolve;
        });
      }
      credits--;
      send({ kind: 'part', part }, [part.bytes.buffer as ArrayBuffer]);
    }
    send({ kind: 'done' });
  } catch (error) {
    send({ kind: 'failed', error: toWireError(error) });
  }
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
