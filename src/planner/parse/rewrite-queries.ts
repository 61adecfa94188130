import type { Rewriting } from './rewriting.ts';
import { FROM_INSIDE } from './table-positions.ts';
import { isPunctuation, isWord, type Token } from './token.ts';

/** What the tokens between two brackets are, as far as they have been read. */
interface Level {
  /** The clause that the tokens are in; `start` where a query may start; `other` for what is no query. */
  state: string;
  /** FROM that opens a query, until its SELECT is met. */
  fromFirst: number | null;
  /** SELECT that follows its FROM, until its list ends. */
  lateSelect: number | null;
  /** Whether the query has named windows, the one of QUALIFY included. */
  hasWindows: boolean;
  inQualify: boolean;
}

const CLAUSES: ReadonlySet<string> = new Set([
  'select',
  'from',
  'where',
  'group',
  'having',
  'window',
  'order',
  'limit',
  'offset',
  'fetch',
  'for',
  'values',
]);
const SET_OPERATIONS: ReadonlySet<string> = new Set(['union', 'intersect', 'except']);
/** Where QUALIFY may follow. */
const BEFORE_QUALIFY: ReadonlySet<string> = new Set(['from', 'where', 'group', 'having', 'window']);
/** No condition starts with them: before them `qualify` is an alias. */
const AFTER_ALIAS = [
  'as',
  'join',
  'left',
  'right',
  'inner',
  'full',
  'cross',
  'natural',
  'on',
  'using',
  'tablesample',
  ...CLAUSES,
  ...SET_OPERATIONS,
];

/** FROM first, TABLE, DESCRIBE, QUALIFY, GROUP BY ALL, ORDER BY ALL, CREATE OR REPLACE TABLE. */
export function rewriteQueries(rewriting: Rewriting): void {
  new QueryReader(rewriting).run();
}

class QueryReader {
  readonly #rewriting: Rewriting;
  readonly #outer: Level[] = [];
  #level: Level = newLevel('start');

  constructor(rewriting: Rewriting) {
    this.#rewriting = rewriting;
  }

  run(): void {
    const { list } = this.#rewriting;
    for (let index = this.#command(); index < list.tokens.length; index++) {
      const token = list.at(index) as Token;
      if (isPunctuation(token, '(') || isPunctuation(token, '[')) this.#open(index);
      else if (isPunctuation(token, ')') || isPunctuation(token, ']')) this.#close(index);
      else if (token.kind === 'word' && !isPunctuation(list.at(index - 1), '.')) this.#word(index, token.value);
      else if (this.#level.state === 'start') this.#level.state = 'other';
    }
    this.#endOfQuery(list.tokens.length);
  }

  /** What stands before the query: index of its first token. */
  #command(): number {
    const { list } = this.#rewriting;
    if (isWord(list.at(0), 'explain')) {
      let at = 1;
      if (isPunctuation(list.at(at), '(')) at = (list.partner(at) as number) + 1;
      while (isWord(list.at(at), 'analyze', 'analyse', 'verbose')) at++;
      return at;
    }
    if (isWord(list.at(0), 'describe', 'desc')) {
      const isQuery = isWord(list.at(1), 'select', 'with', 'values', 'from', 'table') || isPunctuation(list.at(1), '(');
      this.#rewriting.replace(0, 0, isQuery ? '' : 'SELECT * FROM');
      if (!isQuery) this.#level.state = 'from';
      return 1;
    }
    if (!isWord(list.at(0), 'create', 'copy')) return 0;
    const isTable =
      isWord(list.at(3), 'table') || (isWord(list.at(3), 'temp', 'temporary') && isWord(list.at(4), 'table'));
    if (isTable && isWord(list.at(1), 'or') && isWord(list.at(2), 'replace')) this.#rewriting.replace(1, 2, '');
    this.#level.state = 'command';
    return 1;
  }

