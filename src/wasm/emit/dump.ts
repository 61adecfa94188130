import { assertNever } from '../../common/errors.ts';
import type { Code, Local } from './code.ts';
import type { FunctionBuilder, ModuleBuilder } from './module-builder.ts';

/** A one-line expression is not broken up below this many characters. */
const WIDTH = 110;

/** The module as text, in the folded form of the WebAssembly text format, with the names the generator gave. */
export function dumpModule(module: ModuleBuilder): string {
  const imports = module.imports.map(
    ({ module: from, name, params, result }) =>
      `  (import "${from}" "${name}" (func $${from}.${name}${signature(params, result)}))`,
  );
  return [
    '(module',
    '  (import "env" "memory" (memory 0))',
    ...imports,
    ...module.functions.map(dumpFunction),
    ')',
  ].join('\n');
}

const signature = (params: readonly string[], result: string) =>
  (params.length > 0 ? ` (param ${params.join(' ')})` : '') + (result === 'void' ? '' : ` (result ${result})`);

function dumpFunction(entry: FunctionBuilder): string {
  const { name, locals, params, result, body, exported } = entry;
  const head = [`  (func $${name}`];
  if (exported) head.push(`(export "${name}")`);
  for (const local of locals.slice(0, params.length)) head.push(`(param ${localName(local)} ${local.type})`);
  if (result !== 'void') head.push(`(result ${result})`);
  const variables = locals.slice(params.length).map((local) => `(local ${localName(local)} ${local.type})`);
  const lines = [head.join(' ')];
  if (variables.length > 0) lines.push(`    ${variables.join(' ')}`);
  for (const statement of body) lines.push(...dumpCode(statement).map((line) => `    ${line}`));
  return `${lines.join('\n')})`;
}

/** Unique within the function, whatever names the generator gave. */
const localName = ({ name, index }: Local) => `$${name.replace(/[^\w.]/g, '_')}_${index}`;

/** The lines of a piece of code. */
function dumpCode(code: Code): string[] {
  switch (code.kind) {
    case 'const':
      return [constant(code)];
    case 'op': {
      const [offset] = code.immediates;
      return folded(`${code.op.name}${offset ? ` offset=${offset}` : ''}`, code.args);
    }
    case 'get':
      return [localName(code.local)];
    case 'set':
      return folded(`local.set ${localName(code.local)}`, [code.value]);
    case 'block':
    case 'loop':
      return nested(`${code.kind} $${code.label.name}`, code.body.flatMap(dumpCode));
    case 'if': {
      const type = code.type === 'void' ? '' : ` (result ${code.type})`;
      const otherwise = code.otherwise.length > 0 ? nested('else', code.otherwise.flatMap(dumpCode)) : [];
      const parts = [...nested('then', code.taken.flatMap(dumpCode)), ...otherwise];
      return nested(`if${type}`, [...dumpCode(code.condition), ...parts]);
    }
    case 'br':
      return [`(br $${code.label.name})`];
    case 'brIf':
      return folded(`br_if $${code.label.name}`, [code.condition]);
    case 'brTable':
      return folded(`br_table ${[...code.labels, code.otherwise].map(({ name }) => `$${name}`).join(' ')}`, [
        code.index,
      ]);
    case 'return':
      return folded('return', code.value ? [code.value] : []);
    case 'call':
      return folded(`call $${'module' in code.target ? `${code.target.module}.` : ''}${code.target.name}`, code.args);
    case 'drop':
      return folded('drop', [code.value]);
    case 'sequence':
      return code.body.flatMap(dumpCode);
    default:
      return assertNever(code);
  }
}

function constant({ type, value }: Extract<Code, { kind: 'const' }>): string {
  if (value instanceof Uint8Array) return `(v128.const i8x16 ${[...value].join(' ')})`;
  return `(${type}.const ${Object.is(value, -0) ? '-0' : value})`;
}

function folded(head: string, args: readonly Code[]): string[] {
  const parts = args.map(dumpCode);
  const line = `(${[head, ...parts.flat()].join(' ')})`;
  if (line.length <= WIDTH && parts.every((part) => part.length === 1)) return [line];
  return nested(head, parts.flat());
}

const nested = (head: string, lines: readonly string[]): string[] => [
  `(${head}`,
  ...lines.map((line, i) => `  ${line}${i === lines.length - 1 ? ')' : ''}`),
  ...(lines.length === 0 ? [')'] : []),
];
