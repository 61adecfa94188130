import type { Callable, Local, Statement, ValueType } from './code.ts';
import { encodeCode, pushSized, pushUnsigned, VALUE_TYPE_BYTES } from './encode.ts';

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const utf8 = new TextEncoder();

/** An imported kernel. */
export interface ImportedFunction<R extends ValueType | 'void' = ValueType | 'void'> extends Callable<R> {
  /** Name of the kernel module. */
  readonly module: string;
}

/** A function of the module under construction: its variables, then its body. */
export class FunctionBuilder<R extends ValueType | 'void' = ValueType | 'void'> implements Callable<R> {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result: R;
  /** Variables, parameters first. */
  readonly locals: Local[] = [];
  readonly exported: boolean;
  readonly #indexOf: () => number;
  #body: readonly Statement[] = [];

  constructor(name: string, params: readonly Param[], result: R, exported: boolean, indexOf: () => number) {
    this.name = name;
    this.params = params.map(({ type }) => type);
    this.result = result;
    this.exported = exported;
    this.#indexOf = indexOf;
    for (const { type, name: label } of params) this.local(type, label);
  }

  get index(): number {
    return this.#indexOf();
  }

  get body(): readonly Statement[] {
    return this.#body;
  }

  /** A parameter by position. Throws TypeError when it has another type. */
  param<T extends ValueType>(type: T, index: number): Local<T> {
    const local = this.locals[index];
    if (index >= this.params.length || local?.type !== type) {
      throw new TypeError(`${this.name} has no parameter ${index} of type ${type}`);
    }
    return local as Local<T>;
  }

  /** A new variable, 0 at first. */
  local<T extends ValueType>(type: T, name: string): Local<T> {
    const local = { type, name, index: this.locals.length };
    this.locals.push(local);
    return local;
  }

  /** The body; the last statement of a function with a result is a `ret`. */
  setBody(body: readonly Statement[]): void {
    this.#body = body;
  }
}

export interface Param {
  readonly type: ValueType;
  readonly name: string;
}

/**
 * Builds one WebAssembly module that imports a memory (`env.memory`, no maximum declared) and kernels, and exports functions.
 * All imports are declared before they are called; functions may call each other in any order.
 */
export class ModuleBuilder {
  readonly imports: ImportedFunction[] = [];
  readonly functions: FunctionBuilder[] = [];

  /** The kernel `module.name` as something to call; the same one at every call. */
  importKernel<R extends ValueType | 'void'>(
    module: string,
    name: string,
    params: readonly ValueType[],
    result: R,
  ): ImportedFunction<R> {
    const known = this.imports.find((other) => other.module === module && other.name === name);
    if (known) {
      if (known.params.join() !== params.join() || known.result !== result) {
        throw new TypeError(`kernel ${module}.${name} is imported with two signatures`);
      }
      return known as ImportedFunction<R>;
    }
    const made = { module, name, params, result, index: this.imports.length };
    this.imports.push(made);
    return made;
  }

  /** A function of this module. */
  function<R extends ValueType | 'void'>(
    name: string,
    params: readonly Param[],
    result: R,
    options: { readonly exported?: boolean } = {},
  ): FunctionBuilder<R> {
    const at = this.functions.length;
    const made = new FunctionBuilder(name, params, result, options.exported ?? true, () => this.imports.length + at);
    this.functions.push(made);
    return made;
  }

  /** The binary module. */
  encode(): Uint8Array<ArrayBuffer> {
    const types = new TypeTable();
    const importTypes = this.imports.map((entry) => types.indexOf(entry));
    const functionTypes = this.functions.map((entry) => types.indexOf(entry));
    const out = [...HEADER];
    section(out, 1, types.entries);
    section(out, 2, [
      [...name('env'), ...name('memory'), 0x02, 0x00, 0x00],
      ...this.imports.map((entry, i) => [
        ...name(entry.module),
        ...name(entry.name),
        0x00,
        ...unsigned(importTypes[i]!),
      ]),
    ]);
    section(out, 3, functionTypes.map(unsigned));
    section(
      out,
      7,
      this.functions
        .filter(({ exported }) => exported)
        .map((entry) => [...name(entry.name), 0x00, ...unsigned(entry.index)]),
    );
    section(out, 10, this.functions.map(encodeFunction));
    return new Uint8Array(out);
  }
}

class TypeTable {
  readonly entries: number[][] = [];
  readonly #known = new Map<string, number>();

  indexOf({ params, result }: Callable): number {
    const key = `${params.join()}:${result}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const results = result === 'void' ? [] : [VALUE_TYPE_BYTES[result]];
    const entry = [0x60];
    pushSized(
      entry,
      params.map((type) => VALUE_TYPE_BYTES[type]),
    );
    pushSized(entry, results);
    this.#known.set(key, this.entries.length);
    return this.entries.push(entry) - 1;
  }
}

function encodeFunction({ locals, params, body }: FunctionBuilder): number[] {
  const out: number[] = [];
  const variables = locals.slice(params.length);
  pushUnsigned(out, variables.length);
  for (const { type } of variables) out.push(1, VALUE_TYPE_BYTES[type]);
  for (const statement of body) encodeCode(out, statement);
  out.push(0x0b);
  const sized: number[] = [];
  pushSized(sized, out);
  return sized;
}

function section(out: number[], id: number, entries: readonly (readonly number[])[]): void {
  const content: number[] = [];
  pushUnsigned(content, entries.length);
  for (const entry of entries) for (const byte of entry) content.push(byte);
  out.push(id);
  pushUnsigned(out, content.length);
  for (const byte of content) out.push(byte);
}

function unsigned(value: number): number[] {
  const out: number[] = [];
  pushUnsigned(out, value);
  return out;
}

function name(text: string): number[] {
  const out: number[] = [];
  pushSized(out, utf8.encode(text));
  return out;
}
