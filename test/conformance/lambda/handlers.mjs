// What the functions of the conformance cases do. Runs under any Node.js runtime for Lambda.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

let calls = 0;

export const echo = async (event, context) => ({
  event,
  pid: process.pid,
  calls: ++calls,
  requestId: context.awsRequestId,
  functionName: context.functionName,
  functionVersion: context.functionVersion,
  memoryLimitInMB: context.memoryLimitInMB,
  arn: context.invokedFunctionArn,
  logGroupName: context.logGroupName,
  clientContext: context.clientContext,
  remainingMs: context.getRemainingTimeInMillis(),
});

/** Answers after `ms`. */
export const wait = async ({ ms }) => {
  await sleep(ms);
  return { pid: process.pid, calls: ++calls };
};

export const environment = async () => ({ ...process.env, CWD: process.cwd(), CGROUP: cgroup() });

function cgroup() {
  return process.platform === 'linux' ? readFileSync('/proc/self/cgroup', 'utf8') : '';
}

export const fail = async ({ message }) => {
  throw new TypeError(message);
};

export const failWithText = async () => {
  // biome-ignore lint/style/useThrowOnlyError: that is the case
  throw 'just text';
};

export const nothing = async () => undefined;

export const unserialisable = async () => ({ big: 1n });

export const exit = async ({ code }) => process.exit(code);

export const kill = async ({ signal }) => {
  process.kill(process.pid, signal);
  await sleep(60_000);
};

/** Never lets another callback run. */
export const spin = async () => {
  for (;;);
};

export const length = async (event) => event.text.length;

/** JSON of exactly `bytes` bytes. */
export const sized = async ({ bytes }) => 'x'.repeat(bytes - 2);

export const growHeap = async () => {
  const kept = [];
  for (;;) kept.push(new Array(1 << 20).fill(kept.length + 0.5));
};

/** Takes memory outside of V8's heap until `megabytes`. */
export const growBuffers = async ({ megabytes }) => {
  const kept = [];
  for (let i = 0; i < megabytes; i += 8) kept.push(Buffer.alloc(8 << 20, 1));
  return kept.length;
};

export const print = async ({ text, lines = 1 }) => {
  for (let i = 0; i < lines; i++) process.stdout.write(`${text} ${i}\n`);
  process.stderr.write('on stderr\n');
  return 'printed';
};

const stream = (handler) => globalThis.awslambda?.streamifyResponse(handler) ?? handler;

/** `count` chunks; waits before the last until `gate`, a file, exists. */
export const chunks = stream(async ({ count, bytes, gate }, response) => {
  for (let i = 0; i < count; i++) {
    if (gate && i === count - 1) while (!exists(gate)) await sleep(5);
    if (!response.write(Buffer.alloc(bytes, 97 + (i % 26)))) await new Promise((go) => response.once('drain', go));
  }
  response.end();
});

function exists(file) {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

export const failLater = stream(async ({ first }, response) => {
  if (first) response.write(first);
  await sleep(20);
  throw new RangeError('stopped in the middle');
});
