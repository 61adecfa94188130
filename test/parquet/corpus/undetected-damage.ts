import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../src/common/clock.ts';
import { SquallError } from '../../../src/common/errors.ts';
import type { Value } from '../../../src/common/types.ts';
import { mutate } from '../../../src/parquet/codec/fixtures/mutate.ts';
import type { CaseContext, CorpusFile } from './check-case.ts';
import { duckdbColumns } from './duckdb-values.ts';
import { openFile, type ReadColumns, readMorselwise } from './read-file.ts';
import { checkSame, sameValue } from './same-value.ts';

export type UndetectedOutcome = 'refused' | 'right' | 'agreed';

/**
 * Damages pages of a file and reads it. Columns whose values have changed without an error must read the same in DuckDB:
 * throws an Error when they do not.
 */
export async function checkUndetectedDamage(
  file: CorpusFile,
  seed: number,
  { connection, folder }: CaseContext,
): Promise<UndetectedOutcome> {
  const random = seededRandom(seed);
  const { bytes, values, title } = file;
  const end = bytes.length - 8 - new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true);
  const from = 4 + Math.floor(random.next() * (end - 4));
  const damaged = Uint8Array.from(bytes);
  damaged.set(mutate(random, bytes.subarray(from, Math.min(end, from + 40))).subarray(0, end - from), from);
  let read: ReadColumns;
  try {
    read = await readMorselwise(await openFile(damaged), random);
  } catch (error) {
    if (error instanceof SquallError) return 'refused';
    throw error;
  }
  const changed = [...read].filter(([name, column]) => !isSame(column as readonly Value[], values.get(name)));
  if (changed.length === 0) return 'right';
  const path = join(folder, 'damaged.parquet').replaceAll("'", "''");
  writeFileSync(path, damaged);
  for (const [name, column] of changed) {
    const duckdb = await duckdbColumns(connection, `select "${name}" from '${path}'`);
    const expected = duckdb.get(name) as readonly Value[];
    checkSame(column as readonly Value[], expected, `seed ${seed} of ${title}: "${name}" beside DuckDB`);
  }
  return 'agreed';
}

const isSame = (a: readonly Value[], b: readonly Value[] = []) =>
  a.length === b.length && a.every((value, row) => sameValue(value, b[row]));
