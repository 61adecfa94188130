import { type ParseOptions, parse } from '../parse/parse.ts';

/** What the parameters in a text are called, each once: `1` for `$1` and the first `?`, `day` for `:day`. Throws what `parse` does. */
export async function parametersOf(sql: string, options: ParseOptions = {}): Promise<readonly string[]> {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('kind' in node && node.kind === 'parameter' && 'key' in node) found.add(String(node.key));
    for (const part of Object.values(node)) visit(part);
  };
  visit(await parse(sql, options));
  return [...found];
}
