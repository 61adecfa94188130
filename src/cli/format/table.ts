import { styleText } from 'node:util';
import stringWidth from 'string-width';
import { isNumeric, typeName, valueText } from '../../index.ts';
import { countText } from '../units.ts';
import type { Format } from './format.ts';

const MIN_CELL = 5;

/** A box with names, types and rows; numbers to the right, NULL dim, long cells cut to the terminal. */
export const writeTable: Format = async (result, out, { maxRows, width, color }) => {
  const { columns } = result;
  const texts = columns.map((column) => valueText(column.type));
  const shown: (readonly (string | null)[])[] = [];
  let rows = 0;
  for await (const row of result.values()) {
    if (rows < maxRows) {
      shown.push(row.map((value, index) => (value === null ? null : printable(texts[index]!(value)))));
    }
    rows++;
  }
  const head = columns.map((column) => printable(column.name));
  const types = columns.map((column) => typeName(column.type));
  const widths = columns.map((_, index) =>
    shown.reduce(
      (max, row) => Math.max(max, stringWidth(row[index] ?? 'NULL')),
      Math.max(stringWidth(head[index]!), stringWidth(types[index]!)),
    ),
  );
  if (width !== null) shrink(widths, width);
  // Whether there is colour is the caller's decision, not the stream's.
  const paint = (style: 'dim' | 'bold', text: string) => styleText(style, text, { validateStream: false });
  const dim = (text: string) => (color ? paint('dim', text) : text);
  const bold = (text: string) => (color ? paint('bold', text) : text);
  const line = (left: string, middle: string, right: string) =>
    `${left}${widths.map((w) => '─'.repeat(w + 2)).join(middle)}${right}\n`;
  const print = (cells: readonly string[], painted: (text: string, index: number) => string) =>
    `│${cells.map((cell, index) => ` ${painted(pad(cell, widths[index]!, isNumeric(columns[index]!.type)), index)} `).join('│')}│\n`;

  let text = line('┌', '┬', '┐') + print(head, bold) + print(types, dim) + line('├', '┼', '┤');
  for (const row of shown) {
    text += print(
      row.map((cell) => cell ?? 'NULL'),
      (cell, index) => (row[index] === null ? dim(cell) : cell),
    );
  }
  text += line('└', '┴', '┘');
  if (rows > shown.length) text += `… ${countText(rows - shown.length)} more (--max-rows all)\n`;
  await out.write(text);
};

/** Control characters would tear the box, or worse. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => (c === '\n' ? '↵' : c === '\t' ? '⇥' : '·'));

/** Cuts the widest columns to one width, the largest with which the box fits. */
function shrink(widths: number[], terminal: number): void {
  const room = terminal - (widths.length * 3 + 1);
  const total = (most: number) => widths.reduce((sum, width) => sum + Math.min(width, most), 0);
  let most = Math.max(...widths);
  if (total(most) <= room) return;
  most = Math.max(MIN_CELL, Math.min(most, room));
  while (most > MIN_CELL && total(most) > room) most--;
  widths.forEach((width, index) => {
    widths[index] = Math.min(width, most);
  });
}

function pad(text: string, width: number, right: boolean): string {
  const cut = cutTo(text, width);
  const space = ' '.repeat(width - stringWidth(cut));
  return right ? space + cut : cut + space;
}

function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  for (const character of text) {
    if (stringWidth(cut + character) >= width) break;
    cut += character;
  }
  return `${cut}…`;
}
