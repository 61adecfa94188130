import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { processesOf as processesIn } from '../e2e/squall.ts';

/** Processes whose environment names the folder, this one apart. */
export const processesOf = (folder: string): readonly string[] =>
  processesIn(folder).filter((pid) => pid !== String(process.pid));

/** Every file below a folder. */
export const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [relative(folder, `${entry.parentPath}/${entry.name}`)] : [],
  );

const KINDS: ReadonlySet<string> = new Set([
  'TCPSocketWrap',
  'TCPServerWrap',
  'PipeWrap',
  'ProcessWrap',
  'TLSWrap',
  'UDPWrap',
]);

/** Sockets, servers, pipes and child processes that this process has open, by kind. */
export function handles(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) if (KINDS.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The handles once they are those of `before`, or what they are after a second: a socket that was closed is gone a moment later. */
handles.settled = async (before: Readonly<Record<string, number>>): Promise<Readonly<Record<string, number>>> => {
  for (let waited = 0; waited < 1000 && JSON.stringify(handles()) !== JSON.stringify(before); waited += 10) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return handles();
};
