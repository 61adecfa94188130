import {
  type Callable,
  type Code,
  call,
  get,
  i32,
  type Local,
  type Statement,
  set,
  type ValueType,
  when,
} from '../../../wasm/emit/code.ts';
import type { ExprGeneratorOptions } from './expr-generator.ts';
import { constantsOffset, scratchOffset } from './input-table.ts';
import { type Computed, NotGenerated, type Thunk } from './operand.ts';

/** More pieces of code than this are no simple code. */
const SIMPLE_STATEMENTS = 24;

/** What to do where a value cannot be computed: raise, or note it. */
export interface Guard {
  /** Only for rows whose operands are not null. */
  failWhen(condition: Code<'i32'>): void;
}

/** Code of its own, to be put under a condition. */
export interface Nested<T> {
  readonly body: Statement[];
  readonly result: T;
  /** Without any way out, and so short that running it costs less than a branch. */
  readonly simple: boolean;
}

/** Known values by the number of their expression; an inner scope is forgotten when its code ends. */
interface Scope {
  readonly outer: Scope | null;
  readonly known: Map<number, Computed>;
}

/** Where the parts of the generator write: the code so far, the variables, the constants, what is known already. */
export class CodeWriter {
  readonly options: ExprGeneratorOptions;
  #body: Statement[] = [];
  #scope: Scope = { outer: null, known: new Map() };
  /** How many ways out and how many calls of kernels were written. */
  #effects = 0;
  #constants: number[] = [];

  constructor(options: ExprGeneratorOptions) {
    this.options = options;
  }

  push(...statements: readonly Statement[]): void {
    this.#body.push(...statements);
  }

  /** Computes the code here, once. */
  keep<T extends ValueType>(code: Code<T>, name: string): Thunk<T> {
    if (code.kind === 'const' || code.kind === 'get')
      return code.kind === 'get' ? () => get(code.local as Local<T>) : () => ({ ...code });
    const local = this.local(code.type, name);
    this.push(set(local, code));
    return () => get(local);
  }

  local<T extends ValueType>(type: T, name: string): Local<T> {
    return this.options.fn.local(type, name);
  }

  /** Writes elsewhere while `make` runs. */
  nested<T>(make: () => T): Nested<T> {
    const outer = { body: this.#body, scope: this.#scope, effects: this.#effects };
    const body: Statement[] = [];
    this.#body = body;
    this.#scope = { outer: outer.scope, known: new Map() };
    try {
      const result = make();
      return { body, result, simple: this.#effects === outer.effects && body.length <= SIMPLE_STATEMENTS };
    } finally {
      this.#body = outer.body;
      this.#scope = outer.scope;
    }
  }

  /** Writes elsewhere while `make` runs; what becomes known stays known, since the code will run in order. */
  inline<T>(make: () => T): { readonly body: Statement[]; readonly result: T } {
    const outer = this.#body;
    const body: Statement[] = [];
    this.#body = body;
    const known = new Map(this.#scope.known);
    try {
      return { body, result: make() };
    } catch (error) {
      this.#scope.known.clear();
      for (const [id, value] of known) this.#scope.known.set(id, value);
      throw error;
    } finally {
      this.#body = outer;
    }
  }

  /** Forgets afterwards what becomes known while `make` runs. */
  scoped<T>(make: () => T): T {
    const outer = this.#scope;
    this.#scope = { outer, known: new Map() };
    try {
      return make();
    } finally {
      this.#scope = outer;
    }
  }

  /** The value of an expression that was written in a place that every way here has passed. */
  known(id: number): Computed | null {
    for (let scope: Scope | null = this.#scope; scope; scope = scope.outer) {
      const found = scope.known.get(id);
      if (found) return found;
    }
    return null;
  }

  remember(id: number, value: Computed): void {
    this.#scope.known.set(id, value);
  }

  /** Leaves the function for rows where the condition holds, unless they are null. */
  guard(isNull: Thunk<'i32'> | null): Guard {
    return {
      failWhen: (condition) => {
        this.#effects++;
        const live = isNull ? i32.and(condition, i32.eqz(isNull())) : condition;
        this.push(when(live, this.options.raise()));
      },
    };
  }

  /** Leaves the row to the interpreter where the condition holds. */
  leaveWhen(condition: Code<'i32'>): void {
    const { leave } = this.options;
    if (!leave) throw new NotGenerated('nobody interprets rows');
    this.#effects++;
    this.push(when(condition, leave()));
  }

  /** Leaves the row for later where the condition holds: it needs more heap than there is. */
  leaveForHeap(condition: Code<'i32'>): void {
    const { heap } = this.options;
    if (!heap) throw new NotGenerated('no heap');
    this.#effects++;
    this.push(when(condition, heap.full()));
  }

  kernel<R extends ValueType | 'void'>(
    module: string,
    name: string,
    params: readonly ValueType[],
    result: R,
    ...args: readonly Code[]
  ): Code<R> {
    this.#effects++;
    const target: Callable<R> = this.options.module.importKernel(module, name, params, result);
    return call(target, ...args);
  }

  /** Address of the scratch space. */
  scratch(): Code<'i32'> {
    return i32.add(get(this.options.table), i32.const(scratchOffset(this.options.shapes.length)));
  }

  /** Address of a copy of the bytes, aligned to 8 within the constants. */
  constant(bytes: Uint8Array): Thunk<'i32'> {
    while (this.#constants.length % 8 !== 0) this.#constants.push(0);
    const offset = constantsOffset(this.options.shapes.length) + this.#constants.length;
    for (const byte of bytes) this.#constants.push(byte);
    return () => i32.add(get(this.options.table), i32.const(offset));
  }

  get constants(): Uint8Array {
    return Uint8Array.from(this.#constants);
  }
}

/** NULL where any of them is. */
export function anyNull(writer: CodeWriter, parts: readonly (Thunk<'i32'> | null)[]): Thunk<'i32'> | null {
  const [first, ...others] = parts.filter((part) => part !== null);
  if (!first) return null;
  if (others.length === 0) return first;
  return writer.keep(
    others.reduce((all, part) => i32.or(all, part()), first()),
    'null',
  );
}
