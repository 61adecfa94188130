import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { formatExpr } from '../../operators/expr/format.ts';
import { rewriteExpr } from '../../operators/expr/rewrite.ts';
import { formatLogical } from '../logical/format-logical.ts';
import type { ClassMember, JoinGraph, Relation } from './join-graph.ts';

/**
 * The graph with relations, classes and predicates in an order that does not depend on the order of the text: by what the
 * relations print as, those that print alike by what their conditions connect them with, and so on (the colour refinement of
 * Weisfeiler and Leman, 1968). Relations that are alike even then can change places without changing the plan.
 */
export function canonicalGraph(graph: JoinGraph): JoinGraph {
  const ranks = ranksOf(graph);
  const order = graph.relations.map((_, i) => i).sort((a, b) => (ranks[a] as number) - (ranks[b] as number));
  const moved = new Map(order.map((before, after) => [before, after]));
  const place = (relation: number) => moved.get(relation) as number;
  const makers = makersOf(graph.relations);
  const text = (expr: Expr) => labelled(expr, (id) => `${ranks[makers.get(id) ?? -1] ?? ''}`);
  const byText = <T>(items: readonly T[], textOf: (item: T) => string): readonly T[] =>
    items
      .map((item) => ({ item, text: textOf(item) }))
      .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
      .map(({ item }) => item);
  const numbers = (list: readonly number[]) => list.map(place).sort((a, b) => a - b);
  return {
    relations: order.map((before) => {
      const { plan, appended } = graph.relations[before] as Relation;
      return { plan, appended: appended && { ...appended, needs: numbers(appended.needs) } };
    }),
    predicates: byText(graph.predicates, ({ expr }) => text(expr)).map(({ expr, reads, sides }) => ({
      expr,
      reads: numbers(reads),
      sides: sides && [numbers(sides[0]), numbers(sides[1])],
    })),
    late: graph.late,
    classes: byText(
      graph.classes.map(({ members }) => ({
        members: byText(members, ({ expr }) => text(expr)).map(({ expr, relation }) => ({
          expr,
          relation: place(relation),
        })),
      })),
      ({ members }) => members.map(({ expr }) => text(expr)).join(' = '),
    ),
  };
}

/** Rounds by relations: so many relations that are alike for so long are not told apart by more. */
const RELATION_ROUNDS = 1000;
const LEAST_ROUNDS = 3;

function ranksOf(graph: JoinGraph): readonly number[] {
  const { relations, predicates, classes } = graph;
  const makers = makersOf(relations);
  const classesOf = relations.map((_, relation) =>
    classes.flatMap(({ members }, index) =>
      members.filter((member) => member.relation === relation).map((member) => [index, member] as const),
    ),
  );
  let ranks = ranked(relations.map(({ plan, appended }) => `${appended?.type ?? ''} ${formatLogical(plan)}`));
  let rounds = Math.max(LEAST_ROUNDS, Math.floor(RELATION_ROUNDS / relations.length));
  let groups = 0;
  for (let found = new Set(ranks).size; found !== groups && found < relations.length && rounds > 0; rounds--) {
    groups = found;
    const before = ranks;
    const view = (expr: Expr, relation: number) =>
      labelled(expr, (id) => {
        const maker = makers.get(id) ?? -1;
        return maker === relation ? 'this' : `${before[maker] ?? ''}`;
      });
    const classTexts = classes.map(({ members }) =>
      members
        .map(({ expr }) => view(expr, -1))
        .sort()
        .join(' = '),
    );
    ranks = ranked(
      relations.map(({ appended }, relation) => {
        const conditions = [
          ...predicates.filter(({ reads }) => reads.includes(relation)).map(({ expr }) => view(expr, relation)),
          ...(classesOf[relation] as readonly (readonly [number, ClassMember])[]).map(
            ([index, { expr }]) => `${view(expr, relation)} among ${classTexts[index]}`,
          ),
          ...relations.flatMap((other, index) =>
            other.appended && (index === relation || other.appended.needs.includes(relation))
              ? [other.appended.condition, other.appended.compare].map((expr) => (expr ? view(expr, relation) : ''))
              : [],
          ),
        ];
        return [String(before[relation]).padStart(6, '0'), appended?.type ?? '', ...conditions.sort()].join('\n');
      }),
    );
    found = new Set(ranks).size;
  }
  return ranks;
}

/** The place of each text among the different ones in their order. */
function ranked(texts: readonly string[]): readonly number[] {
  const places = new Map([...new Set(texts)].sort().map((text, place) => [text, place]));
  return texts.map((text) => places.get(text) as number);
}

function makersOf(relations: readonly Relation[]): ReadonlyMap<ColumnId, number> {
  return new Map(
    relations.flatMap(({ plan, appended }, index) => [
      ...plan.columns.map(({ id }) => [id, index] as const),
      ...(appended?.mark ? [[appended.mark.id, index] as const] : []),
    ]),
  );
}

const labelled = (expr: Expr, label: (id: ColumnId) => string) =>
  formatExpr(
    rewriteExpr(expr, (node) => (node.kind === 'column' ? { ...node, name: `${label(node.id)}.${node.name}` } : node)),
  );
