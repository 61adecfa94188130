import { stringify } from 'csv-stringify/sync';
import { valueText } from '../../index.ts';
import type { Format } from './format.ts';
import { writeOut } from './output.ts';

/** RFC 4180 with a header line; NULL is an empty field, an empty string is `""`. */
export const writeCsv: Format = async (result, out) => {
  const { columns } = result;
  const text = columns.map((column) => valueText(column.type));
  await writeOut(out, stringify([columns.map((column) => column.name)]));
  for await (const row of result.values()) {
    const fields = row.map((value, index) => (value === null ? null : text[index]!(value)));
    await writeOut(out, stringify([fields], { quoted_empty: false, cast: { string: quoteEmpty } }));
  }
};

const quoteEmpty = (text: string) => (text === '' ? { value: text, quoted: true } : text);
