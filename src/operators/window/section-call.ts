import { InternalError } from '../../common/errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { SortKey, WindowCall, WindowPlan } from '../plan.ts';
import type { SortBuffer } from '../sort/sort-buffer.ts';
import type { KeyColumn } from '../sort/sort-rows.ts';
import { type CallInputs, callInputs } from './call-inputs.ts';
import type { PartitionColumn } from './frames.ts';
import type { Section } from './section.ts';

/** How the host reads an input in the partition that starts at a row: a column of the section, or a literal. */
export type HostInput = (section: Section, first: number) => PartitionColumn;

/** A window function and where its inputs stand among the buffered columns. */
export interface CallColumns {
  readonly call: WindowCall;
  readonly args: readonly HostInput[];
  /** Positions of the arguments; null for literals that no kernel reads as columns. */
  readonly argPositions: readonly (number | null)[];
  readonly filter: HostInput | null;
  readonly filterPosition: number | null;
  readonly start: HostInput | null;
  readonly end: HostInput | null;
  /** The only order key. */
  readonly orderKey: { readonly by: SortKey; readonly column: KeyColumn } | null;
}

/** What has to be buffered beside the input's columns and the keys, and how it is found again. */
export class WindowInputs {
  readonly exprs: readonly Expr[];
  readonly #plan: WindowPlan;
  readonly #inputs: readonly CallInputs[];

  constructor(plan: WindowPlan) {
    this.#plan = plan;
    this.#inputs = plan.functions.map(callInputs);
    const all = this.#inputs.flatMap(({ args, filter, start, end }) => [
      ...args.filter((arg, i) => !isConstant(arg, i)),
      ...[filter, start, end].filter((expr): expr is Expr => expr !== null && expr.kind !== 'literal'),
    ]);
    this.exprs = [...new Set(all)];
  }

  /** `state` buffers `exprs`. */
  columns({ positions, keys }: SortBuffer): readonly CallColumns[] {
    const { functions, orderBy, partitionBy } = this.#plan;
    const [by] = orderBy;
    const column = keys[partitionBy.length];
    const orderKey = by && column && orderBy.length === 1 ? { by, column } : null;
    const position = (expr: Expr): number => {
      const at = positions[this.exprs.indexOf(expr)];
      if (at === undefined) throw new InternalError('an input of a window function is not buffered');
      return at;
    };
    const read = (expr: Expr): HostInput => {
      if (expr.kind === 'literal' && !this.exprs.includes(expr)) {
        const { value } = expr;
        return () => () => value;
      }
      const at = position(expr);
      return (section, first) => section.partitionColumn(at, first);
    };
    return this.#inputs.map(({ args, filter, start, end }, i) => ({
      call: functions[i] as WindowCall,
      args: args.map(read),
      argPositions: args.map((arg, at) => (isConstant(arg, at) ? null : position(arg))),
      filter: filter && read(filter),
      filterPosition: filter && (filter.kind === 'literal' ? null : position(filter)),
      start: start && read(start),
      end: end && read(end),
      orderKey,
    }));
  }
}

/** Literals behind the first argument are read from the plan. */
const isConstant = (arg: Expr, index: number) => arg.kind === 'literal' && index > 0;
