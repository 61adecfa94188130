import { styleText } from 'node:util';
import stringWidth from 'string-width';
import { isNumeric, typeName, valueText } from '../../index.ts';
import type { Format } from './format.ts';
import { writeOut } from './output.ts';

const MIN_CELL = 5;

/** A box with names, types and rows; numbers to the right, NULL dim, long cells cut to the terminal. */
export const writeTable: Format = async (result, out, { maxRows, width, color }) => {
  const { columns } = result;
  const texts = columns.map((column) => valueText(column.type));
  const shown: (readonly (string | null)[])[] = [];
  let rows = 0;
  for await (const row of result.values()) {
    if (maxRows === null || rows < maxRows) {
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
  const dim = (text: string) => (color ? styleText('dim', text) : text);
  const bold = (text: string) => (color ? styleText('bold', text) : text);
  const line = (left: string, middle: string, right: string) =>
    `${left}${widths.map((w) => '─'.repeat(w + 2)).join(middle)}${right}\n`;
  const print = (cells: readonly string[], paint: (text: string, index: number) => string) =>
    `│${cells.map((cell, index) => ` ${paint(pad(cell, widths[index]!, isNumeric(columns[index]!.type)), index)} `).join('│')}│\n`;

  let text = line('┌', '┬', '┐') + print(head, bold) + print(types, dim) + line('├', '┼', '┤');
  for (const row of shown) {
    text += print(
      row.map((cell) => cell ?? 'NULL'),
      (cell, index) => (row[index] === null ? dim(cell) : cell),
    );
  }
  text += line('└', '┴', '┘');
  if (rows > shown.length) text += `… ${rows - shown.length} more (--max-rows all)\n`;
  await writeOut(out, text);
};

/** Control characters would tear the box. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\u0000-\u001f\u007f]/g, (c) => (c === '\n' ? '↵' : c === '\t' ? '⇥' : '·'));

/** Takes from the widest columns until the box fits. */
function shrink(widths: number[], terminal: number): void {
  const frame = widths.length * 3 + 1;
  while (widths.reduce((a, b) => a + b, frame) > terminal) {
    const widest = Math.max(...widths);
    if (widest <= MIN_CELL) return;
    widths[widths.indexOf(widest)] = widest - 1;
  }
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
