/** Types that random statements tell apart; `float` is a result that nothing is made of. */
export type StatementType = 'int' | 'dec' | 'text' | 'bool' | 'date' | 'float';

/** Text with expressions and queries in it. */
export interface StatementExpr {
  readonly kind: 'expr';
  readonly type: StatementType;
  readonly parts: readonly (string | StatementExpr | StatementQuery)[];
}

export interface StatementQuery {
  readonly kind: 'query';
  readonly with: readonly StatementCommonTable[];
  readonly body: StatementSelect | StatementSetOperation;
  /** Directions of the first columns; without a limit they need not be all. */
  readonly order: readonly string[];
  readonly limit: number | null;
  readonly offset: number;
}

export interface StatementCommonTable {
  readonly kind: 'commonTable';
  readonly name: string;
  readonly materialized: '' | 'MATERIALIZED ' | 'NOT MATERIALIZED ';
  readonly query: StatementQuery;
}

/** Its columns are called c0, c1 … */
export interface StatementSelect {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly items: readonly StatementExpr[];
  readonly from: readonly StatementFrom[];
  readonly where: StatementExpr | null;
  readonly grouping: { readonly style: '' | 'ROLLUP' | 'CUBE'; readonly keys: readonly StatementExpr[] } | null;
  readonly having: StatementExpr | null;
  readonly qualify: StatementExpr | null;
}

export interface StatementSetOperation {
  readonly kind: 'setOperation';
  readonly operator: string;
  readonly left: StatementQuery;
  readonly right: StatementQuery;
}

export type StatementFrom =
  | { readonly kind: 'table'; readonly name: string; readonly alias: string }
  | { readonly kind: 'derived'; readonly lateral: boolean; readonly query: StatementQuery; readonly alias: string }
  | {
      readonly kind: 'join';
      readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS';
      readonly left: StatementFrom;
      readonly right: StatementFrom;
      readonly on: StatementExpr | null;
      readonly using: readonly string[];
    };

export type StatementNode =
  | StatementExpr
  | StatementQuery
  | StatementCommonTable
  | StatementSelect
  | StatementSetOperation
  | StatementFrom;

/** The text, the same for both engines. */
export function statementText(query: StatementQuery): string {
  const tables = query.with.map(
    ({ name, materialized, query: of }) => `${name} AS ${materialized}(${statementText(of)})`,
  );
  const order = query.order.map((direction, i) => `${i + 1} ${direction}`);
  return [
    tables.length > 0 ? `WITH ${tables.join(', ')} ` : '',
    query.body.kind === 'select' ? selectText(query.body) : setOperationText(query.body),
    order.length > 0 ? ` ORDER BY ${order.join(', ')}` : '',
    query.limit === null ? '' : ` LIMIT ${query.limit}`,
    query.offset === 0 ? '' : ` OFFSET ${query.offset}`,
  ].join('');
}

function selectText({ distinct, items, from, where, grouping, having, qualify }: StatementSelect): string {
  const keys = grouping?.keys.map(exprText).join(', ') ?? '';
  return [
    `SELECT ${distinct ? 'DISTINCT ' : ''}${items.map((item, i) => `${exprText(item)} AS c${i}`).join(', ')}`,
    from.length > 0 ? ` FROM ${from.map(fromText).join(', ')}` : '',
    where ? ` WHERE ${exprText(where)}` : '',
    keys === '' ? '' : ` GROUP BY ${grouping?.style ? `${grouping.style} (${keys})` : keys}`,
    having ? ` HAVING ${exprText(having)}` : '',
    qualify ? ` QUALIFY ${exprText(qualify)}` : '',
  ].join('');
}

const setOperationText = ({ operator, left, right }: StatementSetOperation) =>
  `(${statementText(left)}) ${operator} (${statementText(right)})`;

export function exprText({ parts }: StatementExpr): string {
  return parts
    .map((part) => (typeof part === 'string' ? part : part.kind === 'expr' ? exprText(part) : statementText(part)))
    .join('');
}

function fromText(from: StatementFrom): string {
  if (from.kind === 'table') return from.alias === from.name ? from.name : `${from.name} AS ${from.alias}`;
  if (from.kind === 'derived')
    return `${from.lateral ? 'LATERAL ' : ''}(${statementText(from.query)}) AS ${from.alias}`;
  const { type, left, right, on, using } = from;
  const condition = on ? ` ON ${exprText(on)}` : using.length > 0 ? ` USING (${using.join(', ')})` : '';
  const inner = right.kind === 'join' ? `(${fromText(right)})` : fromText(right);
  return `${fromText(left)} ${type} JOIN ${inner}${condition}`;
}
