import { Table, tableToIPC, type Vector, vectorFromArray } from 'apache-arrow';
import { attemptId, stageId, taskId } from '../common/ids.ts';
import { arrowSchema } from '../exchange/arrow-ipc.ts';
import type { Manifest } from '../operators/task.ts';
import type { Answer } from '../planner/statements/answer.ts';

/** Rows that the driver knows itself, as a task would have delivered them; none for no rows. */
export function answerManifests({ columns, rows }: Answer): readonly Manifest[] {
  if (rows.length === 0) return [];
  const schema = arrowSchema(columns);
  const vectors = schema.fields.map((field, i): readonly [string, Vector] => [
    field.name,
    vectorFromArray(
      rows.map((row) => row[i] ?? null),
      field.type,
    ),
  ]);
  const bytes = tableToIPC(new Table(schema, Object.fromEntries(vectors)), 'stream');
  return [
    { stage: stageId(0), task: taskId(0), attempt: attemptId(0), rows: rows.length, body: { kind: 'inline', bytes } },
  ];
}
