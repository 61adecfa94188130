import { distance } from 'fastest-levenshtein';

/** The names that a misspelt one may have meant, nearest first. */
export function nearNames(name: string, candidates: readonly string[], limit = 3): readonly string[] {
  const wanted = name.toLowerCase();
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, cost: cost(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, cost }) => cost <= allowed && cost < Math.max(wanted.length, candidate.length))
    .sort((a, b) => a.cost - b.cost || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** A name that begins or ends with the wanted one is as near as a small slip. */
function cost(wanted: string, candidate: string): number {
  const edits = distance(wanted, candidate);
  const isPart = wanted.length >= 3 && (candidate.endsWith(`_${wanted}`) || candidate.startsWith(`${wanted}_`));
  return isPart ? Math.min(edits, 1) : edits;
}

/** `did you mean "a" or "b"?`; null when nothing is near. */
export function didYouMean(name: string, candidates: readonly string[]): string | null {
  const near = nearNames(name, candidates).map((candidate) => `"${candidate}"`);
  const last = near.pop();
  if (last === undefined) return null;
  return `did you mean ${near.length === 0 ? last : `${near.join(', ')} or ${last}`}?`;
}

/** `a, b, c, …`: at most `limit` names. */
export function listed(names: readonly string[], limit = 8): string {
  return names.length > limit ? `${names.slice(0, limit).join(', ')}, …` : names.join(', ');
}
