import type { A_Const, Node, TypeName } from 'libpg-query';
import { BindError, InternalError, type Span } from '../../common/errors.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  MAX_DECIMAL_PRECISION,
  REAL,
  SMALLINT,
  type SqlType,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from '../../common/types.ts';
import type { IntervalField } from './ast-expr.ts';
import { type ConvertContext, unsupported } from './convert-context.ts';
import { isPunctuation, isWord } from './token.ts';

const TYPES: ReadonlyMap<string, SqlType> = new Map<string, SqlType>([
  ['bool', BOOLEAN],
  ['boolean', BOOLEAN],
  ['tinyint', TINYINT],
  ['int1', TINYINT],
  ['int2', SMALLINT],
  ['smallint', SMALLINT],
  ['int4', INTEGER],
  ['integer', INTEGER],
  ['int', INTEGER],
  ['int8', BIGINT],
  ['bigint', BIGINT],
  ['utinyint', UTINYINT],
  ['usmallint', USMALLINT],
  ['uinteger', UINTEGER],
  ['ubigint', UBIGINT],
  ['float4', REAL],
  ['real', REAL],
  ['float8', DOUBLE],
  ['double', DOUBLE],
  ['varchar', VARCHAR],
  ['bpchar', VARCHAR],
  ['text', VARCHAR],
  ['string', VARCHAR],
  ['date', DATE],
  ['time', TIME],
  ['timestamp', TIMESTAMP],
  ['datetime', TIMESTAMP],
  ['timestamptz', TIMESTAMPTZ],
  ['interval', INTERVAL],
  ['bytea', BLOB],
  ['blob', BLOB],
  ['uuid', UUID],
]);

const AS_TEXT = 'keep it as varchar';

/** Types of other engines, with what to write instead. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ...['json', 'jsonb', 'variant', 'xml', 'bit', 'varbit', 'inet', 'cidr', 'macaddr', 'tsvector', 'name', 'enum'].map(
    (name) => [name, AS_TEXT] as const,
  ),
  ...['point', 'box', 'line', 'polygon', 'geometry', 'geography'].map(
    (name) => [name, 'keep its coordinates as doubles'] as const,
  ),
  ...['timestamp_s', 'timestamp_ms', 'timestamp_ns'].map((name) => [name, 'write timestamp'] as const),
  ['timetz', 'write time, without a zone'],
  ['hugeint', 'write decimal(38, 0)'],
  ['uhugeint', 'write decimal(38, 0)'],
  ['money', 'write decimal(18, 2)'],
  ['oid', 'write bigint'],
]);

/** The grammar's bits for the fields of `INTERVAL … DAY TO SECOND`. */
const FIELD_BITS: readonly (readonly [IntervalField, number])[] = [
  ['year', 1 << 2],
  ['month', 1 << 1],
  ['day', 1 << 3],
  ['hour', 1 << 10],
  ['minute', 1 << 11],
  ['second', 1 << 12],
];
const ALL_FIELDS = 0x7fff;

export interface ConvertedType {
  readonly type: SqlType;
  /** INTERVAL only: the fields it is restricted to; none when it is not. */
  readonly fields: readonly IntervalField[];
  readonly span: Span;
}

/** A type name; lengths and precisions that would change values are refused. */
export function convertType(node: TypeName, ctx: ConvertContext): ConvertedType {
  const { arrayBounds = [], ...element } = node;
  const converted = convertPlainType(element, ctx);
  if (arrayBounds.length === 0) return converted;
  const span = withBrackets(converted.span, ctx);
  if (converted.fields.length > 0) throw unsupported('a list of intervals of some fields', span);
  let { type } = converted;
  for (const bound of arrayBounds) {
    // The grammar writes -1 for a list of any length.
    if (!('Integer' in bound) || (bound.Integer.ival ?? 0) >= 0) {
      throw unsupported('a list type of a fixed length', span, 'leave the length out');
    }
    type = { kind: 'list', element: type };
  }
  return { type, fields: [], span };
}

/** `int[][]`, `int ARRAY`. */
function withBrackets(span: Span, ctx: ConvertContext): Span {
  const first = ctx.list.indexAt(span.start);
  let last = ctx.list.indexAt(span.end) - 1;
  if (isWord(ctx.list.at(last + 1), 'array')) last++;
  while (isPunctuation(ctx.list.at(last + 1), '[')) last = ctx.list.partner(last + 1) ?? last + 1;
  return ctx.range(first, last);
}

