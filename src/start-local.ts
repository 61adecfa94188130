import type { LocalServices, StartLocalOptions } from './cloud/local/start-local.ts';

export type { LocalServices, StartLocalOptions };

/** Starts both embedded servers on loopback. They are loaded only then. */
export async function startLocal(options: StartLocalOptions): Promise<LocalServices> {
  const embedded = await import('./cloud/local/start-local.ts');
  return embedded.startLocal(options);
}
