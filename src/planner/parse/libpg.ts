import { loadModule, type ParseResult, parseSync, SqlError } from 'libpg-query';

export type Grammar = (text: string) => GrammarResult;

export type GrammarResult =
  | { readonly ok: true; readonly result: ParseResult }
  | {
      readonly ok: false;
      readonly message: string;
      /** Where, in code points into the text; null when the grammar does not say. */
      readonly position: number | null;
    };

/** PostgreSQL's own grammar in WebAssembly. The first call compiles it (about 20 ms). */
export async function loadGrammar(): Promise<Grammar> {
  await loadModule();
  return (text) => {
    try {
      return { ok: true, result: parseSync(text) };
    } catch (error) {
      if (error instanceof SqlError) {
        return { ok: false, message: error.message, position: error.sqlDetails?.cursorPosition ?? null };
      }
      if (error instanceof RangeError) return { ok: false, message: 'memory exhausted', position: null };
      throw error;
    }
  };
}
