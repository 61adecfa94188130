import type { CopyStmt, CreateTableAsStmt, DropStmt, ExplainStmt, Node, RangeVar, ViewStmt } from 'libpg-query';
import { InternalError, type Span } from '../../common/errors.ts';
import type {
  CopyStatement,
  CreateTableStatement,
  CreateViewStatement,
  DescribeStatement,
  DropViewStatement,
  ExplainStatement,
  Identifier,
  Query,
  SelectBody,
  SelectStatement,
  Statement,
  StatementOption,
} from './ast.ts';
import { type ConvertContext, unsupported } from './convert-context.ts';
import { convertQuery, convertSubquery } from './convert-query.ts';
import { namedTable } from './convert-table.ts';
import { stringOf } from './convert-type.ts';
import { isPunctuation, isWord } from './token.ts';

/** A statement of the grammar as ours; UnsupportedError SQ2001 names what has no counterpart. */
export function convertStatement(node: Node, ctx: ConvertContext): Statement {
  if ('ExplainStmt' in node) return explain(node.ExplainStmt, ctx);
  if ('ViewStmt' in node) return createView(node.ViewStmt, ctx);
  if ('CreateTableAsStmt' in node) return createTable(node.CreateTableAsStmt, ctx);
  if ('DropStmt' in node) return dropView(node.DropStmt, ctx);
  if ('CopyStmt' in node) return copy(node.CopyStmt, ctx);
  if ('SelectStmt' in node && isWord(ctx.list.at(0), 'describe', 'desc')) return describe(node, ctx);
  return select(node, ctx);
}

const READS =
  'Squall reads data: SELECT, WITH, VALUES, FROM, EXPLAIN, DESCRIBE, SHOW, CREATE VIEW, CREATE TABLE AS, COPY … TO';

function select(node: Node, ctx: ConvertContext): SelectStatement {
  if (!('SelectStmt' in node)) throw refused(ctx);
  const query = convertQuery(node.SelectStmt, ctx);
  return { kind: 'select', query, span: query.span };
}

/** The error for a statement that we do not carry, called by its first words. */
function refused(ctx: ConvertContext): Error {
  const words: string[] = [];
  const isLong = isWord(ctx.list.at(0), 'create', 'alter', 'drop', 'comment', 'refresh', 'import', 'security');
  let last = 0;
  for (let i = 0; i < (isLong ? 8 : 1); i++) {
    const token = ctx.list.at(i);
    if (token?.kind !== 'word') break;
    last = i;
    if (i === 0 || !FILLERS.has(token.value)) words.push(token.value.toUpperCase());
    if (words.length === 2) break;
  }
  return unsupported(words.join(' ') || 'this statement', ctx.range(0, last), READS);
}

const FILLERS: ReadonlySet<string> = new Set([
  'or',
  'replace',
  'temp',
  'temporary',
  'unique',
  'unlogged',
  'global',
  'local',
]);

/** From the first token to the end of the last part. */
const whole = (ctx: ConvertContext, ...parts: readonly Span[]): Span => ctx.cover(ctx.range(0, 0), ...parts);

const wholeText = (ctx: ConvertContext): Span => ctx.range(0, ctx.list.tokens.length - 1);

function describe(node: Node, ctx: ConvertContext): DescribeStatement {
  const { query } = select(node, ctx);
  return { kind: 'describe', query, span: whole(ctx, query.span) };
}

function explain(node: ExplainStmt, ctx: ConvertContext): ExplainStatement {
  if (!node.query) throw new InternalError('the grammar gave EXPLAIN without a query');
  if (!('SelectStmt' in node.query)) throw unsupported('EXPLAIN of this statement', ctx.span(0), 'explain its query');
  const statement = select(node.query, ctx);
  const all = (node.options ?? []).map((option) => {
    const { name, values, span } = statementOption(option, ctx);
    if (values.length !== 1) throw unsupported(`a list as the option ${name}`, span);
    return { name, value: (values[0] as string).toLowerCase() };
  });
  const analyze = all.some(({ name, value }) => name === 'analyze' && ['true', 'on', '1'].includes(value));
  const options = all.filter(({ name }) => name !== 'analyze');
  return { kind: 'explain', analyze, options, statement, span: whole(ctx, statement.span) };
}

