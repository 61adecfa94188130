import type { Random } from '../../../src/common/clock.ts';
import type { Value } from '../../../src/common/types.ts';
import type { ColumnKind } from './column-kinds.ts';

export interface CorpusColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly values: readonly Value[];
  /** No NULL, and the file says so. */
  readonly required: boolean;
}

const below = (random: Random, n: number) => Math.floor(random.next() * n);

/** A column of random values: few or many different ones, in runs or not, in order or not, with NULLs of some pattern. */
export function corpusColumn(random: Random, kind: ColumnKind, rows: number): CorpusColumn {
  const distinct = [1, 2, 5, 60, 1000, 2000][below(random, 6)] as number;
  const domain = Array.from({ length: Math.min(distinct, Math.max(1, rows)) }, () => kind.value(random));
  const runs = [1, 1, 3, 50][below(random, 4)] as number;
  const nullPattern = below(random, 5);
  let current = 0;
  const values = Array.from({ length: rows }, (_, row): Value => {
    if (row % runs === 0) current = below(random, domain.length);
    if (nullPattern === 1) return null;
    if (nullPattern === 2 && random.next() < 0.3) return null;
    if (nullPattern === 3 && (row >> 6) % 3 === 1) return null;
    return domain[current] as Value;
  });
  return { name: kind.name, kind, values, required: nullPattern === 0 && random.next() < 0.5 };
}
