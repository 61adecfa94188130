import { type DistributedPlan, type ExchangePlan, inputsOf } from './distributed-plan.ts';
import type { Planned } from './distribution.ts';
import { isMoved } from './exchanges.ts';
import type { PhysicalJoin } from './join-condition.ts';
import {
  type JoinOption,
  type JoinOptions,
  joinOptions,
  type Meeting,
  type PartitionedOption,
  type Side,
  together,
} from './join-options.ts';
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
 * the least regret: over all sizes that the sides can have, the most bytes moved in proportion to what would have been best. A side
 * whose size decides between two ways is made first, written by partition: then every task of the other side can read all of it, or the
 * other side is partitioned too. That other side waits.
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
  const ways = orientations.map((orientation): Ways<O> => waysOf(orientation, orientation !== first, context));
  const best = (left: number, right: number) =>
    Math.min(...ways.flatMap(({ options, frame }) => options.map((option) => option.cost(...frame(left, right)))));
  const strategies = ways.flatMap((way) => strategiesOf(way, way.orientation === first, best, context));
  const chosen = leastRegret(strategies, left.size, right.size, (cost, l, r) => regretOf(cost, best(l, r), context));
  return { ...chosen.meeting(), orientation: chosen.orientation };
}

/** What can be done in one orientation. */
interface Ways<O> {
  readonly orientation: O;
  readonly byKind: JoinOptions;
  readonly options: readonly JoinOption[];
  /** Between sizes of the first orientation's sides and those of this one's: it is its own inverse. */
  frame(left: number, right: number): [number, number];
}

function waysOf<O extends Orientation>(orientation: O, isSwapped: boolean, context: PhysicalContext): Ways<O> {
  const byKind = joinOptions(orientation.join, orientation.left, orientation.right, context);
  return {
    orientation,
    byKind,
    options: optionsOf(byKind),
    frame: (left, right) => (isSwapped ? [right, left] : [left, right]),
  };
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

/** The fewest bytes that sides of such sizes, those of the first orientation, can move. */
type Best = (left: number, right: number) => number;

function strategiesOf<O extends Orientation>(
  way: Ways<O>,
  isPreferred: boolean,
  best: Best,
  context: PhysicalContext,
): readonly Strategy<O>[] {
  const { orientation, byKind, frame } = way;
  const fixed = (option: JoinOption): Strategy<O> => ({
    orientation,
    cost: (left, right) => option.cost(...frame(left, right)),
    meeting: () => option.meeting(),
  });
  const { together, broadcast, partitioned } = byKind;
  const strategies = isPreferred ? [fixed(together)] : [];
  const later = laterOptions(orientation, byKind);
  if (later && !isCertain(orientation.right.size)) {
    const decide = onceKnown(later, orientation, (cost, left, right) =>
      regretOf(cost, best(...frame(left, right)), context),
    );
    strategies.push({
      orientation,
      cost: (left, right) => {
        const [ownLeft, ownRight] = frame(left, right);
        return decide(ownRight).cost(ownLeft, ownRight);
      },
      meeting: () => laterDecided(later.partitioned, orientation, decide, context),
    });
  } else {
    if (broadcast) strategies.push(fixed(broadcast));
    if (partitioned && (isPreferred || broadcast)) strategies.push(fixed(partitioned));
  }
  return strategies;
}

/** Ways that are all open once the right side is there, written by partition. */
interface LaterOptions {
  readonly partitioned: PartitionedOption;
  readonly whole: JoinOption;
}

function laterOptions({ left }: Orientation, { together, broadcast, partitioned }: JoinOptions): LaterOptions | null {
  const whole = left.planned.distribution.kind === 'single' ? together : broadcast;
  return whole && partitioned ? { whole, partitioned } : null;
}

/** The way with the less regret over the sizes of the left side when the right one has turned out to have so many bytes. */
const onceKnown =
  ({ whole, partitioned }: LaterOptions, { left }: Orientation, regretAt: Regret) =>
  (right: number): JoinOption => {
    const regret = (option: JoinOption) =>
      Math.max(...points(left.size).map((each) => regretAt(option.cost(each, right), each, right)));
    return regret(whole) < regret(partitioned) ? whole : partitioned;
  };

/** The likelier of the two ways, so that the other stays open where the size of the built side can make it the better one. */
function laterDecided(
  partitioned: PartitionedOption,
  { right }: Orientation,
  decide: (right: number) => JoinOption,
  context: PhysicalContext,
): Meeting {
  const likely = decide(right.size.bytes);
  if (points(right.size).every((bytes) => decide(bytes) === likely)) return likely.meeting();
  if (likely !== partitioned) return partitioned.undecided?.() ?? likely.meeting();
  const meeting = partitioned.meeting();
  return context.waits ? { ...meeting, left: waiting(meeting.left, meeting.right) } : meeting;
}

/** The left side, if it is to be moved, once what the right one is made of has been. */
function waiting(left: Planned, { plan: right }: Planned): Planned {
  const { plan } = left;
  const after = exchangesBelow(right);
  if (plan.kind !== 'exchange' || after.length === 0) return left;
  return { ...left, plan: { ...plan, after } };
}

/** What a plan reads from other stages. */
function exchangesBelow(plan: DistributedPlan): readonly ExchangePlan[] {
  if (plan.kind === 'exchange') return [plan];
  if (plan.kind === 'whole') return [plan.exchange];
  return inputsOf(plan).flatMap(exchangesBelow);
}

/** Sizes that stand for all that are possible. */
const points = ({ low, bytes, high }: Size): readonly number[] => [...new Set([low, bytes, high])];

/** How many times the bytes of the best that could be done; what a stage costs besides keeps small bytes from deciding. */
const regretOf = (cost: number, best: number, { limits }: PhysicalContext): number =>
  (cost + limits.stageBytes + 1) / (best + limits.stageBytes + 1);

/** Of a cost for sides of such sizes. */
type Regret = (cost: number, left: number, right: number) => number;

/** The strategy whose worst case, over all sizes, is least far from the best that could have been done. */
function leastRegret<O>(strategies: readonly Strategy<O>[], left: Size, right: Size, regretAt: Regret): Strategy<O> {
  const ranks = new Map(
    strategies.map((strategy) => {
      const regrets = points(left).flatMap((l) => points(right).map((r) => regretAt(strategy.cost(l, r), l, r)));
      return [strategy, [Math.max(...regrets), strategy.cost(left.bytes, right.bytes)] as const];
    }),
  );
  return strategies.reduce((least, strategy) => {
    const [a, b] = [ranks.get(strategy), ranks.get(least)] as [readonly [number, number], readonly [number, number]];
    return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? strategy : least;
  });
}
