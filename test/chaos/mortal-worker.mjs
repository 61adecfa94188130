// The built worker, of whose invocations a share is killed: at some moment while it works, or when it has done everything but answer;
// others when they are told to be.
import { appendFileSync, closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { SQUALL_CHAOS_WORKER, SQUALL_CHAOS_FOLDER, SQUALL_CHAOS_SEED, SQUALL_CHAOS_SHARE, SQUALL_CHAOS_FIRST_MS } =
  process.env;
const { handler: work } = await import(pathToFileURL(SQUALL_CHAOS_WORKER).href);

/** Longest that one which is to die amidst its work lives, ms. */
const LONGEST_MS = 200;

/** How many invocations there were, of all instances. */
function invocationNumber() {
  const file = openSync(join(SQUALL_CHAOS_FOLDER, 'invocations'), 'a');
  writeSync(file, '.');
  const { size } = fstatSync(file);
  closeSync(file);
  return size;
}

/** Uniform in [0, 1), by the seed and two numbers (the finalizer of SplitMix64, cut to 32 bits). */
function chance(number, what) {
  let x = (Number(SQUALL_CHAOS_SEED) * 0x9e3779b1 + number * 0x85ebca6b + what * 0xc2b2ae35) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

function die() {
  appendFileSync(join(SQUALL_CHAOS_FOLDER, 'deaths'), '.');
  process.kill(process.pid, 'SIGKILL');
}

export const handler = async (event) => {
  const number = invocationNumber();
  if (number === 1 && SQUALL_CHAOS_FIRST_MS === '0') die();
  if (number === 1 && SQUALL_CHAOS_FIRST_MS) setTimeout(die, Number(SQUALL_CHAOS_FIRST_MS));
  if (chance(number, 0) >= Number(SQUALL_CHAOS_SHARE)) return work(event);
  if (chance(number, 1) < 0.7) setTimeout(die, chance(number, 2) * LONGEST_MS);
  await work(event);
  die();
  throw new Error('it outlived its death');
};
