import { assertNever } from '../../common/errors.ts';
import type { Code, Label, ValueType } from './code.ts';

export const VALUE_TYPE_BYTES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};
const EMPTY_BLOCK = 0x40;
const END = 0x0b;
const ELSE = 0x05;

/** Appends an unsigned LEB128 integer. */
export function pushUnsigned(out: number[], value: number): void {
  let rest = value;
  while (rest > 127) {
    out.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

function pushSigned(out: number[], value: bigint): void {
  let rest = value;
  for (;;) {
    const byte = Number(rest & 127n);
    rest >>= 7n;
    if ((rest === 0n && byte < 64) || (rest === -1n && byte >= 64)) {
      out.push(byte);
      return;
    }
    out.push(byte | 128);
  }
}

function pushSigned32(out: number[], value: number): void {
  let rest = value | 0;
  for (;;) {
    const byte = rest & 127;
    rest >>= 7;
    if ((rest === 0 && byte < 64) || (rest === -1 && byte >= 64)) {
      out.push(byte);
      return;
    }
    out.push(byte | 128);
  }
}

/** Appends a list of bytes, its length first. */
export function pushSized(out: number[], bytes: ArrayLike<number>): void {
  pushUnsigned(out, bytes.length);
  for (let i = 0; i < bytes.length; i++) out.push(bytes[i] as number);
}

/** Log2 of the natural alignment of a load or store, by its name in the text format. */
function alignmentOf(name: string): number {
  if (/8(_[su])?$/.test(name)) return 0;
  if (/(load|store)16/.test(name)) return 1;
  if (/(load|store)32/.test(name)) return 2;
  if (/64_splat/.test(name)) return 3;
  if (name.startsWith('v128')) return 4;
  return name.includes('64.') ? 3 : 2;
}

/** Appends the instructions of a piece of code. `labels` are those around it, the innermost last. */
export function encodeCode(out: number[], code: Code, labels: readonly Label[] = []): void {
  const inner = (parts: readonly Code[]) => {
    for (const part of parts) encodeCode(out, part, labels);
  };
  switch (code.kind) {
    case 'const':
      encodeConst(out, code);
      return;
    case 'op':
      inner(code.args);
      out.push(...code.op.bytes);
      if (code.immediates.length > 0) {
        out.push(alignmentOf(code.op.name));
        pushUnsigned(out, code.immediates[0] as number);
      }
      return;
    case 'get':
      out.push(0x20);
      pushUnsigned(out, code.local.index);
      return;
    case 'set':
      encodeCode(out, code.value, labels);
      out.push(0x21);
      pushUnsigned(out, code.local.index);
      return;
    case 'block':
    case 'loop': {
      out.push(code.kind === 'block' ? 0x02 : 0x03, EMPTY_BLOCK);
      const around = [...labels, code.label];
      for (const part of code.body) encodeCode(out, part, around);
      out.push(END);
      return;
    }
    case 'if': {
      encodeCode(out, code.condition, labels);
      out.push(0x04, code.type === 'void' ? EMPTY_BLOCK : VALUE_TYPE_BYTES[code.type]);
      const around = [...labels, { name: 'if' }];
      for (const part of code.taken) encodeCode(out, part, around);
      if (code.otherwise.length > 0) {
        out.push(ELSE);
        for (const part of code.otherwise) encodeCode(out, part, around);
      }
      out.push(END);
      return;
    }
    case 'br':
      out.push(0x0c);
      pushUnsigned(out, depth(labels, code.label));
      return;
    case 'brIf':
      encodeCode(out, code.condition, labels);
      out.push(0x0d);
      pushUnsigned(out, depth(labels, code.label));
      return;
    case 'brTable':
      encodeCode(out, code.index, labels);
      out.push(0x0e);
      pushUnsigned(out, code.labels.length);
      for (const label of [...code.labels, code.otherwise]) pushUnsigned(out, depth(labels, label));
      return;
    case 'return':
      if (code.value) encodeCode(out, code.value, labels);
      out.push(0x0f);
      return;
    case 'call':
      inner(code.args);
      out.push(0x10);
      pushUnsigned(out, code.target.index);
      return;
    case 'drop':
      encodeCode(out, code.value, labels);
      out.push(0x1a);
      return;
    case 'sequence':
      inner(code.body);
      return;
    default:
      assertNever(code);
  }
}

function depth(labels: readonly Label[], label: Label): number {
  const at = labels.lastIndexOf(label);
  if (at < 0) throw new TypeError(`a branch leaves for "${label.name}", which is not around it`);
  return labels.length - 1 - at;
}

function encodeConst(out: number[], { type, value }: Extract<Code, { kind: 'const' }>): void {
  switch (type) {
    case 'i32':
      out.push(0x41);
      pushSigned32(out, value as number);
      return;
    case 'i64':
      out.push(0x42);
      pushSigned(out, BigInt.asIntN(64, value as bigint));
      return;
    case 'f32':
      out.push(0x43, ...new Uint8Array(new Float32Array([value as number]).buffer));
      return;
    case 'f64':
      out.push(0x44, ...new Uint8Array(new Float64Array([value as number]).buffer));
      return;
    case 'v128':
      out.push(0xfd, 0x0c, ...(value as Uint8Array));
      return;
    case 'void':
      throw new TypeError('a constant has a type');
    default:
      assertNever(type);
  }
}
