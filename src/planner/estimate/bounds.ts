import { assertNever } from '../../common/errors.ts';
import type { LogicalAggregate, LogicalJoin, LogicalPlan, LogicalScan } from '../logical/logical-plan.ts';
import { nodes } from '../logical/rewrite.ts';
import { meetsOneRow } from '../rules/unique-keys.ts';
import { splitCondition } from './join-estimate.ts';

/** So many rows at least, and at most. */
export interface RowBounds {
  readonly min: number;
  readonly max: number;
}

export interface KnownRows {
  /** True: of two sides joined by equality at least one is taken to have each key once. Then the bounds are likely, not certain. */
  readonly foreignKeys?: boolean;
  /** Rows that a scan reads before its predicate; null: nobody knows. */
  scanned(scan: LogicalScan): number | null;
  /** What running stages have shown. */
  measured(plan: LogicalPlan): RowBounds | undefined;
}

/** How many rows the nodes of a plan can deliver whatever the data are: what footers count and operators guarantee, no estimate. */
export class Bounds {
  readonly #known: KnownRows;
  readonly #tables = new Map<number, LogicalPlan>();
  readonly #bounds = new WeakMap<LogicalPlan, RowBounds>();

  constructor(root: LogicalPlan, known: KnownRows) {
    this.#known = known;
    for (const node of nodes(root)) if (node.kind === 'with') this.#tables.set(node.table, node.definition);
  }

  of(plan: LogicalPlan): RowBounds {
    const found = this.#bounds.get(plan);
    if (found) return found;
    const measured = this.#known.measured(plan);
    const derived = measured && measured.min === measured.max ? measured : this.#derived(plan);
    const bounds = measured ? within(derived, measured) : derived;
    this.#bounds.set(plan, bounds);
    return bounds;
  }

  #derived(plan: LogicalPlan): RowBounds {
    switch (plan.kind) {
      case 'scan': {
        const rows = this.#known.scanned(plan);
        return { min: plan.predicate ? 0 : (rows ?? 0), max: rows ?? INFINITE };
      }
      case 'values':
        return exactly(plan.rows.length);
      case 'filter':
      case 'sample':
        return atMost(this.of(plan.input).max);
      case 'project':
      case 'sort':
      case 'window':
        return this.of(plan.input);
      case 'aggregate':
        return this.#groups(plan);
      case 'join':
        return this.#joined(plan);
      case 'setOperation': {
        const inputs = plan.inputs.map((input) => this.of(input));
        const sum = (of: (bounds: RowBounds) => number) => inputs.reduce((total, bounds) => total + of(bounds), 0);
        if (plan.operation === 'union')
          return { min: plan.all ? sum(({ min }) => min) : 0, max: sum(({ max }) => max) };
        const maxima = inputs.map(({ max }) => max);
        return atMost(plan.operation === 'intersect' ? Math.min(...maxima) : (maxima[0] as number));
      }
      case 'limit': {
        const { min, max } = this.of(plan.input);
        const left = (rows: number) => Math.min(plan.limit ?? INFINITE, Math.max(0, rows - plan.offset));
        return { min: left(min), max: left(max) };
      }
      case 'with':
        return this.of(plan.body);
      case 'commonTable': {
        const definition = this.#tables.get(plan.table);
        return definition ? this.of(definition) : UNKNOWN;
      }
      case 'unnest':
      case 'recursive':
      case 'workingTable':
      case 'apply':
        return UNKNOWN;
      default:
        return assertNever(plan);
    }
  }

  #groups({ input, groups, groupingSets }: LogicalAggregate): RowBounds {
    const { min, max } = this.of(input);
    const sets = groupingSets ?? [groups];
    const whole = sets.filter((set) => set.length === 0).length;
    const keyed = sets.length - whole;
    return { min: whole + (min > 0 ? keyed : 0), max: whole + (keyed === 0 ? 0 : keyed * max) };
  }

  #joined(plan: LogicalJoin): RowBounds {
    const [left, right] = [this.of(plan.left), this.of(plan.right)];
    const [one, other] = [meetsOneRow(plan, 'right'), meetsOneRow(plan, 'left')];
    const isKeyed =
      this.#known.foreignKeys === true && splitCondition(plan.condition, plan.left, plan.right).pairs.length > 0;
    const pairs = Math.min(
      one ? left.max : INFINITE,
      other ? right.max : INFINITE,
      isKeyed ? Math.max(left.max, right.max) : INFINITE,
      product(left.max, right.max),
    );
    const padded = (own: RowBounds, partner: RowBounds, isOne: boolean): RowBounds => ({
      min: own.min,
      max: isOne ? own.max : Math.min(pairs + own.max, product(own.max, Math.max(1, partner.max))),
    });
    switch (plan.type) {
      case 'semi':
      case 'anti':
        return atMost(left.max);
      case 'mark':
        return left;
      case 'inner':
        return atMost(pairs);
      case 'left':
        return padded(left, right, one);
      case 'right':
        return padded(right, left, other);
      case 'full':
        return { min: Math.max(left.min, right.min), max: pairs + left.max + right.max };
      default:
        return assertNever(plan.type);
    }
  }
}

const INFINITE = Number.POSITIVE_INFINITY;

/** Infinity times nothing is nothing. */
const product = (a: number, b: number) => (a === 0 || b === 0 ? 0 : a * b);

const UNKNOWN: RowBounds = { min: 0, max: INFINITE };
export const exactly = (rows: number): RowBounds => ({ min: rows, max: rows });
const atMost = (max: number): RowBounds => ({ min: 0, max });

/** What holds when both do. */
const within = (a: RowBounds, b: RowBounds): RowBounds => ({
  min: Math.max(a.min, b.min),
  max: Math.min(a.max, b.max),
});