function convertPlainType(node: TypeName, ctx: ConvertContext): ConvertedType {
  const span = typeSpan(node, ctx);
  const name = (node.names ?? []).map(stringOf).at(-1)?.toLowerCase() ?? '';
  ctx.only(node, ['names', 'typmods', 'typemod', 'location'], `the type ${name}`, span);
  const modifiers = (node.typmods ?? []).map((modifier) => integerOf(modifier, name, span));
  if (name === 'numeric' || name === 'decimal') return { type: decimalType(modifiers, span), fields: [], span };
  const type = TYPES.get(name);
  const instead = UNSUPPORTED.get(name);
  if (instead !== undefined) throw unsupported(`the type ${name}`, span, instead);
  if (type === undefined) {
    throw new BindError('SQ1107', `type "${name}" does not exist`, {
      span,
      hint: 'types are boolean, integer, bigint, double, decimal(p, s), varchar, date, timestamp, interval, …',
    });
  }
  if (type.kind === 'interval') return { type, fields: intervalFields(modifiers, span), span };
  const isTemporal = type.kind === 'timestamp' || type.kind === 'timestamptz' || type.kind === 'time';
  const harmless = modifiers.length === 0 || (isTemporal && modifiers[0] === 6);
  // The grammar writes plain `char` as char(1), which would cut every text to one character.
  if (!harmless) {
    const hint =
      type.kind === 'varchar' ? 'write varchar, and substring(x from 1 for n) to cut' : 'leave the precision out';
    throw unsupported(
      `the type ${typeText(name)} with a ${type.kind === 'varchar' ? 'length' : 'precision'}`,
      span,
      hint,
    );
  }
  return { type, fields: [], span };
}

const typeText = (name: string) => (name === 'bpchar' ? 'char' : name);

function decimalType(modifiers: readonly number[], span: Span): SqlType {
  const [precision, scale = 0] = modifiers;
  if (precision === undefined) {
    throw unsupported('decimal without precision and scale', span, 'write decimal(p, s), for example decimal(38, 2)');
  }
  if (precision < 1 || precision > MAX_DECIMAL_PRECISION || scale < 0 || scale > precision) {
    throw new BindError('SQ1107', `decimal(${precision},${scale}) is out of range`, {
      span,
      hint: `the precision is 1 to ${MAX_DECIMAL_PRECISION}, the scale 0 to the precision`,
    });
  }
  return decimal(precision, scale);
}

function intervalFields(modifiers: readonly number[], span: Span): readonly IntervalField[] {
  const [mask = ALL_FIELDS, precision] = modifiers;
  if (precision !== undefined && precision !== 6) throw unsupported('an interval with a precision', span);
  return mask === ALL_FIELDS ? [] : FIELD_BITS.filter(([, bit]) => (mask & bit) !== 0).map(([field]) => field);
}

/** The text of a String node. */
export function stringOf(node: Node): string {
  if ('String' in node) return node.String.sval ?? '';
  throw new InternalError(`the grammar gave ${Object.keys(node)[0]} instead of a name`);
}

function integerOf(node: Node, type: string, span: Span): number {
  if ('A_Const' in node && (node.A_Const as A_Const).ival) return node.A_Const.ival?.ival ?? 0;
  throw new BindError('SQ1107', `a modifier of the type ${type} is not a whole number`, { span });
}

const SECOND_WORDS = ['precision', 'varying', 'to', 'year', 'month', 'day', 'hour', 'minute', 'second'];

function typeSpan(node: TypeName, ctx: ConvertContext): Span {
  const first = ctx.index(node.location);
  let last = ctx.list.callEnd(ctx.list.pathEnd(first));
  while (
    isWord(ctx.list.at(last + 1), ...SECOND_WORDS) &&
    isWord(ctx.list.at(first), 'double', 'character', 'char', 'bit')
  )
    last++;
  last = ctx.list.callEnd(last);
  if (isWord(ctx.list.at(first), 'time', 'timestamp') && isWord(ctx.list.at(last + 1), 'with', 'without')) last += 3;
  return ctx.range(first, last);
}
