import { assertNever } from '../../../common/errors.ts';
import type { Dialect } from './dialect.ts';

/** A node of node-sql-parser's tree: what it holds is checked where it is read. */
export type RawNode = { readonly [key: string]: unknown };

export type ParseBlock = (text: string) => BlockResult;

export type BlockResult =
  | { readonly ok: true; readonly node: RawNode }
  /** `offset` into the text; null when the parser does not say. */
  | { readonly ok: false; readonly message: string; readonly offset: number | null };

interface Build {
  readonly Parser: new () => { astify(text: string, options: { readonly database: string }): unknown };
}

/** Loads the build of node-sql-parser that reads one dialect (about 15 ms). */
export async function loadBuild(dialect: Dialect): Promise<ParseBlock> {
  const module = await importBuild(dialect);
  const build = ('default' in module ? module.default : module) as unknown as Build;
  const parser = new build.Parser();
  return (text) => {
    try {
      const tree = parser.astify(text, { database: dialect });
      const node: unknown = Array.isArray(tree) ? tree[0] : tree;
      if (typeof node === 'object' && node !== null && !(Array.isArray(tree) && tree.length !== 1)) {
        return { ok: true, node: node as RawNode };
      }
      return { ok: false, message: 'no statement, or several', offset: null };
    } catch (error) {
      if (error instanceof RangeError) return { ok: false, message: 'memory exhausted', offset: null };
      if (error instanceof Error) return { ok: false, message: error.message, offset: offsetOf(error) };
      throw error;
    }
  };
}

function importBuild(dialect: Dialect): Promise<object> {
  switch (dialect) {
    case 'trino':
      return import('node-sql-parser/build/trino.js');
    case 'mysql':
      return import('node-sql-parser/build/mysql.js');
    case 'bigquery':
      return import('node-sql-parser/build/bigquery.js');
    case 'snowflake':
      return import('node-sql-parser/build/snowflake.js');
    default:
      return assertNever(dialect);
  }
}

function offsetOf(error: Error): number | null {
  const location: unknown = 'location' in error ? error.location : undefined;
  if (typeof location !== 'object' || location === null || !('start' in location)) return null;
  const { start } = location;
  if (typeof start !== 'object' || start === null || !('offset' in start)) return null;
  return typeof start.offset === 'number' ? start.offset : null;
}
