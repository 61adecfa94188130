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
  maxRssBytes: process.resourceUsage().maxRSS * 1024,
  linearBytes: memory.peak,
};
console.log(JSON.stringify(report));
