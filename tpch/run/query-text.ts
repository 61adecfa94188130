import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InternalError } from '../../src/common/errors.ts';

/** The queries of the benchmark. */
export const TPCH_QUERIES: readonly number[] = Array.from({ length: 22 }, (_, i) => i + 1);

const fileName = (query: number, ending: string) => `q${String(query).padStart(2, '0')}.${ending}`;

/** The text of a query with its validation parameters, without the semicolon. */
export function queryText(query: number): string {
  return readFileSync(join(folder('queries'), fileName(query, 'sql')), 'utf8').replace(/;\s*$/, '');
}

/** The official answer at scale factor 1, as it was published. */
export function answerText(query: number): string {
  return readFileSync(join(folder('answers'), fileName(query, 'out')), 'utf8');
}

/** Beside the sources, or beside what is built of them. */
function folder(name: 'queries' | 'answers'): string {
  const found = ['..', '../../../tpch']
    .map((up) => join(import.meta.dirname, up, name))
    .find((path) => existsSync(path));
  if (found === undefined) throw new InternalError(`the ${name} of TPC-H are not installed`);
  return found;
}
