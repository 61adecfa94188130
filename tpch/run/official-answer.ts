import { type Field, type Value, valueText } from '../../src/index.ts';
import { answerText } from './query-text.ts';

/** Half a unit of the last place that the answers print, and what its addition to a double may lose. */
const HALF = 0.005 + 1e-9;

/**
 * What the answers print that no exact arithmetic gives, by query. The prices of query 17 add up to 2438842.38, a seventh of which
 * is 348406.054; the published value is a seventh of 2438842.14.
 */
const ERRATA: ReadonlyMap<number, readonly [printed: string, right: string]> = new Map([
  [17, ['348406.02', '348406.05']],
]);

/** Where rows differ from the official answer at scale factor 1, at the rounding it is printed with; null where they do not. */
export function differenceFromOfficial(
  query: number,
  columns: readonly Field[],
  rows: readonly (readonly Value[])[],
): string | null {
  const official = officialRows(query);
  if (rows.length !== official.length) return `${rows.length} rows instead of ${official.length}`;
  const texts = columns.map(({ type }) => valueText(type));
  for (const [at, expected] of official.entries()) {
    const actual = rows[at]!.map((value, column) => (value === null ? 'NULL' : texts[column]!(value).trim()));
    if (actual.length !== expected.length) return `${actual.length} columns instead of ${expected.length}`;
    const column = expected.findIndex((cell, i) => !sameCell(actual[i]!, cell));
    if (column >= 0) {
      return `row ${at + 1}, column ${columns[column]!.name}: ${actual[column]} instead of ${expected[column]}`;
    }
  }
  return null;
}

function officialRows(query: number): readonly (readonly string[])[] {
  const [, ...lines] = answerText(query).trimEnd().split('\n');
  const [printed, right] = ERRATA.get(query) ?? [];
  const corrected = (cell: string) => (right !== undefined && cell === printed ? right : cell);
  return lines.map((line) => line.split('|').map((cell) => corrected(cell.trim())));
}

function sameCell(actual: string, official: string): boolean {
  if (!/^-?\d+\.\d\d$/.test(official)) return actual === official;
  const value = Number(official);
  return Math.abs(Number(actual) - value) <= HALF + Math.abs(value) * 2 ** -50;
}
