/**
 * By what factor an estimate is off, in either direction: 1 is exact. Both numbers count as one row at least (Moerkotte, Neumann
 * and Steidl, "Preventing bad plans by bounding the impact of cardinality estimation errors", VLDB 2009).
 */
export function qError(estimated: number, actual: number): number {
  const [a, b] = [Math.max(1, estimated), Math.max(1, actual)];
  return Math.max(a / b, b / a);
}
