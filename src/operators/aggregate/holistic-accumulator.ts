import { InternalError } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import type { Accumulator } from './accumulator.ts';

/** What an accumulator that is not combinable shares: it is never asked for states. */
export abstract class HolisticAccumulator implements Accumulator {
  abstract add(value: Value, second?: Value): void;
  abstract result(): Value;

  merge(): void {
    throw new InternalError('an aggregate that is not combinable was given a state');
  }

  states(): readonly Value[] {
    throw new InternalError('an aggregate that is not combinable was asked for its state');
  }
}
