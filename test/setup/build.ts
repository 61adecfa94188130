import { buildBootstrap, buildKernels, buildWorker } from '../../scripts/build.mjs';

/** Before any test: the bundle that the functions run, from the sources under test. */
export async function setup(): Promise<void> {
  buildKernels();
  await Promise.all([buildWorker(), buildBootstrap()]);
}
