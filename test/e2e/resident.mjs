// Runs command lines one after the other, each with an environment, a folder and a standard input of its own. Its parent sends
// { args, env, cwd, input, mark }; both outputs end with the mark, and the answer is { code, held }.
import { Readable } from 'node:stream';
import { runProgram } from '../../dist/src/cli/program.js';

// Both are opened now: what they hold is not of the commands.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);

process.on('message', async ({ args, env, cwd, input, mark }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  Object.defineProperty(process, 'stdin', { value: Readable.from([input]), configurable: true });
  const before = process.getActiveResourcesInfo();
  await runProgram(args);
  const held = await heldSince(before);
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  await Promise.all([written(process.stdout, mark), written(process.stderr, mark)]);
  process.send({ code, held });
});

const written = (stream, text) => new Promise((resolve) => stream.write(text, resolve));

/** What a command left that would keep a process of its own from ending. */
async function heldSince(before) {
  const allowed = counts(before);
  for (let turn = 0; ; turn++) {
    const more = [...counts(process.getActiveResourcesInfo())].filter(([kind, n]) => n > (allowed.get(kind) ?? 0));
    if (more.length === 0 || turn === 200) return more.map(([kind]) => kind);
    await new Promise((resolve) => setTimeout(resolve, 10).unref());
  }
}

function counts(kinds) {
  const all = new Map();
  for (const kind of kinds) all.set(kind, (all.get(kind) ?? 0) + 1);
  return all;
}
