/** The descriptor on which an instance holds one end of a pipe whose other end only its server has: the first after standard error. */
export const WATCHDOG_FD = 3;

/** Runs in a thread of its own, so that a handler that never yields can not stop it. */
const THREAD = `const { Socket } = require('node:net');
const die = () => process.kill(process.pid, 'SIGKILL');
new Socket({ fd: ${WATCHDOG_FD} }).on('error', die).on('close', die).resume();`;

/** The thread needs little memory; the environment forgets the option, or children of the handler would watch a pipe they do not have. */
const PRELOAD = `import { Worker, isMainThread } from 'node:worker_threads';
if (isMainThread) {
  process.env.NODE_OPTIONS = process.env.NODE_OPTIONS.replace(/--import data:\\S+ ?/, '');
  const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };
  new Worker(${JSON.stringify(THREAD)}, { eval: true, execArgv: [], env: {}, resourceLimits }).unref();
}`;

/**
 * Makes any Node runtime kill itself when its server is gone, however that ended: the kernel closes the server's end of
 * the pipe. For systems where the kernel can not be asked to signal the death of a parent.
 */
export const WATCHDOG_NODE_OPTION = `--import data:text/javascript,${encodeURIComponent(PRELOAD)}`;
