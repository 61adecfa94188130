import { TPCH_TABLES } from '../../tpch/index.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { type Answer, duckdbAnswer, sameLine } from '../slt/answers.ts';

/** DuckDB over the same files: `BASE/TABLE/*.parquet`. */
export class Reference {
  readonly #oracle: Oracle;

  private constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  static async open(base: string): Promise<Reference> {
    const oracle = await Oracle.open();
    // Twenty-two queries of joins by commas.
    await oracle.run('PRAGMA enable_optimizer');
    for (const table of TPCH_TABLES) {
      await oracle.run(`CREATE VIEW ${table} AS SELECT * FROM read_parquet('${base}/${table}/*.parquet')`);
    }
    return new Reference(oracle);
  }

  answer(sql: string): Promise<Answer> {
    return duckdbAnswer(this.#oracle, sql);
  }

  close(): void {
    this.#oracle.close();
  }
}

/** The first rows that differ; doubles may in their last digits. Every query of the benchmark orders its rows. */
export function differenceOf(ours: Answer, theirs: Answer): string | null {
  if (ours.types !== theirs.types) return `types ${ours.types} instead of ${theirs.types}`;
  if (ours.lines.length !== theirs.lines.length) return `${ours.lines.length} rows instead of ${theirs.lines.length}`;
  const at = ours.lines.findIndex((line, i) => !sameLine(line, theirs.lines[i]!, ours.types));
  return at < 0 ? null : `row ${at + 1}: ${ours.lines[at]} instead of ${theirs.lines[at]}`;
}
