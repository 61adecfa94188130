import { Arena } from '../../wasm/arena.ts';
import { kernel } from '../../wasm/kernels.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import type { SamplePlan } from '../plan.ts';
import { sampleChoice, sampleKey } from './sample-choice.ts';

/** See kernels/sample.as.ts. */
interface SampleKernel {
  sampleRows(
    rows: Pointer,
    count: number,
    counted: boolean,
    first: bigint,
    shift: number,
    key: bigint,
    limit: bigint,
    out: Pointer,
  ): number;
}

/** Narrows selections. Where a morsel says where its rows lie, that decides about them; else their number in the input. */
export async function* executeSample(
  plan: SamplePlan,
  input: MorselStream,
  { memory }: Pick<ExecutionContext, 'memory'>,
): AsyncGenerator<Morsel> {
  const arena = new Arena({ memory });
  const { sampleRows } = kernel<SampleKernel>(memory.memory, 'sample');
  const { shift, limit } = sampleChoice(plan);
  let passed = 0n;
  try {
    for await (const morsel of input) {
      const { rows, selection, origin } = morsel;
      const count = liveRows(morsel);
      const out = arena.allocate(count * 4);
      const key = sampleKey(plan.seed, origin?.group ?? 0n);
      const first = origin ? BigInt(origin.row) : passed;
      const kept = sampleRows(selection?.rows ?? 0, count, origin === undefined, first, shift, key, limit, out);
      passed += BigInt(count);
      if (kept === count) yield morsel;
      else if (kept > 0) {
        yield { rows, selection: { rows: out, count: kept }, column: (index) => morsel.column(index) };
      }
      arena.reset();
    }
  } finally {
    arena.reset();
  }
}
