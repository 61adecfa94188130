import type { Field, Value } from '../../common/types.ts';
import { VARCHAR } from '../../common/types.ts';

/** Rows that are known when a statement is planned, such as those of SHOW: nothing runs for them. */
export interface Answer {
  readonly columns: readonly Field[];
  readonly rows: readonly (readonly Value[])[];
}

/** Rows of texts. */
export const textAnswer = (names: readonly string[], rows: readonly (readonly (string | null)[])[]): Answer => ({
  columns: names.map((name, i) => ({ name, type: VARCHAR, nullable: rows.some((row) => row[i] === null) })),
  rows,
});

/** A text, line by line, in one column. */
export const linesAnswer = (name: string, text: string): Answer =>
  textAnswer(
    [name],
    text.split('\n').map((line) => [line]),
  );

/** Nothing: what a statement delivers that changes the session. */
export const NO_ANSWER: Answer = { columns: [], rows: [] };