  #open(index: number): void {
    const isSpecial = isWord(this.#rewriting.list.at(index - 1), ...FROM_INSIDE);
    const isBracket = isPunctuation(this.#rewriting.list.at(index), '[');
    this.#outer.push(this.#level);
    this.#level = newLevel(isSpecial || isBracket ? 'other' : 'start');
  }

  #close(index: number): void {
    this.#endOfQuery(index);
    this.#level = this.#outer.pop() as Level;
    // A query in parentheses may go on with UNION or ORDER BY.
    if (this.#level.state === 'start') this.#level.state = 'parentheses';
  }

  #word(index: number, word: string): void {
    const { list } = this.#rewriting;
    const level = this.#level;
    const before = list.at(index - 1);
    if (level.state === 'command') {
      if (isWord(before, 'as')) level.state = 'start';
      else return;
    }
    if (level.state === 'start' || level.state === 'with') {
      if (word === 'with') level.state = 'with';
      else if (word === 'from' || word === 'table') this.#withoutSelect(index, word);
      else if (CLAUSES.has(word)) level.state = word;
      else if (level.state === 'start' && !isWord(list.at(index), 'all', 'distinct')) level.state = 'other';
      return;
    }
    // After a query in parentheses too.
    if (SET_OPERATIONS.has(word) && !isWord(before, 'as')) {
      this.#endOfQuery(index);
      this.#level = newLevel('start');
      return;
    }
    if (level.state === 'other' || isWord(before, 'as') || (word === 'from' && isWord(before, 'distinct'))) return;
    if (word === 'qualify' && this.#isQualify(index)) this.#qualify(index);
    else if (word === 'all' && isWord(before, 'by')) this.#byAll(index);
    else if (CLAUSES.has(word)) this.#clause(index, word);
  }

  /** `FROM t …` and `TABLE t`. */
  #withoutSelect(index: number, word: string): void {
    this.#level.state = 'from';
    if (word === 'table') this.#rewriting.replace(index, index, 'SELECT * FROM');
    else this.#level.fromFirst = index;
  }

  #clause(index: number, word: string): void {
    const level = this.#level;
    // A WITH item, a window's frame or a function may hold one of the words only in parentheses.
    if (word === 'select' && level.state === 'from' && level.fromFirst !== null) level.lateSelect = index;
    else this.#endOfList(index);
    if (level.inQualify) this.#rewriting.insertAfter(index - 1, '))');
    if (word === 'window') {
      if (level.inQualify) this.#rewriting.replace(index, index, ',');
      level.hasWindows = true;
    }
    level.inQualify = false;
    level.state = word;
  }

  #isQualify(index: number): boolean {
    const { list } = this.#rewriting;
    const next = list.at(index + 1);
    if (!BEFORE_QUALIFY.has(this.#level.state) && this.#level.lateSelect === null) return false;
    if (!list.endsOperand(index - 1) || !next) return false;
    return !(
      isPunctuation(next, ',') ||
      isPunctuation(next, ')') ||
      isPunctuation(next, '.') ||
      (next.kind === 'operator' && !/^[-+~]/.test(next.text)) ||
      isWord(next, ...AFTER_ALIAS)
    );
  }

  #qualify(index: number): void {
    const level = this.#level;
    this.#endOfList(index);
    const name = this.#rewriting.standIn({ kind: 'qualify' });
    this.#rewriting.replace(index, index, `${level.hasWindows ? ',' : 'WINDOW'} ${name} AS (PARTITION BY (`);
    level.hasWindows = true;
    level.inQualify = true;
    level.state = 'qualify';
  }

  /** PostgreSQL has GROUP BY ALL a, b too. */
  #byAll(index: number): void {
    const next = this.#rewriting.list.at(index + 1);
    const isEnd =
      !next ||
      isPunctuation(next, ')') ||
      isWord(next, 'asc', 'desc', 'nulls', 'qualify') ||
      (next.kind === 'word' && (CLAUSES.has(next.value) || SET_OPERATIONS.has(next.value)));
    if (isEnd) this.#rewriting.replace(index, index, this.#rewriting.standIn({ kind: 'all' }));
  }

  /** The list of a SELECT that follows its FROM ends before the token. */
  #endOfList(index: number): void {
    const level = this.#level;
    if (level.fromFirst === null || level.lateSelect === null) return;
    this.#rewriting.move(level.lateSelect, index - 1, level.fromFirst);
    level.lateSelect = null;
    level.fromFirst = null;
  }

  #endOfQuery(index: number): void {
    const level = this.#level;
    this.#endOfList(index);
    if (level.inQualify) this.#rewriting.insertAfter(index - 1, '))');
    if (level.fromFirst !== null) this.#rewriting.replace(level.fromFirst, level.fromFirst, 'SELECT * FROM');
    level.fromFirst = null;
    level.inQualify = false;
  }
}

function newLevel(state: string): Level {
  return { state, fromFirst: null, lateSelect: null, hasWindows: false, inQualify: false };
}
