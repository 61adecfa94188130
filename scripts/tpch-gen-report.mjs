// Generates TPC-H at one or more scale factors and prints what it took: node scripts/tpch-gen-report.mjs 0.01 0.1 1
// Each line is a process of its own: rows/s, MB/s, peak memory; for .tbl also whether every MD5 is the reference's.
// Needs a build (npm run build). Exit code 1 when a sum differs or a peak exceeds 1 GiB.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PEAK_BOUND = 1024 ** 3;

async function md5(path) {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** One generation, in this process. */
async function measure(scale, format) {
  const { generate, TBL_MD5 } = await import('../dist/tpch/index.js');
  const { FileObjectStore } = await import('../dist/src/storage/file.js');
  const folder = await mkdtemp(join(tmpdir(), 'squall-tpch-'));
  try {
    const startedAt = performance.now();
    const base = { bucket: '', key: `${folder.slice(1)}/` };
    const result = await generate({ scale, format, store: new FileObjectStore(), base });
    const seconds = (performance.now() - startedAt) / 1000;
    const peak = process.resourceUsage().maxRSS * 1024;
    const expected = format === 'tbl' ? (TBL_MD5[scale] ?? {}) : {};
    const sums = {};
    for (const [table, sum] of Object.entries(expected))
      sums[table] = (await md5(join(folder, `${table}.tbl`))) === sum;
    return { scale, format, rows: result.rows, bytes: result.bytes, seconds, peak, sums };
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (process.argv[2] === '--one') {
  console.log(JSON.stringify(await measure(Number(process.argv[3]), process.argv[4])));
} else {
  let good = true;
  for (const scale of process.argv.slice(2)) {
    for (const format of ['tbl', 'parquet']) {
      const one = JSON.parse(
        execFileSync(process.execPath, [import.meta.filename, '--one', scale, format], { encoding: 'utf8' }),
      );
      const wrong = Object.keys(one.sums).filter((table) => !one.sums[table]);
      const checked = Object.keys(one.sums).length;
      const sums = format === 'tbl' ? ` · MD5 ${checked - wrong.length}/${checked} equal to the reference` : '';
      const rates = `${Math.round(one.rows / one.seconds / 1000)} k rows/s · ${(one.bytes / one.seconds / 1e6).toFixed(1)} MB/s`;
      const peak = `peak ${(one.peak / 1024 ** 2).toFixed(0)} MiB`;
      console.log(
        `SF ${scale} ${format}: ${one.rows} rows · ${(one.bytes / 1e6).toFixed(1)} MB · ${one.seconds.toFixed(1)} s · ${rates} · ${peak}${sums}`,
      );
      if (wrong.length > 0) console.log(`  differ: ${wrong.join(', ')}`);
      good &&= wrong.length === 0 && one.peak <= PEAK_BOUND;
    }
  }
  process.exit(good ? 0 : 1);
}
