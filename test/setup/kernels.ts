import { useDebugKernels } from '../../src/wasm/kernels.ts';

// Every kernel checks its bounds in every test.
useDebugKernels();
