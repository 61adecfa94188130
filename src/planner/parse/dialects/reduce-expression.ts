import type { Identifier } from '../ast.ts';
import type { AstExpr } from '../ast-expr.ts';
import { plainCall } from '../convert-call.ts';
import { RESERVED_WORDS } from '../keywords.ts';
import { isPunctuation, isWord, type Token } from '../token.ts';
import { identifier, numberText, OperandWriter, parameter } from './operand-writer.ts';
import { commaRanges, holdsQuery, notRead, type ReaderContext, rangeSpan, unexpectedToken } from './reader-context.ts';
import { reduceCall } from './reduce-call.ts';
import { reduceCase } from './reduce-case.ts';
import { reduceExists, reduceIn, reduceIs, reduceQuantified } from './reduce-predicates.ts';
import { castType, typedLiteral } from './special-forms.ts';
import type { ShownText } from './stand-ins.ts';

const OPERATORS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '=', '<>', '!=', '<', '<=', '>', '>=', '||']);
const VALUE_FUNCTIONS = ['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp'];
/** Words that are followed by `(` and are no functions. */
const NO_FUNCTIONS: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'in',
  'like',
  'between',
  'is',
  'as',
  'escape',
  'ilike',
  'case',
  'when',
  'then',
  'else',
]);

/**
 * Writes the expressions of a token range as the parser is shown them: names, literals, calls, queries and what it misreads as
 * stand-ins; operators, parentheses and commas as they are. Aliases are read where `aliases` says so.
 */
export function reduceExpression(
  from: number,
  to: number,
  shown: ShownText,
  context: ReaderContext,
  aliases = false,
): void {
  const reducer = new ExpressionReducer(shown, context, aliases, from);
  for (let at = from; at < to; ) at = reducer.next(at, to);
}

class ExpressionReducer {
  readonly #shown: ShownText;
  readonly #context: ReaderContext;
  readonly #writer: OperandWriter;
  readonly #aliases: boolean;
  readonly #from: number;

  constructor(shown: ShownText, context: ReaderContext, aliases: boolean, from: number) {
    this.#shown = shown;
    this.#context = context;
    this.#writer = new OperandWriter(shown, context);
    this.#aliases = aliases;
    this.#from = from;
  }

