import type { SqlType, Value } from '../../../common/types.ts';
import { BIGINT, DOUBLE } from '../../../common/types.ts';
import { outOfRange } from '../../expr/ranges.ts';
import type { Accumulator } from '../accumulator.ts';
import type { AggregateFunction } from '../aggregate-function.ts';
import { doubleArguments } from './numeric-argument.ts';

/** Count, means and sums of squared and multiplied distances from them. */
interface Moments {
  readonly n: number;
  readonly meanX: number;
  readonly meanY: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

const NONE: Moments = { n: 0, meanX: 0, meanY: 0, xx: 0, yy: 0, xy: 0 };

/** Chan, Golub, LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979. */
function combined(a: Moments, b: Moments): Moments {
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const n = a.n + b.n;
  const dx = b.meanX - a.meanX;
  const dy = b.meanY - a.meanY;
  const weight = (a.n * b.n) / n;
  return {
    n,
    meanX: a.meanX + (dx * b.n) / n,
    meanY: a.meanY + (dy * b.n) / n,
    xx: a.xx + b.xx + dx * dx * weight,
    yy: a.yy + b.yy + dy * dy * weight,
    xy: a.xy + b.xy + dx * dy * weight,
  };
}

/** Null where the function has no value for so few rows. */
type Finish = (moments: Moments) => number | null;

/** Of one column, x. */
class MomentsAccumulator implements Accumulator {
  readonly #name: string;
  readonly #finish: Finish;
  #moments = NONE;

  constructor(name: string, finish: Finish) {
    this.#name = name;
    this.#finish = finish;
  }

  add(value: Value): void {
    if (value !== null) this.#take(value as number, 0);
  }

  merge([n, mean, squares]: readonly Value[]): void {
    this.combine({ ...NONE, n: Number(n), meanX: mean as number, xx: squares as number });
  }

  states(): readonly Value[] {
    const { n, meanX, xx } = this.moments;
    return [BigInt(n), meanX, xx];
  }

  result(): Value {
    const value = this.#finish(this.#moments);
    if (value !== null && !Number.isFinite(value)) throw outOfRange(this.#name, DOUBLE);
    return value;
  }

  protected get moments(): Moments {
    return this.#moments;
  }

  protected combine(other: Moments): void {
    this.#moments = combined(this.#moments, other);
  }

  /** Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", Technometrics 4(3), 1962. */
  #take(x: number, y: number): void {
    const { n: before, meanX, meanY, xx, yy, xy } = this.#moments;
    const n = before + 1;
    const dx = x - meanX;
    const dy = y - meanY;
    const newX = meanX + dx / n;
    const newY = meanY + dy / n;
    this.#moments = {
      n,
      meanX: newX,
      meanY: newY,
      xx: xx + dx * (x - newX),
      yy: yy + dy * (y - newY),
      xy: xy + dx * (y - newY),
    };
  }

  protected takePair(x: number, y: number): void {
    this.#take(x, y);
  }
}

/** Two columns, y first as SQL has it; rows with a NULL are passed over. */
class PairAccumulator extends MomentsAccumulator {
  override add(y: Value, x: Value = null): void {
    if (y !== null && x !== null) this.takePair(x as number, y as number);
  }

  override merge([n, meanX, meanY, xx, yy, xy]: readonly Value[]): void {
    const numbers = { meanX, meanY, xx, yy, xy } as Omit<Moments, 'n'>;
    this.combine({ n: Number(n), ...numbers });
  }

  override states(): readonly Value[] {
    const { n, meanX, meanY, xx, yy, xy } = this.moments;
    return [BigInt(n), meanX, meanY, xx, yy, xy];
  }
}

const stateFields = (doubles: number) => [
  { type: BIGINT as SqlType, nullable: false },
  ...Array.from({ length: doubles }, () => ({ type: DOUBLE, nullable: false })),
];

function ofOne(name: string, meaning: string, finish: Finish): AggregateFunction {
  return {
    name,
    doc: `${name}(a): ${meaning}, as a double`,
    resolve: (args) => {
      const argTypes = doubleArguments(args, 1);
      const create = () => new MomentsAccumulator(name, finish);
      return argTypes && { argTypes, type: DOUBLE, states: stateFields(2), combinable: true, create };
    },
  };
}

function ofTwo(name: string, meaning: string, finish: Finish): AggregateFunction {
  return {
    name,
    doc: `${name}(y, x): ${meaning}, as a double; rows with a NULL are passed over`,
    resolve: (args) => {
      const argTypes = doubleArguments(args, 2);
      const create = () => new PairAccumulator(name, finish);
      return argTypes && { argTypes, type: DOUBLE, states: stateFields(5), combinable: true, create };
    },
  };
}

const variancePop: Finish = ({ n, xx }) => (n === 0 ? null : xx / n);
const varianceSamp: Finish = ({ n, xx }) => (n < 2 ? null : xx / (n - 1));
const root =
  (finish: Finish): Finish =>
  (moments) => {
    const value = finish(moments);
    return value === null ? null : Math.sqrt(value);
  };
const some =
  (finish: (moments: Moments) => number | null): Finish =>
  (moments) =>
    moments.n === 0 ? null : finish(moments);

const slope = ({ xx, xy }: Moments) => (xx === 0 ? null : xy / xx);

const SAMPLE = 'over n - 1, NULL for fewer than two values';

export const MOMENTS: readonly AggregateFunction[] = [
  ofOne('stddev', `the standard deviation ${SAMPLE}`, root(varianceSamp)),
  ofOne('stddev_samp', `the standard deviation ${SAMPLE}`, root(varianceSamp)),
  ofOne('stddev_pop', 'the standard deviation over n', root(variancePop)),
  ofOne('variance', `the variance ${SAMPLE}`, varianceSamp),
  ofOne('var_samp', `the variance ${SAMPLE}`, varianceSamp),
  ofOne('var_pop', 'the variance over n', variancePop),
  ofTwo(
    'covar_pop',
    'the covariance over n',
    some(({ n, xy }) => xy / n),
  ),
  ofTwo('covar_samp', 'the covariance over n - 1, NULL for fewer than two rows', ({ n, xy }) =>
    n < 2 ? null : xy / (n - 1),
  ),
  ofTwo('corr', 'the correlation, NULL where a column is constant', ({ xx, yy, xy }) =>
    xx === 0 || yy === 0 ? null : Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy))),
  ),
  ofTwo('regr_slope', 'the slope of the line of least squares', some(slope)),
  ofTwo('regr_intercept', 'where the line of least squares has x = 0', (moments) => {
    const gradient = slope(moments);
    return gradient === null ? null : moments.meanY - gradient * moments.meanX;
  }),
  ofTwo(
    'regr_r2',
    'the squared correlation; 1 where y is constant',
    some(({ xx, yy, xy }) => (xx === 0 ? null : yy === 0 ? 1 : (xy * xy) / (xx * yy))),
  ),
  ofTwo(
    'regr_avgx',
    'the mean of x',
    some(({ meanX }) => meanX),
  ),
  ofTwo(
    'regr_avgy',
    'the mean of y',
    some(({ meanY }) => meanY),
  ),
  ofTwo(
    'regr_sxx',
    'the sum of squared distances of x from its mean',
    some(({ xx }) => xx),
  ),
  ofTwo(
    'regr_syy',
    'the sum of squared distances of y from its mean',
    some(({ yy }) => yy),
  ),
  ofTwo(
    'regr_sxy',
    'the sum of products of the distances of x and y from their means',
    some(({ xy }) => xy),
  ),
];
