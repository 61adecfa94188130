import { parseArgs } from 'node:util';
import { tpchTables } from '../../../datasets/tpch.ts';
import { newCredentials } from '../../../src/cloud/local/local-cloud.ts';
import { startObjectServer } from '../../../src/cloud/local/objects/object-server.ts';
import { connect, type QueryOptions, type QueryReport, type Session, type Value } from '../../../src/index.ts';

/** First byte of a GET and a whole PUT of S3 Standard, medians, ms. */
const LATENCY = { GET: 27, PUT: 41 };

/** Both tables move, in few columns that are quickly read, and little is computed. */
const QUERY = `select count(*) as n, sum(l_extendedprice) as price, sum(l_partkey) as parts, sum(l_quantity) as quantity,
max(o_totalprice) as total from lineitem join orders on l_orderkey = o_orderkey where l_partkey > o_shippriority`;

const MEDIA: readonly (readonly [string, QueryOptions])[] = [
  ['objects, 1 level', { exchange: 'objects', levels: 1 }],
  ['objects, 1 level, lz4', { exchange: 'objects', levels: 1, compression: 'lz4' }],
  ['objects, 2 levels', { exchange: 'objects', levels: 2 }],
  ['direct links', { exchange: 'direct' }],
];

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: '5' },
    tasks: { type: 'string', default: '4,8,16' },
  },
});
if (values.data === undefined) throw new Error('--data FOLDER, whose folder tpch holds the tables');
const runs = Number(values.runs);

const credentials = newCredentials();
const server = await startObjectServer({
  root: values.data,
  credentials,
  region: 'us-east-1',
  autoCreateBuckets: true,
  latency: LATENCY,
});
process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
process.env.AWS_REGION = 'us-east-1';
try {
  for (const tasks of values.tasks.split(',').map(Number)) await compare(tasks);
} finally {
  await server.close();
}

interface Run {
  readonly row: readonly Value[];
  readonly report: QueryReport;
}

/** All media by turns, so that a slow spell hits every one of them. */
async function compare(tasks: number): Promise<void> {
  const session = await connect({
    target: 'local',
    endpoint: server.endpoint,
    region: 'us-east-1',
    scratch: 's3://scratch/media',
    workers: tasks,
    partitions: tasks,
    concurrency: 3 * tasks + 2,
    joins: 'partitioned',
    tables: tpchTables('s3://tpch'),
  });
  try {
    const ran = new Map<string, Run[]>(MEDIA.map(([name]) => [name, []]));
    for (let run = 0; run <= runs; run++) {
      for (const [name, options] of MEDIA) {
        const one = await ask(session, options);
        // The first run of each starts the functions.
        if (run > 0) ran.get(name)?.push(one);
      }
    }
    print(tasks, ran);
  } finally {
    await session.close();
  }
}

async function ask(session: Session, options: QueryOptions): Promise<Run> {
  const result = await session.query(QUERY, options);
  const rows: (readonly Value[])[] = [];
  for await (const row of result.values()) rows.push(row);
  return { row: rows[0] ?? [], report: result.report };
}

function print(tasks: number, ran: ReadonlyMap<string, readonly Run[]>): void {
  const median = (name: string) => {
    const times = (ran.get(name) ?? []).map(({ report }) => report.ms.run).sort((a, b) => a - b);
    return times[times.length >> 1] ?? Number.NaN;
  };
  const [first] = [...ran.values()].flat();
  const base = median(MEDIA[0]?.[0] ?? '');
  console.log(`\n${tasks} tasks a stage, GET ${LATENCY.GET} ms, PUT ${LATENCY.PUT} ms, ${runs} runs each`);
  for (const [name, all] of ran) {
    const last = all.at(-1);
    if (!last || all.some(({ row }) => String(row) !== String(first?.row)))
      throw new Error(`${name} answers otherwise`);
    const { GET, PUT } = last.report.requests;
    const ms = median(name);
    console.log(
      `  ${name.padEnd(22)} ${ms.toFixed(0).padStart(6)} ms  ${(ms / base).toFixed(2)}  ${PUT.requests} PUT, ${GET.requests} GET`,
    );
  }
}
