import type { ServerResponse } from 'node:http';
import { encodeEvent } from './event-stream.ts';
import { LATEST } from './function-name.ts';
import type { InstancePool } from './instance-pool.ts';
import type { InvokeRequest } from './invoke-request.ts';
import type { ResponseSink } from './work.ts';

/** Answers with an event stream: chunks as the function writes them, then how it ended. Throws before the first byte only. */
export async function streamResponse(
  request: InvokeRequest,
  response: ServerResponse,
  pool: InstancePool,
): Promise<void> {
  const start = () => {
    if (response.headersSent) return;
    response.writeHead(200, {
      'Content-Type': 'application/vnd.amazon.eventstream',
      'X-Amz-Executed-Version': LATEST,
    });
  };
  const sink: ResponseSink = {
    write: (chunk) => {
      start();
      return send(response, encodeEvent('PayloadChunk', 'application/octet-stream', chunk));
    },
  };
  const { answer, log } = await pool.invoke(request.functionName, { ...request.work, sink });
  if (answer.kind === 'response' && answer.payload.length > 0) await sink.write(answer.payload);
  start();
  const complete = {
    ...(answer.kind === 'error' && {
      ErrorCode: answer.error.errorType,
      ErrorDetails: answer.error.payload.toString('utf8'),
    }),
    ...(request.logTail && { LogResult: log.toString('base64') }),
  };
  response.end(encodeEvent('InvokeComplete', 'application/json', Buffer.from(JSON.stringify(complete))));
}

/** Waits while the caller is slow, not when it is gone: the function runs to its end all the same, as on AWS. */
async function send(response: ServerResponse, message: Buffer): Promise<void> {
  if (response.destroyed || response.write(message)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
