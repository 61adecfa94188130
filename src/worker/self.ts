import { InvokeError } from '../common/errors.ts';
import type { Self } from './host.ts';

/** Version of a function that has none. */
const LATEST = '$LATEST';

/**
 * A way to invoke the function whose environment this is, in the very version that runs. On AWS with the function's own role; the
 * embedded functions are told an endpoint and credentials of their own, since what AWS_* says may be the way to a store elsewhere.
 * Throws InvokeError SQ6008 outside of a function.
 */
export async function openSelf(env: Readonly<Record<string, string | undefined>>): Promise<Self> {
  const { AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_VERSION: version = LATEST, AWS_REGION: region } = env;
  if (!name || !region) throw new InvokeError('SQ6008', 'this process is no function that could invoke itself');
  const { lambdaClient } = await import('../invoke/lambda-client.ts');
  const {
    SQUALL_LAMBDA_ENDPOINT: endpoint,
    SQUALL_LAMBDA_KEY: accessKeyId,
    SQUALL_LAMBDA_SECRET: secretAccessKey,
  } = env;
  const embedded = endpoint && accessKeyId && secretAccessKey;
  return {
    lambda: lambdaClient({
      client: {
        region: (embedded && env.SQUALL_LAMBDA_REGION) || region,
        ...(embedded && { endpoint, credentials: { accessKeyId, secretAccessKey } }),
      },
    }),
    functionName: version === LATEST ? name : `${name}:${version}`,
  };
}
