import { loadModule, scanSync } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { SqlSyntaxError } from '../../common/errors.ts';
import { renderError } from '../../common/render-error.ts';
import { tokenize } from './lexer.ts';

const shown = (sql: string) =>
  tokenize(sql).map(({ kind, text, value }) => (text === value ? `${kind} ${text}` : `${kind} ${text} = ${value}`));

function failure(sql: string): string {
  try {
    tokenize(sql);
  } catch (error) {
    if (error instanceof SqlSyntaxError) return renderError(error, sql);
    throw error;
  }
  return 'no error';
}

describe('tokenize', () => {
  it('tells words, names, strings, numbers, parameters, operators and punctuation', () => {
    expect(shown(`SELECT t."Na""me", 'it''s', 1.5e-3, $1 FROM t WHERE a<=-1;`)).toEqual([
      'word SELECT = select',
      'word t',
      'punctuation .',
      'quoted "Na""me" = Na"me',
      'punctuation ,',
      "string 'it''s' = it's",
      'punctuation ,',
      'number 1.5e-3',
      'punctuation ,',
      'parameter $1',
      'word FROM = from',
      'word t',
      'word WHERE = where',
      'word a',
      'operator <=',
      'operator -',
      'number 1',
      'punctuation ;',
    ]);
  });

  it('reads every form of string', () => {
    expect(shown(`E'a\\'b' $$it's$$ $x$a$$b$x$ U&'d' B'01' X'1f' N'n' e''`)).toEqual([
      `string E'a\\'b' = a\\'b`,
      "string $$it's$$ = it's",
      'string $x$a$$b$x$ = a$$b',
      "string U&'d' = d",
      "string B'01' = 01",
      "string X'1f' = 1f",
      "string N'n' = n",
      "string e'' = ",
    ]);
  });

  it('leaves comments out, nested ones too, and ends operators at them', () => {
    expect(shown('1 -- one\n/* a /* b */ c */ +/* d */2*-- x\n3')).toEqual([
      'number 1',
      'operator +',
      'number 2',
      'operator *',
      'number 3',
    ]);
  });

  it('gives UTF-16 offsets', () => {
    const [, name] = tokenize("'😀é' ñame");
    expect(name).toEqual({ kind: 'word', text: 'ñame', value: 'ñame', start: 6, end: 10 });
  });

  it('names what never ends', () => {
    expect(failure("select 'abc")).toBe(
      [
        'error[SQ1001] unterminated string',
        '  line 1, column 8',
        "1 | select 'abc",
        '           ^',
        "hint: end it with '",
      ].join('\n'),
    );
    expect(failure('select "abc')).toContain('unterminated quoted name');
    expect(failure('select /* /* */')).toContain('unterminated comment');
    expect(failure('select $a$ $b$')).toContain('hint: end it with $a$');
  });
});

describe('agrees with the lexer of PostgreSQL', () => {
  beforeAll(loadModule);

  it.each([
    'select a.b, "C d", count(*) from t where x::int >= 1.5 and y <> \'z\' -- end',
    "select 'é', E'\\n', $$x$$, U&'\\0061', .5, 5., 1e10, 1_000, 0x1F, 0b11, 0o17",
    "select a@>b, a->>'k', a||b, -x*+y, a!=b, a<=>b, ~a, a&&b",
    'select a=-1, a*-b, 2--1\n+3, x[1:2], f(a=>1), :a, a:=1',
    'select $1, $23, é$x, _a1, "a""b"',
  ])('%s', (sql) => {
    const theirs = scanSync(sql)
      .tokens.filter(({ tokenName }) => !/COMMENT/.test(tokenName))
      .map(({ start, end }) => Buffer.from(sql).subarray(start, end).toString());
    expect(tokenize(sql).map(({ text }) => text)).toEqual(theirs);
  });
});
