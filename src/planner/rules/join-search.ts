import { InternalError } from '../../common/errors.ts';
import { greedyTree } from './greedy-tree.ts';
import type { JoinCardinality } from './join-cardinality.ts';
import type { JoinGraph } from './join-graph.ts';

/** Which relations are joined with which; the right side of a join is the one that its hash table is built of. */
export type JoinTree =
  | { readonly kind: 'relation'; readonly relation: number }
  | { readonly kind: 'join'; readonly left: JoinTree; readonly right: JoinTree };

/** Relations up to which every order is looked at. */
const MAX_EXHAUSTIVE = 12;

/** Of one row: delivered by a join, looked up in a hash table, put into one. */
const OUTPUT_COST = 1;
const PROBE_COST = 1;
const BUILD_COST = 2;

function costOf(output: number, left: number, right: number, canSwap: boolean): number {
  const [probe, build] = canSwap && left < right ? [right, left] : [left, right];
  return OUTPUT_COST * output + PROBE_COST * probe + BUILD_COST * build;
}

/**
 * The cheapest tree of joins. Every order without cross products is looked at up to 12 relations, by dynamic programming over
 * their sets (DPsub of Moerkotte and Neumann, "Analysis of two existing and one new dynamic programming algorithm for the
 * generation of optimal bushy join trees without cross products", VLDB 2006); above, the pair of trees whose join gives the fewest
 * rows is joined, again and again (`greedyTree`). Parts that no condition connects are crossed, each whole.
 */
export function cheapestTree(graph: JoinGraph, cardinality: JoinCardinality): JoinTree {
  if (graph.relations.length > MAX_EXHAUSTIVE) return greedyTree(graph, cardinality);
  const links = new Links(graph);
  const canSwap = graph.relations.map(
    ({ appended }) => appended !== null && appended.type !== 'mark' && !appended.compare,
  );
  const search = { cardinality, canSwap };
  const connected = exhaustive({ ...search, joinable: (left, right) => links.joinable(left, right) });
  if (connected) return connected;
  const crossed = exhaustive({ ...search, joinable: (left, right) => links.crossable(left, right) });
  if (crossed) return crossed;
  throw new InternalError('no order of joins was found');
}

interface Search {
  readonly cardinality: JoinCardinality;
  /** Per relation: joins that keep to their sides, but may build their hash table of either. */
  readonly canSwap: readonly boolean[];
  readonly joinable: (left: number, right: number) => boolean;
}

/** Null when the pairs that are allowed make no tree of all relations. */
function exhaustive({ cardinality, canSwap, joinable }: Search): JoinTree | null {
  const count = canSwap.length;
  const all = 2 ** count - 1;
  const rows = new Float64Array(all + 1);
  const cost = new Float64Array(all + 1).fill(Number.POSITIVE_INFINITY);
  const leftOf = new Int32Array(all + 1);
  const rowsOf = rowsOfSets(all, cardinality);
  for (let relation = 0; relation < count; relation++) {
    cost[1 << relation] = 0;
    rows[1 << relation] = cardinality.relationRows(relation);
  }
  for (let set = 1; set <= all; set++) {
    if (isSingle(set)) continue;
    let output = -1;
    for (let left = (set - 1) & set; left > 0; left = (left - 1) & set) {
      const right = set ^ left;
      const below = (cost[left] as number) + (cost[right] as number);
      if (below >= (cost[set] as number) || !joinable(left, right)) continue;
      if (output < 0) output = rowsOf(set);
      const swap = isSingle(right) && canSwap[Math.log2(right)] === true;
      const total = below + costOf(output, rows[left] as number, rows[right] as number, swap);
      if (total < (cost[set] as number)) {
        cost[set] = total;
        leftOf[set] = left;
      }
    }
    rows[set] = output;
  }
  if (cost[all] === Number.POSITIVE_INFINITY) return null;
  const tree = (set: number): JoinTree => {
    if (isSingle(set)) return { kind: 'relation', relation: Math.log2(set) };
    const left = leftOf[set] as number;
    return { kind: 'join', left: tree(left), right: tree(set ^ left) };
  };
  return tree(all);
}

