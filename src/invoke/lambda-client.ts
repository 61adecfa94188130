import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { LambdaAnswer, LambdaApi, LambdaRequest } from './lambda-api.ts';

export interface LambdaClientOptions {
  /** Client settings: region always, endpoint and credentials for the embedded functions. */
  readonly client: LambdaClientConfig;
  /** An answer that takes longer is given up as lost, ms; none: wait as long as the connection lives. */
  readonly answerTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Lambda through the AWS SDK. The function's bundle has this file as a chunk of its own, loaded by who invokes. */
export function lambdaClient({ client: config, answerTimeoutMs }: LambdaClientOptions): LambdaApi {
  // The scheduler bounds what is under way; the SDK's own 50 connections would bound it once more, silently.
  const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };
  const client = new LambdaClient({
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      httpAgent: agent,
      httpsAgent: agent,
      ...(answerTimeoutMs !== undefined && { requestTimeout: answerTimeoutMs, throwOnRequestTimeout: true }),
    },
    ...config,
    maxAttempts: 1,
  });
  return {
    invoke: async ({ functionName, payload, type, signal }: LambdaRequest): Promise<LambdaAnswer> => {
      const answered = type === 'RequestResponse';
      const answer = await client.send(
        new InvokeCommand({
          FunctionName: functionName,
          Payload: payload,
          InvocationType: type,
          ...(answered && { LogType: 'Tail' }),
        }),
        signal ? { abortSignal: signal } : {},
      );
      return {
        payload: answer.Payload ? Buffer.from(answer.Payload).toString('utf8') : '',
        failed: answer.FunctionError !== undefined,
        ...(answer.LogResult !== undefined && { log: answer.LogResult }),
      };
    },
    close: () => client.destroy(),
  };
}
