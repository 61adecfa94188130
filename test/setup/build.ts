import { buildBootstrap, buildKernels, buildLibrary, buildTpchWorker, buildWorker } from '../../scripts/build.mjs';

/** Before any test: the bundles that functions and threads run and the command line, from the sources under test. */
export async function setup(): Promise<void> {
  await buildKernels();
  await Promise.all([buildWorker(), buildBootstrap(), buildTpchWorker()]);
  buildLibrary({ types: false });
}
