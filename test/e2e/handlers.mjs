// Workers that fail in every way a function can. Each writes its output first, as one that is killed later would have.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

function writeOutput({ task }) {
  const path = fileURLToPath(JSON.parse(task).output.uri);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'half an answer');
}

export const throws = async (event) => {
  writeOutput(event);
  throw new RangeError('no such luck');
};

export const exits = async (event) => {
  writeOutput(event);
  process.stdout.write('about to leave\n');
  process.exit(7);
};

export const growsHeap = async (event) => {
  writeOutput(event);
  const kept = [];
  for (;;) kept.push(new Array(1_000).fill(kept.length));
};

export const growsBuffers = async (event) => {
  writeOutput(event);
  const kept = [];
  for (;;) kept.push(Buffer.alloc(10_000_000, 1));
};

export const waits = async (event) => {
  writeOutput(event);
  await new Promise((resolve) => setTimeout(resolve, 600_000));
};

export const answersNonsense = async () => ({ report: '{"version":2}' });