function createView(node: ViewStmt, ctx: ConvertContext): CreateViewStatement {
  const view = ctx.list.tokens.findIndex((token) => isWord(token, 'view'));
  if (isWord(ctx.list.at(view - 1), 'recursive')) {
    throw unsupported('CREATE RECURSIVE VIEW', ctx.range(0, view), 'write WITH RECURSIVE in the query');
  }
  ctx.only(node, ['view', 'aliases', 'query', 'replace', 'withCheckOption'], 'CREATE VIEW', ctx.range(0, 0));
  if ((node.withCheckOption ?? 'NO_CHECK_OPTION') !== 'NO_CHECK_OPTION') {
    throw unsupported('WITH CHECK OPTION', ctx.range(0, 0), 'a view is read only');
  }
  const { path, temporary } = target(node.view, 'a view', ctx);
  const query = convertSubquery(node.query, ctx);
  return {
    kind: 'createView',
    path,
    columns: names(node.aliases, ctx),
    orReplace: node.replace ?? false,
    temporary,
    query,
    span: whole(ctx, query.span),
  };
}

function createTable(node: CreateTableAsStmt, ctx: ConvertContext): CreateTableStatement {
  const start = ctx.range(0, 0);
  ctx.only(node, ['query', 'into', 'objtype', 'if_not_exists'], 'CREATE TABLE', start);
  if (node.objtype !== 'OBJECT_TABLE')
    throw unsupported('CREATE MATERIALIZED VIEW', ctx.range(0, 2), 'write CREATE VIEW');
  const { into } = node;
  if (!into) throw new InternalError('the grammar gave CREATE TABLE AS without a table');
  if (into.skipData) throw unsupported('WITH NO DATA', start);
  ctx.only(into, ['rel', 'colNames', 'options', 'onCommit'], 'CREATE TABLE', start);
  if (into.onCommit !== 'ONCOMMIT_NOOP') throw unsupported('ON COMMIT', start);
  if (!node.query || !('SelectStmt' in node.query)) throw unsupported('CREATE TABLE AS EXECUTE', start);
  const { path, temporary } = target(into.rel, 'a table', ctx);
  const query = convertSubquery(node.query, ctx);
  return {
    kind: 'createTable',
    path,
    columns: names(into.colNames, ctx),
    orReplace: isWord(ctx.list.at(1), 'or'),
    ifNotExists: node.if_not_exists ?? false,
    temporary,
    options: (into.options ?? []).map((option) => statementOption(option, ctx)),
    query,
    span: whole(ctx, query.span),
  };
}

/** What a statement creates. */
function target(
  node: RangeVar | undefined,
  what: string,
  ctx: ConvertContext,
): { readonly path: readonly Identifier[]; readonly temporary: boolean } {
  if (!node) throw new InternalError(`the grammar left the name of ${what} out`);
  const table = namedTable(node, ctx);
  if (table.kind === 'file') throw unsupported(`a text as the name of ${what}`, table.span, 'write a name');
  if (node.relpersistence === 'u') throw unsupported('UNLOGGED', ctx.range(1, 1));
  return { path: table.path, temporary: node.relpersistence === 't' };
}

const names = (nodes: readonly Node[] | undefined, ctx: ConvertContext): readonly string[] =>
  (nodes ?? []).map((name) => ctx.name(stringOf(name)));

function dropView(node: DropStmt, ctx: ConvertContext): DropViewStatement {
  if (node.removeType !== 'OBJECT_VIEW') throw refused(ctx);
  if (node.behavior === 'DROP_CASCADE') {
    const last = ctx.list.tokens.length - 1;
    throw unsupported('CASCADE', ctx.range(last, last), 'drop the views one by one');
  }
  let at = node.missing_ok ? 4 : 2;
  const paths = (node.objects ?? []).map((object) => {
    const parts = 'List' in object ? (object.List.items ?? []) : [];
    const path = ctx.path(parts.map(stringOf), at);
    // Past the path and the comma.
    at = ctx.list.pathEnd(at) + 2;
    return path;
  });
  return { kind: 'dropView', paths, ifExists: node.missing_ok ?? false, span: wholeText(ctx) };
}

