// Links between functions against objects, on loopback, from one run:
// node test/bench/direct/run.mjs [--mb N, bytes of the shuffle, default 256] [--tasks N, default 16] [--latency MS, default 27]
import { runBundled } from '../../../scripts/run-bundled.mjs';

await runBundled('test/bench/direct/main.ts', process.argv.slice(2), ['objects-process']);
