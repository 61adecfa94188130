import { expect, it } from 'vitest';
import { BindError, SqlSyntaxError } from './errors.ts';
import { renderError } from './render-error.ts';

const at = (sql: string, text: string) => ({
  span: { start: sql.indexOf(text), end: sql.indexOf(text) + text.length },
});

it('shows the line, a caret below what is wrong, and the hint', () => {
  const sql = "select l_tax\nfrom lineitem\nwhere l_shpdate <= date '1998-09-02'";
  const error = new BindError('SQ1102', 'column "l_shpdate" does not exist', {
    ...at(sql, 'l_shpdate'),
    hint: 'did you mean "l_shipdate"?',
  });
  expect(renderError(error, sql)).toBe(
    [
      'error[SQ1102] column "l_shpdate" does not exist',
      '  line 3, column 7',
      "3 | where l_shpdate <= date '1998-09-02'",
      '          ^^^^^^^^^',
      'hint: did you mean "l_shipdate"?',
    ].join('\n'),
  );
});

it('leaves out what it does not know', () => {
  expect(renderError(new BindError('SQ1101', 'no table'))).toBe('error[SQ1101] no table');
  expect(renderError(new BindError('SQ1101', 'no table', { span: { start: 9, end: 10 } }), 'short')).toBe(
    'error[SQ1101] no table',
  );
  expect(renderError(new BindError('SQ1101', 'no table', { hint: 'look' }), 'select 1')).toBe(
    'error[SQ1101] no table\nhint: look',
  );
});

it('stands below wide characters and tabs, whatever ends the lines', () => {
  const sql = "-- é\r\n\tselect '表😀' || x";
  expect(renderError(new BindError('SQ1102', 'no x', at(sql, 'x')), sql)).toBe(
    ['error[SQ1102] no x', '  line 2, column 17', "2 |  select '表😀' || x", `${' '.repeat(22)}^`].join('\n'),
  );
});

it('a span over several lines ends with the first, an empty one is one caret', () => {
  const sql = 'select (a\n+ b)';
  expect(renderError(new SqlSyntaxError('SQ1001', 'm', { span: { start: 7, end: sql.length } }), sql)).toBe(
    ['error[SQ1001] m', '  line 1, column 8', '1 | select (a', '           ^^'].join('\n'),
  );
  expect(renderError(new SqlSyntaxError('SQ1001', 'm', { span: { start: sql.length, end: sql.length } }), sql)).toBe(
    ['error[SQ1001] m', '  line 2, column 5', '2 | + b)', '        ^'].join('\n'),
  );
});

it('cuts long lines around what is wrong', () => {
  const sql = `select ${'a, '.repeat(100)}wrong, ${'b, '.repeat(100)}c`;
  const [, position, line = '', caret = ''] = renderError(new BindError('SQ1102', 'm', at(sql, 'wrong')), sql).split(
    '\n',
  );
  expect(position).toBe('  line 1, column 308');
  expect(line).toHaveLength('1 | '.length + 122);
  expect(line.slice(caret.indexOf('^'), caret.length)).toBe('wrong');
  expect([line.startsWith('1 | …'), line.endsWith('…')]).toEqual([true, true]);
});
