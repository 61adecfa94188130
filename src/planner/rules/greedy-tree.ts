import { InternalError } from '../../common/errors.ts';
import type { JoinCardinality } from './join-cardinality.ts';
import type { JoinGraph, Relation } from './join-graph.ts';
import type { JoinTree } from './join-search.ts';

interface Part {
  readonly tree: JoinTree;
  /** Ascending. */
  readonly members: readonly number[];
  readonly rows: number;
}

/** A join of two parts that may be made. */
interface Offer {
  readonly left: Part;
  readonly right: Part;
  readonly rows: number;
  readonly connected: boolean;
}

/**
 * Joins the two parts whose join gives the fewest rows, until there is one part (Fegaras, "A new heuristic for optimizing large
 * queries", DEXA 1998). Parts that no condition connects are crossed when nothing else is left.
 */
export function greedyTree(graph: JoinGraph, cardinality: JoinCardinality): JoinTree {
  let parts: readonly Part[] = graph.relations.map((_, relation) => ({
    tree: { kind: 'relation', relation },
    members: [relation],
    rows: cardinality.relationRows(relation),
  }));
  let offers = parts.flatMap((part, i) => parts.slice(i + 1).flatMap((other) => offersOf(part, other)));
  while (parts.length > 1) {
    const best = bestOf(offers);
    const { left, right, rows } = best;
    const joined: Part = {
      tree: { kind: 'join', left: left.tree, right: right.tree },
      members: union(left, right),
      rows,
    };
    const others = parts.filter((part) => part !== left && part !== right);
    offers = [
      ...offers.filter((offer) => [left, right].every((part) => offer.left !== part && offer.right !== part)),
      ...others.flatMap((other) => offersOf(joined, other)),
    ];
    parts = [...others, joined];
  }
  return (parts[0] as Part).tree;

  function offersOf(a: Part, b: Part): readonly Offer[] {
    const [large, small] = a.rows >= b.rows ? [a, b] : [b, a];
    const pair =
      appendedTo(a, b) ?? appendedTo(b, a) ?? (isAppended(a) || isAppended(b) ? null : { left: large, right: small });
    if (!pair) return [];
    const connected = isAppended(pair.right) || isConnected(graph, a, b);
    return [{ ...pair, rows: cardinality.rows(union(a, b)), connected }];
  }

  function isAppended({ members }: Part): boolean {
    return members.length === 1 && (graph.relations[members[0] as number] as Relation).appended !== null;
  }

  function appendedTo(left: Part, right: Part): Pick<Offer, 'left' | 'right'> | null {
    if (!isAppended(right) || isAppended(left)) return null;
    const { appended } = graph.relations[right.members[0] as number] as Relation;
    return appended?.needs.every((relation) => left.members.includes(relation)) ? { left, right } : null;
  }
}

const union = (a: Part, b: Part) => [...a.members, ...b.members].sort((x, y) => x - y);

function isConnected({ classes, predicates }: JoinGraph, a: Part, b: Part): boolean {
  const [inA, inB] = [new Set(a.members), new Set(b.members)];
  const shared = classes.some(
    ({ members }) =>
      members.some(({ relation }) => inA.has(relation)) && members.some(({ relation }) => inB.has(relation)),
  );
  const within = (side: readonly number[], part: ReadonlySet<number>) => side.every((relation) => part.has(relation));
  return (
    shared ||
    predicates.some(
      ({ sides }) =>
        sides !== null &&
        ((within(sides[0], inA) && within(sides[1], inB)) || (within(sides[0], inB) && within(sides[1], inA))),
    )
  );
}

function bestOf(offers: readonly Offer[]): Offer {
  const connected = offers.filter((offer) => offer.connected);
  const [first, ...others] = connected.length > 0 ? connected : offers;
  if (!first) throw new InternalError('no order of joins was found');
  return others.reduce((best, offer) => (offer.rows < best.rows ? offer : best), first);
}
