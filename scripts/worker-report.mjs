// Prints the size of the function bundle and what a start costs: node scripts/worker-report.mjs
// Cold: a new embedded function each time, from the call to the answer, and its Init Duration. Warm: the same function again. The
// task delivers one row and reads nothing. Needs a build (npm run build).
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { startLocal } from '../dist/src/cloud/local/start-local.js';
import { decodeWire, encodeWire } from '../dist/src/common/wire.js';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const COLD_STARTS = 10;
const WARM_CALLS = 100;

const worker = resolve(import.meta.dirname, '../dist/worker');
let total = 0;
let zipped = 0;
for (const file of readdirSync(worker, { recursive: true })) {
  if (!statSync(join(worker, file)).isFile()) continue;
  const { size } = statSync(join(worker, file));
  const gzip = gzipSync(readFileSync(join(worker, file))).length;
  total += size;
  zipped += gzip;
  console.log(`${file}: ${(size / 1e6).toFixed(2)} MB, gzip ${(gzip / 1e6).toFixed(2)} MB`);
}
console.log(
  `function bundle: ${(total / 1e6).toFixed(2)} MB, gzip ${(zipped / 1e6).toFixed(2)} MB (budget 8 MB unzipped)`,
);

const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
const text = (values) =>
  `median ${quantile(values, 0.5).toFixed(1)} ms, p99 ${quantile(values, 0.99).toFixed(1)} ms (${values.length})`;

const task = {
  version: 2,
  query: 'REPORT',
  stage: 0,
  task: 0,
  attempt: 0,
  plan: { kind: 'values', columns: [], rows: [[]] },
  scans: {},
  exchanges: {},
  output: { maxInlineBytes: 1 << 20, uri: 'memory://report/out' },
  storage: {},
  budget: { memoryBytes: 1 << 28, deadline: Date.now() + 600_000 },
};

async function call(client) {
  const startedAt = performance.now();
  const answer = await client.send(
    new InvokeCommand({
      FunctionName: 'squall-worker',
      Payload: JSON.stringify({ task: encodeWire(task) }),
      LogType: 'Tail',
    }),
  );
  const ms = performance.now() - startedAt;
  const { outcome, metrics } = decodeWire(JSON.parse(Buffer.from(answer.Payload).toString()).report);
  if (!outcome.ok) throw new Error(outcome.error.message);
  const log = Buffer.from(answer.LogResult, 'base64').toString();
  return { ms, cold: metrics.coldStart, initMs: Number(/Init Duration: ([\d.]+) ms/.exec(log)?.[1]) };
}

const cold = [];
const warm = [];
const data = await mkdtemp(join(tmpdir(), 'squall-report-'));
try {
  for (let i = 0; i < COLD_STARTS; i++) {
    const local = await startLocal({ data, memoryMb: 1769, timeoutMs: 60_000 });
    const { accessKeyId, secretAccessKey, region } = local.s3;
    const client = new LambdaClient({
      endpoint: local.lambda.endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
    });
    const first = await call(client);
    if (!first.cold) throw new Error('the first call of a new function was not cold');
    cold.push(first);
    if (i === COLD_STARTS - 1) for (let n = 0; n < WARM_CALLS; n++) warm.push(await call(client));
    client.destroy();
    await local.close();
  }
} finally {
  await rm(data, { recursive: true });
}
console.log(`cold call: ${text(cold.map(({ ms }) => ms))}; init ${text(cold.map(({ initMs }) => initMs))}`);
console.log(`warm call: ${text(warm.map(({ ms }) => ms))}`);
if (warm.some((one) => one.cold)) throw new Error('a warm call was cold');
