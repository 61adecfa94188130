import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface FakeAnswer {
  readonly status?: number;
  /** Sent as JSON unless it is a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeLambda {
  readonly endpoint: string;
  /** Parsed request bodies, in order of arrival. */
  readonly requests: { readonly path: string; readonly body: { readonly task: string } }[];
  close(): Promise<void>;
}

/** An HTTP server on loopback in place of the Lambda service; null answers nothing until the server closes. */
export async function fakeLambda(answer: (nth: number) => FakeAnswer | null): Promise<FakeLambda> {
  const requests: FakeLambda['requests'] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await buffer(request)).toString('utf8'));
    const reply = answer(requests.push({ path: request.url ?? '', body }) - 1);
    if (!reply) return;
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {});
    response.writeHead(reply.status ?? 200, { 'Content-Type': 'application/json', ...reply.headers }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** How AWS answers when a request to the service fails. */
export const serviceException = (status: number, type: string, message: string): FakeAnswer => ({
  status,
  headers: { 'x-amzn-ErrorType': type },
  body: { Type: 'User', Message: message, message },
});

/** How AWS answers when the function itself fails. */
export const functionFailure = (body: unknown, log?: string): FakeAnswer => ({
  headers: {
    'X-Amz-Function-Error': 'Unhandled',
    ...(log !== undefined && { 'X-Amz-Log-Result': Buffer.from(log).toString('base64') }),
  },
  body,
});
