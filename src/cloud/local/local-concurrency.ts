import { availableParallelism } from 'node:os';

/** Functions at once unless somebody says how many. */
export const localConcurrency = (): number => Math.max(4, availableParallelism());
