import type { SamplePlan } from '../plan.ts';
import { forEachRow, type Rows } from '../rows.ts';
import { isSampled, sampleChoice, sampleKey } from './sample-choice.ts';

/** Decides about every row by its number in the input. */
export async function* interpretSample(plan: SamplePlan, input: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  const choice = sampleChoice(plan);
  const key = sampleKey(plan.seed, 0n);
  let place = 0n;
  for await (const rows of input) {
    const selection: number[] = [];
    forEachRow(rows, (row) => {
      if (isSampled(place++, key, choice)) selection.push(row);
    });
    yield { ...rows, selection };
  }
}
