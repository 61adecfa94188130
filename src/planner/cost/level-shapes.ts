import { oneLevel, tasksOf } from '../stages/routes.ts';
import type { LevelShape } from '../stages/stage-graph.ts';

/** Levels that an exchange can have. */
export type Levels = 1 | 2 | 3;

/**
 * Producers, the tasks between, consumers: the shapes of an exchange of `levels` levels, one more than levels. Of the factors a, b, c
 * with a * b * c >= partitions, and of the numbers of groups, those that ask for least, in which a PUT counts as many GETs as it
 * costs; between two levels are about as many tasks as consumers, so that each takes on as much as a consumer. With as many producers as
 * consumers the factors are as equal as can be: 2P PUT and 2P√P GET, 3P PUT and 3P∛P GET (Lambada, SIGMOD 2020, section 4.4); with more
 * producers these are Starling's combiners (SIGMOD 2020, section 4.2).
 */
export function levelShapes(producers: number, partitions: number, levels: Levels): readonly LevelShape[] {
  const { from, to } = oneLevel(producers, partitions);
  const count = Math.min(levels, mostLevels(partitions));
  if (count === 1) return [from, to];
  let best: readonly LevelShape[] | null = null;
  for (const prefixes of prefixesOf(partitions, count === 2 ? 2 : 3)) {
    const shapes = [from];
    for (const prefix of prefixes) {
      const before = shapes.at(-1) as LevelShape;
      shapes.push({ groups: Math.min(before.groups, Math.ceil(partitions / prefix)), prefix });
    }
    shapes.push(to);
    if (best === null || weight(shapes) < weight(best)) best = shapes;
  }
  return best ?? [from, to];
}

/** Most levels of which each decides something. */
export const mostLevels = (partitions: number): Levels => (partitions > 4 ? 3 : partitions > 2 ? 2 : 1);

/** An object for every task that writes. */
export const putsOf = (shapes: readonly LevelShape[]): number =>
  shapes.slice(0, -1).reduce((sum, shape) => sum + tasksOf(shape), 0);

/** A slice for every task that reads and every one that it reads: those of a block of groups, of one number each. */
export const getsOf = (shapes: readonly LevelShape[]): number =>
  shapes.slice(1).reduce((sum, { prefix }, i) => sum + (shapes[i] as LevelShape).groups * prefix, 0);

/** GETs that cost as much as a PUT with the invocation of its task. */
const GETS_OF_A_PUT = 13;

const weight = (shapes: readonly LevelShape[]) => getsOf(shapes) + GETS_OF_A_PUT * putsOf(shapes);

/** For each choice of factors the products of the first ones, without the last: a, or a and a * b. */
function* prefixesOf(partitions: number, levels: 2 | 3): Generator<readonly number[]> {
  for (const last of quotients(partitions)) {
    if (levels === 2) yield [last];
    else for (const first of quotients(last)) yield [first, last];
  }
}

/** All that `n / factor` rounds up to with a factor of at least 2, but for 1. */
function* quotients(n: number): Generator<number> {
  for (let quotient = Math.ceil(n / 2); quotient > 1; ) {
    yield quotient;
    const factor = Math.ceil(n / (quotient - 1));
    quotient = Math.ceil(n / factor);
  }
}
