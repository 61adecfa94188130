import { assertNever } from '../../../common/errors.ts';
import type { Value } from '../../../common/types.ts';
import { typeName } from '../../../common/types.ts';
import type { Expr } from '../expr.ts';
import { parts } from '../rewrite.ts';

/** Numbers for expressions: the same one for all that are written alike. Linear in the distinct nodes of a shared tree. */
export class ExprIds {
  readonly #byNode = new WeakMap<Expr, number>();
  readonly #byKey = new Map<string, number>();

  idOf(expr: Expr): number {
    const known = this.#byNode.get(expr);
    if (known !== undefined) return known;
    const key = `${headOf(expr)}(${parts(expr)
      .map((part) => this.idOf(part))
      .join()})`;
    const id = this.#byKey.get(key) ?? this.#byKey.size;
    this.#byKey.set(key, id);
    this.#byNode.set(expr, id);
    return id;
  }
}

function headOf(expr: Expr): string {
  const type = typeName(expr.type);
  switch (expr.kind) {
    case 'column':
      return `column ${expr.id}`;
    case 'literal':
      return `literal ${type} ${literalKey(expr.value)}`;
    case 'call':
      return `call ${expr.function} ${type}`;
    case 'cast':
      return `${expr.try ? 'try_cast' : 'cast'} ${type}`;
    case 'case':
      return `case ${type} ${expr.otherwise ? 'else' : ''}`;
    case 'isNull':
    case 'inList':
      return `${expr.kind} ${expr.negated}`;
    case 'and':
    case 'or':
    case 'not':
      return expr.kind;
    default:
      return assertNever(expr);
  }
}

function literalKey(value: Value): string {
  if (Object.is(value, -0)) return '-0';
  return (
    JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)) + typeof value + String(value)
  );
}
