import type { RecordBatch } from 'apache-arrow';
import type { QueryResult } from '../../index.ts';
import { writeArrow } from './arrow.ts';
import { writeCsv } from './csv.ts';
import { writeJson, writeJsonLines } from './json.ts';
import type { Output } from './output.ts';
import { writeTable } from './table.ts';

export interface FormatOptions {
  /** Rows a table shows at most; infinite for all. */
  readonly maxRows: number;
  /** Columns of the terminal; null when the output is no terminal. */
  readonly width: number | null;
  readonly color: boolean;
}

/** What a format needs of a result. */
export type Rows = Pick<QueryResult, 'columns' | 'values'> & AsyncIterable<RecordBatch>;

/** Reads a result to its end and writes it. */
export type Format = (result: Rows, out: Output, options: FormatOptions) => Promise<void>;

/** Reads every row, writes none: for benchmarks. */
const writeNone: Format = async (result) => {
  for await (const batch of result) batch.numRows;
};

export const FORMATS = {
  table: writeTable,
  csv: writeCsv,
  json: writeJson,
  jsonl: writeJsonLines,
  arrow: writeArrow,
  none: writeNone,
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];
