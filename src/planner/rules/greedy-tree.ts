import { InternalError } from '../../common/errors.ts';
import type { JoinCardinality, JoinedPart } from './join-cardinality.ts';
import type { JoinGraph, Relation } from './join-graph.ts';
import type { JoinTree } from './join-search.ts';

interface Part extends JoinedPart {
  readonly tree: JoinTree;
}

/** A join of two parts that may be made. */
interface Offer {
  readonly left: Part;
  readonly right: Part;
  readonly rows: number;
}

/**
 * Joins the two parts whose join gives the fewest rows, until there is one part (Fegaras, "A new heuristic for optimizing large
 * queries", DEXA 1998). Parts that no condition connects are crossed when nothing else is left.
 */
export function greedyTree(graph: JoinGraph, cardinality: JoinCardinality): JoinTree {
  const neighbours = neighboursOf(graph);
  const parts = new Set<Part>();
  const partOf: Part[] = graph.relations.map((_, relation) => {
    const rows = cardinality.relationRows(relation);
    const part: Part = { tree: { kind: 'relation', relation }, members: [relation], rows };
    parts.add(part);
    return part;
  });
  let offers = [...parts].flatMap((part) =>
    near(part).flatMap((other) => (first(part) < first(other) ? offer(part, other) : [])),
  );
  while (parts.size > 1) {
    const best = fewest(offers) ?? fewest(everyPair());
    if (!best) throw new InternalError('no order of joins was found');
    const { left, right, rows } = best;
    const members = [...left.members, ...right.members].sort((a, b) => a - b);
    const joined: Part = { tree: { kind: 'join', left: left.tree, right: right.tree }, members, rows };
    for (const part of [left, right]) parts.delete(part);
    parts.add(joined);
    for (const relation of members) partOf[relation] = joined;
    const stands = ({ left: a, right: b }: Offer) => parts.has(a) && parts.has(b);
    offers = [...offers.filter(stands), ...near(joined).flatMap((other) => offer(joined, other))];
  }
  return (partOf[0] as Part).tree;

  function near(part: Part): readonly Part[] {
    const found = new Set(part.members.flatMap((relation) => [...(neighbours[relation] as ReadonlySet<number>)]));
    const others = new Set([...found].sort((a, b) => a - b).map((relation) => partOf[relation] as Part));
    others.delete(part);
    return [...others];
  }

  /** None when a join of the two cannot be made yet. */
  function offer(a: Part, b: Part): readonly Offer[] {
    const [large, small] = a.rows >= b.rows ? [a, b] : [b, a];
    const isFree = !isAppended(a) && !isAppended(b);
    const pair = appendedTo(a, b) ?? appendedTo(b, a) ?? (isFree ? { left: large, right: small } : null);
    return pair ? [{ ...pair, rows: cardinality.joinedRows(pair.left, pair.right) }] : [];
  }

  function everyPair(): readonly Offer[] {
    const all = [...parts].sort((a, b) => first(a) - first(b));
    return all.flatMap((part, i) => all.slice(i + 1).flatMap((other) => offer(part, other)));
  }

  function isAppended({ members }: Part): boolean {
    return members.length === 1 && (graph.relations[members[0] as number] as Relation).appended !== null;
  }

  function appendedTo(left: Part, right: Part): Pick<Offer, 'left' | 'right'> | null {
    if (!isAppended(right) || isAppended(left)) return null;
    const { appended } = graph.relations[first(right)] as Relation;
    return appended?.needs.every((relation) => partOf[relation] === left) ? { left, right } : null;
  }
}

const first = ({ members }: JoinedPart) => members[0] as number;

/** Per relation: those that an equality connects it with, or that an appended join needs. */
function neighboursOf({ relations, classes, predicates }: JoinGraph): readonly ReadonlySet<number>[] {
  const found = relations.map(() => new Set<number>());
  const connect = (together: readonly number[]) => {
    for (const a of together) for (const b of together) if (a !== b) found[a]?.add(b);
  };
  for (const { members } of classes) connect(members.map(({ relation }) => relation));
  for (const { reads, sides } of predicates) if (sides !== null) connect(reads);
  for (const [relation, { appended }] of relations.entries()) {
    for (const needed of appended?.needs ?? []) connect([relation, needed]);
  }
  return found;
}

function fewest(offers: readonly Offer[]): Offer | undefined {
  const [start, ...others] = offers;
  return others.reduce((best, each) => (best !== undefined && each.rows < best.rows ? each : best), start);
}
