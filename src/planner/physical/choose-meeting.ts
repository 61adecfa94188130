import type { DistributedPlan, ExchangePlan } from './distributed-plan.ts';
import type { Planned } from './distribution.ts';
import { isMoved } from './exchanges.ts';
import type { PhysicalJoin } from './join-condition.ts';
import { type JoinOption, type JoinOptions, joinOptions, type Meeting, type Side, together } from './join-options.ts';
import type { PhysicalContext, Size } from './physical-context.ts';

/** A join with the side that it builds on the right. */
export interface Orientation {
  readonly join: PhysicalJoin;
  readonly left: Side;
  readonly right: Side;
}

/** What is done, whatever turns out; the bytes it moves then. */
interface Strategy<O> {
  readonly orientation: O;
  cost(left: number, right: number): number;
  meeting(): Meeting;
}

/**
 * Chooses the side that is built and where the two meet; the first orientation where there is nothing to choose.
 *
 * While sizes are certain, or nothing can be decided later, that is the cheapest way for the first orientation. Else it is the way with
 * the least regret: over all sizes that the sides can have, the most bytes moved beyond what would have been best. A side whose size
 * decides between two ways is made first, written by partition: then every task of the other side can read all of it, or the other
 * side is partitioned too. That other side waits.
 */
export function chooseMeeting<O extends Orientation>(
  orientations: readonly [O, ...(readonly O[])],
  context: PhysicalContext,
): Meeting & { readonly orientation: O } {
  const [first] = orientations;
  const { left, right } = first;
  if (left.planned.distribution.kind === 'single' && right.planned.distribution.kind === 'single')
    return { ...together(left.planned, right.planned), orientation: first };
  const told = asTold(orientations, context);
  if (told) return told;
  if (isCertain(left.size) && isCertain(right.size) && orientations.every(isUnmoved)) {
    const best = cheapest(joinOptions(first.join, left, right, context), left.size.bytes, right.size.bytes);
    return { ...best.meeting(), orientation: first };
  }
  const strategies = orientations.flatMap((orientation, i) => strategiesOf(orientation, i === 0, first, context));
  const best = leastRegret(strategies, left.size, right.size);
  return { ...best.meeting(), orientation: best.orientation };
}

const isCertain = ({ low, high }: Size) => low === high;
const isUnmoved = ({ left, right }: Orientation) => !isMoved(left.planned) && !isMoved(right.planned);

/** What the user wants, if the join can be done so. */
function asTold<O extends Orientation>(
  orientations: readonly O[],
  context: PhysicalContext,
): (Meeting & { readonly orientation: O }) | null {
  const { joins } = context;
  if (joins === 'auto') return null;
  for (const orientation of orientations) {
    const option = joinOptions(orientation.join, orientation.left, orientation.right, context)[joins];
    if (option) return { ...option.meeting(), orientation };
  }
  return null;
}

const optionsOf = ({ together, broadcast, partitioned }: JoinOptions): readonly JoinOption[] =>
  [together, broadcast, partitioned].filter((option) => option !== null);

const cheapest = (options: JoinOptions, left: number, right: number): JoinOption =>
  optionsOf(options).reduce((best, option) => (option.cost(left, right) < best.cost(left, right) ? option : best));

/** `first` says which of the two sides the sizes belong to. */
function strategiesOf<O extends Orientation>(
  orientation: O,
  isPreferred: boolean,
  first: O,
  context: PhysicalContext,
): readonly Strategy<O>[] {
  const options = joinOptions(orientation.join, orientation.left, orientation.right, context);
  const isSwapped = orientation.left.logical !== first.left.logical;
  const costOf = (option: JoinOption) => (left: number, right: number) =>
    isSwapped ? option.cost(right, left) : option.cost(left, right);
  const fixed = (option: JoinOption): Strategy<O> => ({
    orientation,
    cost: costOf(option),
    meeting: () => option.meeting(),
  });
  const { together, broadcast, partitioned } = options;
  const strategies: Strategy<O>[] = [];
  if (isPreferred) strategies.push(fixed(together));
  if (broadcast && partitioned) {
    const [everywhere, byKeys] = [costOf(broadcast), costOf(partitioned)];
    strategies.push({
      orientation,
      cost: (left, right) => Math.min(everywhere(left, right), byKeys(left, right)),
      meeting: () => laterDecided(orientation, options, context),
    });
  } else if (broadcast) strategies.push(fixed(broadcast));
  else if (partitioned && isPreferred) strategies.push(fixed(partitioned));
  return strategies;
}

/** The likelier of the two ways, so that the other stays open where the size of the built side can make it the better one. */
function laterDecided({ left, right }: Orientation, options: JoinOptions, context: PhysicalContext): Meeting {
  const { broadcast, partitioned } = options as { readonly [K in keyof JoinOptions]: NonNullable<JoinOptions[K]> };
  const prefersBroadcast = (leftBytes: number, rightBytes: number) =>
    broadcast.cost(leftBytes, rightBytes) < partitioned.cost(leftBytes, rightBytes);
  const likely = prefersBroadcast(left.size.bytes, right.size.bytes);
  const canFlip = points(left.size).some((l) => points(right.size).some((r) => prefersBroadcast(l, r) !== likely));
  if (!canFlip || isCertain(right.size)) return (likely ? broadcast : partitioned).meeting();
  if (likely) return partitioned.undecided?.() ?? broadcast.meeting();
  const meeting = partitioned.meeting();
  return context.waits ? { ...meeting, left: waiting(meeting.left, meeting.right) } : meeting;
}

/** The left side, if it is to be moved, once the right one has been. */
function waiting(left: Planned, { plan: right }: Planned): Planned {
  const isNew = (plan: DistributedPlan): plan is ExchangePlan => plan.kind === 'exchange';
  if (!isNew(left.plan) || right.kind !== 'exchange') return left;
  return { ...left, plan: { ...left.plan, after: [right] } };
}

/** Sizes that stand for all that are possible. */
const points = ({ low, bytes, high }: Size): readonly number[] => [...new Set([low, bytes, high])];

function leastRegret<O>(strategies: readonly Strategy<O>[], left: Size, right: Size): Strategy<O> {
  const regrets = new Map(strategies.map((strategy) => [strategy, 0]));
  for (const l of points(left)) {
    for (const r of points(right)) {
      const least = Math.min(...strategies.map((strategy) => strategy.cost(l, r)));
      for (const strategy of strategies) {
        regrets.set(strategy, Math.max(regrets.get(strategy) as number, strategy.cost(l, r) - least));
      }
    }
  }
  const rank = (strategy: Strategy<O>) => [regrets.get(strategy) as number, strategy.cost(left.bytes, right.bytes)];
  return strategies.reduce((best, strategy) => {
    const [a, b] = [rank(strategy), rank(best)] as [[number, number], [number, number]];
    return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? strategy : best;
  });
}
