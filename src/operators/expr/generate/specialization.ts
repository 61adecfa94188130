import type { Morsel } from '../../../wasm/morsel.ts';
import type { Vector } from '../../../wasm/vector.ts';
import type { ExecutionContext } from '../../execution.ts';
import type { Column, ColumnId, Expr } from '../expr.ts';
import { positionOf } from '../interpret.ts';
import { collectColumns } from '../rewrite.ts';
import { type ColumnShape, shapeOf } from './column-shape.ts';
import { type MappedPart, mapDictionaryParts } from './dictionary-mapping.ts';
import { DictionaryValues, type EntryEvaluator } from './dictionary-values.ts';
import { ExprGenerator } from './expr-generator.ts';
import { ExprIds } from './expr-ids.ts';
import type { MappedColumn } from './input-table.ts';

/** The inputs of a generated function for one morsel. */
export interface Binding {
  readonly shapes: readonly ColumnShape[];
  readonly vectors: readonly (Vector | MappedColumn)[];
}

interface MappedValues {
  readonly part: MappedPart;
  readonly position: number;
  readonly values: DictionaryValues;
}

/** Expressions over morsels in which certain columns are dictionaries: what depends on one of these alone is looked up. */
export class Specialization {
  /** Over the used and the mapped columns. */
  readonly exprs: readonly Expr[];
  readonly #used: readonly { readonly column: Column; readonly position: number }[];
  readonly #mapped: readonly MappedValues[];

  constructor(
    exprs: readonly Expr[],
    inputColumns: readonly Column[],
    isDictionary: (position: number) => boolean,
    context: ExecutionContext,
    entryEvaluator: (expr: Expr, column: Column) => { evaluate: EntryEvaluator; close(): void },
  ) {
    const dictionaries = inputColumns.filter((_, position) => isDictionary(position));
    const parts: MappedPart[] = [];
    const ids = new ExprIds();
    this.exprs = exprs.map((expr) => mapDictionaryParts(expr, dictionaries, parts, (part) => ids.idOf(part), mayRaise));
    this.#mapped = parts.map((part) => {
      const { evaluate } = entryEvaluator(part.expr, part.column);
      const values = new DictionaryValues(part.expr.type, evaluate, mayRaise(part.expr, part.column), context);
      return { part, position: positionOf(part.column, inputColumns), values };
    });
    const needed = new Set<ColumnId>();
    for (const expr of this.exprs) collectColumns(expr, needed);
    this.#used = inputColumns
      .map((column, position) => ({ column, position }))
      .filter(({ column }) => needed.has(column.id));
  }

  bind(morsel: Morsel): Binding {
    const shapes: ColumnShape[] = [];
    const vectors: (Vector | MappedColumn)[] = [];
    for (const { column, position } of this.#used) {
      const vector = morsel.column(position);
      shapes.push(shapeOf(column, vector));
      vectors.push(vector);
    }
    for (const { part, position, values } of this.#mapped) {
      const codes = morsel.column(position);
      if (codes.kind !== 'dictionary') throw new TypeError(`column ${position} is no dictionary`);
      const found = values.valuesFor(codes, morsel);
      const hasNullEntries = found.validity !== 0;
      const bounds = shapeOf(part.column, found).bounds;
      shapes.push({
        id: part.id,
        type: part.expr.type,
        kind: 'mapped',
        hasNulls: codes.validity !== 0,
        hasNullEntries,
        bounds,
      });
      vectors.push({ kind: 'mapped', codes, values: found });
    }
    return { shapes, vectors };
  }

  /** The vector of an expression that is nothing but a mapped column of text, when it can be a dictionary. After `bind`. */
  dictionaryOf(expr: Expr, morsel: Morsel): Vector | null {
    if (expr.kind !== 'column') return null;
    const mapped = this.#mapped.find(({ part }) => part.id === expr.id);
    const codes = mapped && morsel.column(mapped.position);
    return codes?.kind === 'dictionary' && mapped ? mapped.values.asDictionary(codes) : null;
  }

  close(): void {
    for (const { values } of this.#mapped) values.close();
  }
}

/** True of what only the interpreter knows, too. */
function mayRaise(expr: Expr, { id, type }: Column): boolean {
  const shape: ColumnShape = { id, type, kind: 'views', hasNulls: true, hasNullEntries: false, bounds: null };
  return !ExprGenerator.canGenerate(expr, [shape], { heap: true, leave: true, raise: false });
}

/** Specializations by which columns of a morsel are dictionaries. */
export class Specializations {
  readonly #make: (isDictionary: (position: number) => boolean) => Specialization;
  readonly #positions: readonly number[];
  readonly #known = new Map<string, Specialization>();

  constructor(
    exprs: readonly Expr[],
    inputColumns: readonly Column[],
    context: ExecutionContext,
    entryEvaluator: (expr: Expr, column: Column) => { evaluate: EntryEvaluator; close(): void },
  ) {
    const ids = new Set<ColumnId>();
    for (const expr of exprs) collectColumns(expr, ids);
    this.#positions = inputColumns
      .map((_, position) => position)
      .filter((position) => ids.has((inputColumns[position] as Column).id));
    this.#make = (isDictionary) => new Specialization(exprs, inputColumns, isDictionary, context, entryEvaluator);
  }

  for(morsel: Morsel): Specialization {
    const dictionaries = this.#positions.filter((position) => morsel.column(position).kind === 'dictionary');
    const key = dictionaries.join();
    let known = this.#known.get(key);
    if (!known) {
      known = this.#make((position) => dictionaries.includes(position));
      this.#known.set(key, known);
    }
    return known;
  }

  close(): void {
    for (const specialization of this.#known.values()) specialization.close();
    this.#known.clear();
  }
}
