import { assertNever } from '../../common/errors.ts';
import type { StageId } from '../../common/ids.ts';
import type { Manifest } from '../../operators/task.ts';
import { readings } from '../stages/routes.ts';
import type { PartitionRoute } from '../stages/stage-graph.ts';

/** Rows and bytes, as they were written. */
export interface Amount {
  readonly rows: number;
  readonly bytes: number;
}

export type Outputs = ReadonlyMap<StageId, readonly Manifest[]>;

/** What a stage delivered. */
export function amountOf(outputs: readonly Manifest[]): Amount {
  return outputs.reduce(
    (sum, manifest) => ({ rows: sum.rows + manifest.rows, bytes: sum.bytes + bodyBytes(manifest) }),
    { rows: 0, bytes: 0 },
  );
}

/** By partition: what each producer has for it. Null where rows went over links: nobody knows. */
export function amountsOfPartitions(
  route: PartitionRoute,
  outputs: readonly Manifest[],
): readonly (readonly Amount[])[] | null {
  const count = route.to.prefix;
  const amounts: Amount[][] = [];
  for (let partition = 0; partition < count; partition++) {
    const parts: Amount[] = [];
    for (const { producer, from, to } of readings(route, { from: partition, to: partition + 1 })) {
      const pieces = outputs[producer]?.partitions;
      if (!pieces) return null;
      const slice = pieces.slice(from, to);
      parts.push({
        rows: slice.reduce((sum, { rows }) => sum + rows, 0),
        bytes: slice.reduce((sum, { length }) => sum + length, 0),
      });
    }
    amounts.push(parts);
  }
  return amounts;
}

function bodyBytes({ body }: Manifest): number {
  switch (body.kind) {
    case 'inline':
      return body.bytes.length;
    case 'object':
      return body.size;
    case 'links':
      return 0;
    default:
      return assertNever(body);
  }
}