function copy(node: CopyStmt, ctx: ConvertContext): CopyStatement {
  const start = ctx.range(0, 0);
  if (node.is_from) throw unsupported('COPY … FROM', start, "read files in place: FROM 's3://bucket/data/*.parquet'");
  if (node.is_program) throw unsupported('COPY … TO PROGRAM', start, "write to a file: TO 's3://bucket/out.parquet'");
  if (node.filename === undefined) {
    throw unsupported('COPY … TO STDOUT', start, "write to a file: TO 's3://bucket/out.parquet'");
  }
  ctx.only(node, ['relation', 'query', 'attlist', 'filename', 'options'], 'COPY', start);
  const query = node.query ? convertSubquery(node.query, ctx) : tableQuery(node, ctx);
  let at = ctx.list.indexAt(query.span.end);
  while (!isWord(ctx.list.at(at), 'to') && at < ctx.list.tokens.length - 2) at++;
  return {
    kind: 'copy',
    query,
    uri: { kind: 'string', value: node.filename, span: ctx.range(at + 1, at + 1) },
    options: (node.options ?? []).map((option) => statementOption(option, ctx)),
    span: wholeText(ctx),
  };
}

/** `COPY t (a, b)` as the query it stands for. */
function tableQuery(node: CopyStmt, ctx: ConvertContext): Query {
  if (!node.relation) throw new InternalError('the grammar gave COPY without a table');
  const table = namedTable(node.relation, ctx);
  const open = ctx.list.indexAt(table.span.end);
  const columns = (node.attlist ?? []).map((name, i) => {
    const token = ctx.list.at(open + 1 + 2 * i);
    const column = ctx.identifier(stringOf(name), token, table.span);
    return { expr: { kind: 'column' as const, path: [column], span: column.span }, alias: null, span: column.span };
  });
  const close = isPunctuation(ctx.list.at(open), '(') ? ctx.list.partner(open) : undefined;
  const span = close === undefined ? table.span : ctx.cover(table.span, ctx.range(open, close));
  const star = { kind: 'star' as const, qualifier: [], exclude: [], replace: [], span: table.span };
  const body: SelectBody = {
    kind: 'select',
    distinct: null,
    items: columns.length > 0 ? columns : [{ expr: star, alias: null, span: table.span }],
    from: [table],
    where: null,
    groupBy: [],
    groupByAll: false,
    having: null,
    qualify: null,
    windows: [],
    span,
  };
  return {
    with: [],
    recursive: false,
    body,
    orderBy: [],
    orderByAll: null,
    limit: null,
    withTies: false,
    offset: null,
    span,
  };
}

function statementOption(node: Node, ctx: ConvertContext): StatementOption {
  if (!('DefElem' in node)) throw new InternalError('the grammar gave no option');
  const { defname = '', defnamespace, arg, location } = node.DefElem;
  const span = ctx.span(location);
  const name = ctx.name(defname, span).toLowerCase();
  if (defnamespace !== undefined) throw unsupported(`the option ${defnamespace}.${defname}`, span);
  return { name, values: optionValues(arg, name, span, ctx), span };
}

function optionValues(node: Node | undefined, name: string, span: Span, ctx: ConvertContext): readonly string[] {
  if (node === undefined) return ['true'];
  if ('String' in node) return [ctx.name(node.String.sval, span)];
  if ('Integer' in node) return [String(node.Integer.ival ?? 0)];
  if ('Float' in node) return [node.Float.fval ?? '0'];
  if ('Boolean' in node) return [String(node.Boolean.boolval ?? false)];
  if ('TypeName' in node) return [ctx.name((node.TypeName.names ?? []).map(stringOf).at(-1), span)];
  if ('List' in node) return (node.List.items ?? []).flatMap((item) => optionValues(item, name, span, ctx));
  if ('A_Star' in node) return ['*'];
  throw unsupported(`this value of the option ${name}`, span);
}
