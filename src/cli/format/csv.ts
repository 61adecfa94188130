import { valueText } from '../../index.ts';
import type { Format } from './format.ts';

/**
 * Commas, quotes as RFC 4180 has them, lines that end in LF, a header line; NULL is an empty field, an empty string is `""`.
 */
export const writeCsv: Format = async (result, out) => {
  const { columns } = result;
  const texts = columns.map((column) => valueText(column.type));
  await out.write(line(columns.map((column) => column.name)));
  for await (const row of result.values()) {
    await out.write(line(row.map((value, index) => (value === null ? null : texts[index]!(value)))));
  }
};

const line = (fields: readonly (string | null)[]): string => `${fields.map(field).join(',')}\n`;

function field(text: string | null): string {
  if (text === null) return '';
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
