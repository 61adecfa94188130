// Time until the last task starts, flat against a tree: npm run bench:invocation
import { buildKernels } from './build.mjs';
import { runBundled } from './run-bundled.mjs';

await buildKernels();
await runBundled('test/bench/invocation/main.ts', process.argv.slice(2));
