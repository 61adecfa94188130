import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const REPORT = join(import.meta.dirname, '../../scripts/tpch-gen-report.mjs');

it('equals the reference at scale factors 0.1 and 1, below 1 GiB of memory', () => {
  const report = execFileSync(process.execPath, [REPORT, '0.1', '1'], { encoding: 'utf8' });
  process.stdout.write(report);
  expect(report.match(/MD5 8\/8 equal to the reference/g)).toHaveLength(2);
  expect(report).toMatch(/^SF 1 parquet: 8661245 rows/m);
});
