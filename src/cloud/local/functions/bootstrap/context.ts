import type { Invocation } from './runtime-client.ts';

/** The second argument of a handler, as on AWS. */
export interface HandlerContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  /** A number in decimal, as AWS gives it. */
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly invokedFunctionArn: string;
  readonly clientContext: unknown;
  readonly identity: unknown;
  /** Time until the function is killed. */
  getRemainingTimeInMillis(): number;
}

export function contextOf({ requestId, headers }: Invocation, env: NodeJS.ProcessEnv): HandlerContext {
  const text = (name: string): string => String(headers[name] ?? '');
  const json = (name: string): unknown => (headers[name] === undefined ? undefined : JSON.parse(text(name)));
  const deadline = Number(text('lambda-runtime-deadline-ms'));
  return {
    awsRequestId: requestId,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME ?? '',
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION ?? '',
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '',
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME ?? '',
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
    invokedFunctionArn: text('lambda-runtime-invoked-function-arn'),
    clientContext: json('lambda-runtime-client-context'),
    identity: json('lambda-runtime-cognito-identity'),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}
