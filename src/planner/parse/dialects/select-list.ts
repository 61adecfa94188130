import type { Span } from '../../../common/errors.ts';
import { unsupported } from '../convert-context.ts';
import { rawNode } from './chain.ts';
import type { RawNode } from './parser-build.ts';

export interface RawColumn {
  readonly expr: unknown;
  /** The stand-in of the alias. */
  readonly alias: string | null;
}

/** What a SELECT of the parser may hold; everything else that is there is refused. */
const PARTS = ['type', 'columns', 'from', 'where', 'having', 'distinct', 'loc', 'tableList', 'columnList'];

/** The columns of a SELECT of the parser. */
export function columnsOf(node: RawNode, span: Span): readonly RawColumn[] {
  if (node.type !== 'select' || !Array.isArray(node.columns)) throw unsupported('this construct of the dialect', span);
  for (const [key, value] of Object.entries(node)) {
    if (!PARTS.includes(key) && !isEmpty(value)) throw unsupported('this construct of the dialect', span);
  }
  return node.columns.map((column: unknown): RawColumn => {
    const { expr, as } = rawNode(column, { span });
    if (as !== null && as !== undefined && typeof as !== 'string') throw unsupported('this alias', span);
    return { expr, alias: as ?? null };
  });
}

/** null, an empty list or text, or an object of such parts. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === false) return true;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}
