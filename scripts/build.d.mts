export function buildWorker(): Promise<void>;
export function buildBootstrap(): Promise<void>;
export function buildTpchWorker(): Promise<void>;
export function buildKernels(): Promise<void>;
export function buildLibrary(options?: { readonly types?: boolean }): void;
