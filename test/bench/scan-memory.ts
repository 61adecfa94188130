import { execFileSync } from 'node:child_process';
import { Engine, memory } from './engine.ts';
import { Tables } from './tables.ts';

export interface MemoryReport {
  readonly rows: number;
  readonly columns: number;
  readonly maxRssBytes: number;
  /** Most bytes that were handed out at once. */
  readonly linearBytes: number;
}

/** Marks the process that only scans: `node bench.mjs --scan-memory FOLDER`. */
export const SCAN_MEMORY = '--scan-memory';

/** A scan of all columns of lineitem in a process of its own, which reads the file range by range. */
export function scanMemory(bundle: string, folder: string): MemoryReport {
  return JSON.parse(
    execFileSync(process.execPath, [bundle, SCAN_MEMORY, folder], { encoding: 'utf8' }),
  ) as MemoryReport;
}

export async function scanAndReport(folder: string): Promise<MemoryReport> {
  const tables = new Tables(folder, { resident: false });
  const columns = tables.file('lineitem').footer.schema.map(({ name }) => name);
  const rows = await new Engine(tables).decode('lineitem', columns);
  return {
    rows,
    columns: columns.length,
    maxRssBytes: process.resourceUsage().maxRSS * 1024,
    linearBytes: memory.peak,
  };
}
