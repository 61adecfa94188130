import { Command } from 'commander';
import { startLocal } from '../index.ts';
import { listenForInterrupt } from './interrupt.ts';
import { wholeNumber, wholeNumberFrom } from './options.ts';

interface UpFlags {
  readonly data: string;
  readonly s3Port?: number;
  readonly lambdaPort?: number;
  readonly memory: number;
  readonly timeout: number;
}

export function localUpCommand(): Command {
  const up = new Command('up')
    .description('serve S3 over a directory and the worker as a Lambda function, on loopback, until interrupted')
    .option('--data <dir>', 'directory behind the S3 server; its folders are the buckets', '.squall/data')
    .option('--s3-port <n>', 'port of the S3 server; default: any free one', wholeNumber)
    .option('--lambda-port <n>', 'port of the function server; default: any free one', wholeNumber)
    .option('--memory <MB>', 'memory of one function', wholeNumberFrom(128), 1769)
    .option('--timeout <s>', 'longest time one function may run', wholeNumberFrom(1), 300)
    .action(run);
  return new Command('local').description('the embedded cloud').addCommand(up);
}

/** Prints one JSON line when both servers answer. */
async function run({ data, s3Port, lambdaPort, memory, timeout }: UpFlags): Promise<void> {
  const interrupt = listenForInterrupt();
  const interrupted = new Promise((resolve) => interrupt.signal.addEventListener('abort', resolve, { once: true }));
  const local = await startLocal({
    data,
    memoryMb: memory,
    timeoutMs: timeout * 1000,
    ...(s3Port !== undefined && { s3Port }),
    ...(lambdaPort !== undefined && { lambdaPort }),
  });
  console.log(JSON.stringify({ s3: local.s3, lambda: local.lambda }));
  await interrupted;
  await local.close();
  interrupt.stop();
}
