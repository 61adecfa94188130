import { type ColumnShape, shapeCovers } from './column-shape.ts';
import { unite } from './operand.ts';

/**
 * Code by the shapes it was compiled for. A morsel whose bounds nobody foresaw gets code for the union of all bounds seen so
 * far, so that the variants of a column are few however its bounds drift.
 */
export class ShapeVariants<T> {
  readonly #variants: { readonly shapes: readonly ColumnShape[]; readonly code: T }[] = [];

  for(shapes: readonly ColumnShape[], compile: (shapes: readonly ColumnShape[]) => T): T {
    const found = this.#variants.find((variant) => variant.shapes.every((wide, i) => shapeCovers(wide, at(shapes, i))));
    if (found) return found.code;
    const widened = shapes.map((shape, i) => this.#widened(shape, i));
    const code = compile(widened);
    this.#variants.unshift({ shapes: widened, code });
    return code;
  }

  #widened(shape: ColumnShape, position: number): ColumnShape {
    const others = this.#variants.map(({ shapes }) => at(shapes, position)).filter(({ kind }) => kind === shape.kind);
    if (!shape.bounds || others.some(({ bounds }) => !bounds)) return { ...shape, bounds: null };
    return { ...shape, bounds: others.reduce((all, { bounds }) => (bounds ? unite(all, bounds) : all), shape.bounds) };
  }
}

const at = (shapes: readonly ColumnShape[], position: number) => shapes[position] as ColumnShape;
