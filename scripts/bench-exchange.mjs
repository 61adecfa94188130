// What an exchange does to rows in linear memory, against memcpy, apache-arrow and DuckDB, one thread, one process:
// npm run bench:exchange [-- options]
//   --rows N         default 1048576
//   --partitions L   numbers of partitions; default 16,64,256
//   --runs N         hot runs; default 5
//   --json FILE      the report for machines
// Exit code 1 when what is read back differs from what was written.
import { buildKernels } from './build.mjs';
import { runBundled } from './run-bundled.mjs';

await buildKernels();
await runBundled('test/bench/exchange/main.ts', process.argv.slice(2));
