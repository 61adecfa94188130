import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface MemoryReport {
  readonly rows: number;
  readonly columns: number;
  readonly maxRssBytes: number;
  /** Most bytes of linear memory that were handed out at once. */
  readonly linearBytes: number;
}

/** A scan of all columns of lineitem in a process of its own, in which nothing else is loaded: scan-child.ts. */
export function scanMemory(folder: string): MemoryReport {
  const child = join(dirname(fileURLToPath(import.meta.url)), 'scan-child.mjs');
  return JSON.parse(execFileSync(process.execPath, [child, folder], { encoding: 'utf8' })) as MemoryReport;
}
