import { InternalError } from '../../common/errors.ts';
import type { Morsel, Selection } from '../../wasm/morsel.ts';
import type { Vector } from '../../wasm/vector.ts';
import type { JoinOutput } from './join-spec.ts';

/** Where the columns of a delivered morsel come from. */
export interface MorselSources {
  readonly left: (position: number) => Vector;
  readonly right: (position: number) => Vector;
  readonly mark?: Vector;
}

/** A morsel of a join's output whose columns are gathered when somebody asks for them. */
export class JoinMorsel implements Morsel {
  readonly rows: number;
  readonly selection: Selection | null;
  readonly #outputs: readonly JoinOutput[];
  readonly #sources: MorselSources;
  readonly #columns: (Vector | undefined)[];

  constructor(rows: number, selection: Selection | null, outputs: readonly JoinOutput[], sources: MorselSources) {
    this.rows = rows;
    this.selection = selection;
    this.#outputs = outputs;
    this.#sources = sources;
    this.#columns = new Array(outputs.length);
  }

  column(index: number): Vector {
    this.#columns[index] ??= this.#make(index);
    return this.#columns[index];
  }

  #make(index: number): Vector {
    const output = this.#outputs[index];
    const { left, right, mark } = this.#sources;
    if (output?.side === 'mark' && mark) return mark;
    if (!output || output.side === 'mark') throw new InternalError(`the join delivers no column ${index}`);
    return output.side === 'left' ? left(output.position) : right(output.position);
  }
}
