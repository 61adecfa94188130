import type { RunnableFunction } from './function-definition.ts';
import { LATEST } from './function-name.ts';

export interface EnvironmentOptions {
  readonly definition: RunnableFunction;
  readonly region: string;
  readonly instanceId: string;
  /** `host:port`. */
  readonly runtimeApi: string;
  readonly nodeOptions: string;
  /** Folder for temporary files, removed with the instance. */
  readonly temporary: string;
}

/** The variables that Lambda sets, the runtime's and the function's own, in the order of who wins last. */
export function instanceEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { definition, region, instanceId } = options;
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    TMPDIR: options.temporary,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
    ...definition.runtime.env,
    ...definition.env(),
    NODE_OPTIONS: options.nodeOptions,
    AWS_LAMBDA_RUNTIME_API: options.runtimeApi,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: LATEST,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[${LATEST}]${instanceId.replaceAll('-', '')}`,
    LAMBDA_TASK_ROOT: definition.codeDir,
    LAMBDA_RUNTIME_DIR: definition.codeDir,
    _HANDLER: definition.handler,
  };
}