/** Rows of the join of the relations of a set: a set grows out of the one without its last relation. */
function rowsOfSets(all: number, cardinality: JoinCardinality): (set: number) => number {
  const byEqualities = new Float64Array(all + 1).fill(-1);
  byEqualities[0] = 1;
  const grown = (set: number, members: readonly number[]): number => {
    if (byEqualities[set] === -1) {
      const last = members.at(-1) as number;
      const before = members.slice(0, -1);
      byEqualities[set] = cardinality.grownBy(last, before, grown(set ^ (1 << last), before));
    }
    return byEqualities[set] as number;
  };
  return (set) => {
    const members = membersOf(set);
    return cardinality.kept(members, grown(set, members));
  };
}

function membersOf(set: number): readonly number[] {
  const members: number[] = [];
  for (let relation = 0; 1 << relation <= set; relation++) if (set & (1 << relation)) members.push(relation);
  return members;
}

const bitsOf = (relations: readonly number[]) => relations.reduce((set, relation) => set | (1 << relation), 0);
const isSingle = (set: number) => (set & (set - 1)) === 0;

/** Which sets of relations, as bits, may be joined. */
class Links {
  /** Per relation: those that equalities connect it with. */
  readonly #neighbours: readonly number[];
  /** The sides of equalities that read more than two relations. */
  readonly #wide: readonly (readonly [number, number])[];
  readonly #appended: number;
  readonly #needs: readonly number[];
  readonly #components: readonly number[];

  constructor({ relations, predicates, classes }: JoinGraph) {
    const equalities = predicates.filter(({ sides }) => sides !== null);
    const groups = [
      ...classes.map(({ members }) => bitsOf(members.map(({ relation }) => relation))),
      ...equalities.filter(({ reads }) => reads.length === 2).map(({ reads }) => bitsOf(reads)),
    ];
    this.#neighbours = relations.map((_, relation) =>
      groups.reduce((near, group) => (group & (1 << relation) ? near | group : near), 0),
    );
    this.#wide = equalities.flatMap(({ reads, sides }) =>
      sides && reads.length > 2 ? [[bitsOf(sides[0]), bitsOf(sides[1])] as const] : [],
    );
    this.#appended = bitsOf(relations.flatMap(({ appended }, relation) => (appended ? [relation] : [])));
    this.#needs = relations.map(({ appended }) => bitsOf(appended?.needs ?? []));
    this.#components = componentsOf(this.#neighbours);
  }

  /** Connected by an equality, or both whole parts that no equality connects. */
  joinable(left: number, right: number): boolean {
    if (!this.crossable(left, right)) return false;
    return this.#isAppended(right) || this.#connected(left, right) || this.#separate(left, right);
  }

  /** What appended joins need is on their left side. */
  crossable(left: number, right: number): boolean {
    if (this.#isAppended(left)) return false;
    return !this.#isAppended(right) || ((this.#needs[Math.log2(right)] as number) & ~left) === 0;
  }

  #isAppended(set: number): boolean {
    return isSingle(set) && (set & this.#appended) !== 0;
  }

  #connected(left: number, right: number): boolean {
    for (let relation = 0; 1 << relation <= left; relation++) {
      if (left & (1 << relation) && (this.#neighbours[relation] as number) & right) return true;
    }
    const within = (side: number, set: number) => (side & ~set) === 0;
    return this.#wide.some(([a, b]) => (within(a, left) && within(b, right)) || (within(a, right) && within(b, left)));
  }

  /** Neither splits what equalities connect. */
  #separate(left: number, right: number): boolean {
    return [left, right].every((set) => this.#components.every((part) => (part & set) === 0 || (part & ~set) === 0));
  }
}

/** The sets of what is connected with each other, as bits. */
function componentsOf(neighbours: readonly number[]): readonly number[] {
  let found: readonly number[] = [];
  for (const [relation, near] of neighbours.entries()) {
    const touched = found.filter((part) => (part & ((1 << relation) | near)) !== 0);
    const merged = touched.reduce((set, part) => set | part, (1 << relation) | near);
    found = [...found.filter((part) => !touched.includes(part)), merged];
  }
  return found;
}
