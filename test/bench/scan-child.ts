import { existsSync, readFileSync } from 'node:fs';
import { Engine, memory } from './engine.ts';
import type { MemoryReport } from './scan-memory.ts';
import { Tables } from './tables.ts';

/** `node scan-child.mjs FOLDER`: decodes lineitem range by range and prints a MemoryReport. */
const tables = new Tables(process.argv[2] as string, { resident: false });
const columns = tables.file('lineitem').footer.schema.map(({ name }) => name);
const rows = await new Engine(tables).decode('lineitem', columns);
const report: MemoryReport = {
  rows,
  columns: columns.length,
  maxRssBytes: peakResidentBytes(),
  linearBytes: memory.peak,
};
console.log(JSON.stringify(report));

/** Linux counts the pages of the parent, of which this process was a copy before it was itself, in maxRSS, but not in VmHWM. */
function peakResidentBytes(): number {
  const status = '/proc/self/status';
  const kilobytes = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  return 1024 * (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes));
}