  /** Index of the token behind what was written. */
  next(at: number, to: number): number {
    const { list } = this.#context;
    const token = list.at(at) as Token;
    switch (token.kind) {
      case 'number':
        return this.#writer.operand(at, at + 1, {
          kind: 'number',
          text: numberText(token.text),
          span: rangeSpan(list, at, at + 1),
        });
      case 'string':
        return this.#text(at, token);
      case 'parameter':
        return this.#writer.operand(at, at + 1, parameter(Number(token.text.slice(1)), at, at + 1, this.#context));
      case 'operator':
        return this.#operator(at, token);
      case 'punctuation':
        return this.#punctuation(at, token);
      case 'quoted':
      case 'word':
        return this.#word(at, to, token);
    }
  }

  #text(at: number, token: Token): number {
    const span = rangeSpan(this.#context.list, at, at + 1);
    if (!/^['$]/.test(token.text)) throw notRead('this form of a text', span, this.#context, "write '…'");
    return this.#writer.operand(at, at + 1, { kind: 'string', value: token.value, span });
  }

  #operator(at: number, token: Token): number {
    const { list, rules } = this.#context;
    const span = rangeSpan(list, at, at + 1);
    if (token.text === '::') {
      const { type, next } = castType(at + 1, this.#context);
      const build = (operand: AstExpr): AstExpr => ({
        kind: 'cast',
        operand,
        type,
        try: false,
        span: { start: operand.span.start, end: rangeSpan(list, at, next).end },
      });
      return this.#writer.glued(at, next, { kind: 'postfix', level: 'cast', build });
    }
    if (!OPERATORS.has(token.text)) throw notRead(`the operator ${token.text}`, span, this.#context);
    if (token.text === '||' && rules.barsAreOr) throw notRead('||', span, this.#context, 'write OR, or concat(a, b)');
    if (token.text === '*' && !list.endsOperand(at - 1) && this.#aliases) {
      return this.#star(at, at + 1, []);
    }
    this.#shown.add(token.text === '!=' ? '<>' : token.text, at);
    return at + 1;
  }

  /** `*` with what is left out of it. */
  #star(at: number, next: number, qualifier: readonly Identifier[]): number {
    const { list, rules } = this.#context;
    const span = rangeSpan(list, at, next);
    if (!this.#aliases) throw notRead('a * outside the select list', span, this.#context);
    const exclude: Identifier[] = [];
    let end = next;
    if (rules.starWithout !== null && isWord(list.at(next), rules.starWithout)) {
      const close = list.partner(next + 1);
      if (close === undefined) throw unexpectedToken(list, next + 1);
      for (let name = next + 2; name < close; name += 2) {
        exclude.push(identifier(list.at(name), name, this.#context));
        if (name + 1 < close && !isPunctuation(list.at(name + 1), ',')) throw unexpectedToken(list, name + 1);
      }
      end = close + 1;
    }
    return this.#writer.operand(at, end, { kind: 'star', qualifier, exclude, replace: [], span });
  }

  #punctuation(at: number, token: Token): number {
    const { list } = this.#context;
    const span = rangeSpan(list, at, at + 1);
    if (isPunctuation(token, ',')) {
      this.#shown.add(',', at);
      return at + 1;
    }
    if (isPunctuation(token, '?')) {
      return this.#writer.operand(
        at,
        at + 1,
        parameter(this.#context.questions.get(at) ?? 0, at, at + 1, this.#context),
      );
    }
    if (
      isPunctuation(token, ':') &&
      list.at(at + 1)?.kind === 'word' &&
      list.adjacent(at, at + 1) &&
      !list.endsOperand(at - 1)
    ) {
      return this.#writer.operand(at, at + 2, parameter((list.at(at + 1) as Token).text, at, at + 2, this.#context));
    }
    if (isPunctuation(token, '[') && !list.endsOperand(at - 1)) return this.#list(at, at);
    if (!isPunctuation(token, '(')) throw notRead(`"${token.text}"`, span, this.#context);
    const close = list.partner(at) as number;
    if (holdsQuery(list, at)) {
      const query = this.#context.query(at + 1, close);
      return this.#writer.operand(at, close + 1, {
        kind: 'subquery',
        form: { kind: 'scalar' },
        query,
        span: rangeSpan(list, at, close + 1),
      });
    }
    this.#parentheses(at, close);
    return close + 1;
  }

  /** `ARRAY[a, b]`, `[a, b]`: shown as a call. */
  #list(at: number, open: number): number {
    const { list, standIns } = this.#context;
    const close = list.partner(open) as number;
    const span = rangeSpan(list, at, close + 1);
    const build = (elements: readonly AstExpr[]): AstExpr => ({ kind: 'list', elements, span });
    this.#shown.add(standIns.add({ kind: 'call', build }, span), at);
    this.#shown.add('(', open);
    for (const [i, [from, to]] of commaRanges(list, open + 1, close).entries()) {
      if (i > 0) this.#shown.add(',', from);
      reduceExpression(from, to, this.#shown, this.#context);
    }
    this.#shown.add(')', close);
    return close + 1;
  }

  #parentheses(open: number, close: number): void {
    const { list } = this.#context;
    if (close === open + 1) throw unexpectedToken(list, close);
    for (let at = open + 1; at < close; at++) {
      at = Math.max(at, list.partner(at) ?? at);
      if (isPunctuation(list.at(at), ','))
        throw notRead('a row value', rangeSpan(list, open, close + 1), this.#context);
    }
    this.#shown.add('(', open);
    reduceExpression(open + 1, close, this.#shown, this.#context);
    this.#shown.add(')', close);
  }

  #word(at: number, to: number, token: Token): number {
    const { list } = this.#context;
    if (this.#aliases && (isWord(token, 'as') || (at > this.#from && list.endsOperand(at - 1) && isAlias(token)))) {
      const name = isWord(token, 'as') ? at + 1 : at;
      this.#shown.add('AS', at);
      return this.#writer.stand(name, name + 1, {
        kind: 'alias',
        name: identifier(list.at(name), name, this.#context).name,
      });
    }
    const isCall = isPunctuation(list.at(at + 1), '(');
    if (token.kind === 'quoted') return isCall ? reduceCall(at, to, this.#shown, this.#context) : this.#path(at);
    switch (token.value) {
      case 'and':
      case 'or':
      case 'not':
        return this.#keyword(at);
      case 'in':
        return reduceIn(at, this.#writer);
      case 'like':
      case 'between':
        return this.#keyword(at);
      case 'ilike':
        return this.#writer.glued(at, at + 1, { kind: 'infix', operator: 'ilike' });
      case 'escape':
        return this.#writer.glued(at, at + 1, { kind: 'infix', operator: 'escape' });
      case 'is':
        return reduceIs(at, this.#writer);
      case 'null':
        return this.#writer.operand(at, at + 1, { kind: 'null', span: rangeSpan(list, at, at + 1) });
      case 'true':
      case 'false':
        return this.#writer.operand(at, at + 1, {
          kind: 'boolean',
          value: token.value === 'true',
          span: rangeSpan(list, at, at + 1),
        });
      case 'array':
        if (isPunctuation(list.at(at + 1), '[')) return this.#list(at, at + 1);
        break;
      case 'at':
        if (!isWord(list.at(at + 1), 'time') || !isWord(list.at(at + 2), 'zone')) break;
        return this.#writer.glued(at, at + 3, { kind: 'infix', operator: 'at time zone' });
      case 'case':
        return reduceCase(at, to, this.#shown, this.#context);
      case 'exists':
        return reduceExists(at, this.#writer);
      case 'any':
      case 'some':
      case 'all':
        return reduceQuantified(at, token.value === 'all' ? 'all' : 'any', this.#writer);
      default:
    }
    const typed = typedLiteral(at, this.#context);
    if (typed) return this.#writer.operand(at, typed.next, typed.expr);
    if (VALUE_FUNCTIONS.includes(token.value) && !isCall) {
      return this.#writer.operand(at, at + 1, plainCall(token.value, [], rangeSpan(list, at, at + 1)));
    }
    if (isCall && !NO_FUNCTIONS.has(token.value)) return reduceCall(at, to, this.#shown, this.#context);
    if (RESERVED_WORDS.has(token.value) || OPERATOR_WORDS.has(token.value)) {
      throw notRead(token.text.toUpperCase(), rangeSpan(list, at, at + 1), this.#context);
    }
    return this.#path(at);
  }

  #keyword(at: number): number {
    const { list } = this.#context;
    const token = list.at(at) as Token;
    if (token.value === 'not' && isWord(list.at(at + 1), 'ilike')) {
      return this.#writer.glued(at, at + 2, { kind: 'infix', operator: 'not ilike' });
    }
    this.#shown.add(token.value.toUpperCase(), at);
    return at + 1;
  }

  /** `a.b.c` or `a.*` as one name. */
  #path(at: number): number {
    const { list } = this.#context;
    const end = list.pathEnd(at);
    const path: Identifier[] = [];
    for (let part = at; part <= end; part += 2) {
      if (list.at(part)?.text === '*' && part > at) return this.#star(at, part + 1, path);
      path.push(identifier(list.at(part), part, this.#context));
    }
    const span = rangeSpan(list, at, end + 1);
    if (isPunctuation(list.at(end + 1), '(')) throw notRead('a function of a schema', span, this.#context);
    return this.#writer.operand(at, end + 1, { kind: 'column', path, span });
  }
}

const OPERATOR_WORDS: ReadonlySet<string> = new Set([
  'at',
  'between',
  'escape',
  'ilike',
  'is',
  'isnull',
  'like',
  'notnull',
  'similar',
]);

const isAlias = (token: Token) =>
  token.kind === 'quoted' || !(RESERVED_WORDS.has(token.value) || OPERATOR_WORDS.has(token.value));
